// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The straight line through a series over time, by least squares; two join into that of both.
///
/// Sums of products of distances from the means, joined as ``SeriesSummary`` joins its moments.
struct SeriesTrend: Equatable, Sendable {
    private var count = 0.0
    private var meanTime = 0.0
    private var mean = 0.0
    private var spread = 0.0
    private var product = 0.0

    /// The trend of nothing.
    init() {}

    /// The trend of `series`, which has a time in seconds for each number.
    init(_ series: UnsafeBufferPointer<Double>, times: UnsafeBufferPointer<Double>) {
        let length = min(series.count, times.count)
        guard length > 0 else { return }
        count = Double(length)
        for index in 0..<length {
            meanTime += times[index]
            mean += series[index]
        }
        meanTime /= count
        mean /= count
        for index in 0..<length {
            let distance = times[index] - meanTime
            spread += distance * distance
            product += distance * (series[index] - mean)
        }
    }

    /// The trend of `series`, whose numbers are one second apart.
    init(even series: UnsafeBufferPointer<Double>) {
        guard !series.isEmpty else { return }
        count = Double(series.count)
        meanTime = (count - 1) / 2
        for value in series { mean += value }
        mean /= count
        var distance = -meanTime
        for value in series {
            product += distance * (value - mean)
            distance += 1
        }
        spread = count * (count * count - 1) / 12
    }

    /// Takes one more number, at a time in seconds.
    mutating func append(_ time: Double, _ number: Double) {
        count += 1
        let distance = time - meanTime
        let height = number - mean
        meanTime += distance / count
        mean += height / count
        spread += distance * (time - meanTime)
        product += distance * (number - mean)
    }

    /// Joins the trend of other numbers, whose times have the same origin.
    mutating func append(_ next: SeriesTrend) {
        guard next.count > 0 else { return }
        guard count > 0 else {
            self = next
            return
        }
        let total = count + next.count
        let later = next.meanTime - meanTime
        let higher = next.mean - mean
        let weight = count * next.count / total
        spread += next.spread + later * later * weight
        product += next.product + later * higher * weight
        meanTime += later * next.count / total
        mean += higher * next.count / total
        count = total
    }

    /// How fast the numbers rise, per second; 0 where time does not pass.
    var slope: Double { spread > 0 ? product / spread : 0 }

    // MARK: - Kept across restarts

    static let numberCount = 5

    /// Everything it knows.
    var numbers: [Double] { [count, meanTime, mean, spread, product] }

    /// Puts it back as it was, from `numberCount` numbers.
    init(numbers: ArraySlice<Double>) {
        guard numbers.count == Self.numberCount else { return }
        let from = numbers.startIndex
        (count, meanTime, mean) = (numbers[from], numbers[from + 1], numbers[from + 2])
        (spread, product) = (numbers[from + 3], numbers[from + 4])
    }
}
