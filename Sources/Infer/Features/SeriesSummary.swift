// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What the statistics of a series are made of; two of neighbouring series join into that of both.
///
/// Moments are sums of powers of the distance from the mean, so that nothing is ever subtracted from
/// a running sum: joining loses no digits, however far the values lie from zero and however long the
/// series goes on (P. Pébay, "Formulas for robust, one-pass parallel computation of covariances and
/// arbitrary-order statistical moments", Sandia report SAND2008-6212, 2008).
struct SeriesSummary: Equatable, Sendable {
    private(set) var count = 0.0
    private(set) var mean = 0.0
    /// The sum of (x − mean)².
    private(set) var second = 0.0
    private(set) var third = 0.0
    private(set) var fourth = 0.0
    private(set) var least = Double.infinity
    private(set) var greatest = -Double.infinity
    /// How often neighbours lie on different sides of zero, which counts as positive.
    private(set) var crossings = 0.0
    private(set) var first = 0.0
    private(set) var last = 0.0

    /// The summary of nothing.
    init() {}

    /// The summary of `series`, in two passes.
    init(_ series: UnsafeBufferPointer<Double>) {
        guard let start = series.first else { return }
        first = start
        last = series[series.count - 1]
        count = Double(series.count)
        // Independent sums: a single one would wait for each addition.
        var sums = SIMD4<Double>.zero
        var low = SIMD4<Double>(repeating: start)
        var high = low
        let whole = series.count & ~3
        var index = 0
        while index < whole {
            let four = Self.four(series, index)
            sums += four
            low = low.replacing(with: four, where: four .< low)
            high = high.replacing(with: four, where: four .> high)
            index += 4
        }
        var sum = sums.sum()
        least = low.min()
        greatest = high.max()
        for value in series[whole...] {
            sum += value
            least = min(least, value)
            greatest = max(greatest, value)
        }
        mean = sum / count
        if least < 0, greatest >= 0 {
            var wasNegative = start < 0
            for value in series {
                let isNegative = value < 0
                if isNegative != wasNegative { crossings += 1 }
                wasNegative = isNegative
            }
        }
        // The mean of equal numbers can miss them by a rounding, which would make a shape of nothing.
        if least < greatest { addMoments(series) }
    }

    private mutating func addMoments(_ series: UnsafeBufferPointer<Double>) {
        var seconds = SIMD4<Double>.zero
        var thirds = seconds
        var fourths = seconds
        let means = SIMD4(repeating: mean)
        let whole = series.count & ~3
        var index = 0
        while index < whole {
            let distance = Self.four(series, index) - means
            let square = distance * distance
            seconds += square
            thirds += square * distance
            fourths += square * square
            index += 4
        }
        (second, third, fourth) = (seconds.sum(), thirds.sum(), fourths.sum())
        for value in series[whole...] {
            let distance = value - mean
            let square = distance * distance
            second += square
            third += square * distance
            fourth += square * square
        }
    }

    @inline(__always)
    private static func four(_ series: UnsafeBufferPointer<Double>, _ index: Int) -> SIMD4<Double> {
        SIMD4(series[index], series[index + 1], series[index + 2], series[index + 3])
    }

    /// Joins the summary of the numbers that come right after these.
    mutating func append(_ next: SeriesSummary) {
        guard next.count > 0 else { return }
        guard count > 0 else {
            self = next
            return
        }
        let total = count + next.count
        let distance = next.mean - mean
        let part = distance / total
        let product = count * next.count
        let fourthPart =
            fourth + next.fourth
            + distance * part * part * part * product
            * (count * count - product + next.count * next.count)
            + 6 * part * part * (count * count * next.second + next.count * next.count * second)
            + 4 * part * (count * next.third - next.count * third)
        third +=
            next.third + distance * part * part * product * (count - next.count)
            + 3 * part * (count * next.second - next.count * second)
        fourth = fourthPart
        second += next.second + distance * part * product
        mean += part * next.count
        if (last < 0) != (next.first < 0) { crossings += 1 }
        crossings += next.crossings
        least = min(least, next.least)
        greatest = max(greatest, next.greatest)
        last = next.last
        count = total
    }

    /// The value of `function`; 0 for an empty series.
    func callAsFunction(_ function: SeriesFunction) -> Double {
        guard count > 0 else { return 0 }
        let varies = least < greatest && second > 0
        switch function {
        case .mean: return mean
        case .sum: return mean * count
        case .min: return least
        case .max: return greatest
        case .range: return greatest - least
        case .peak: return peak
        case .rms: return rms
        case .crest: return rms > 0 ? peak / rms : 0
        case .std: return varies ? (second / count).squareRoot() : 0
        case .kurtosis: return varies ? count * fourth / (second * second) : 0
        case .skew: return varies ? third / second * (count / second).squareRoot() : 0
        case .zeroCrossings: return count > 1 ? crossings / (count - 1) : 0
        case .count: return count
        case .first: return first
        case .last: return last
        }
    }

    private var peak: Double { max(least.magnitude, greatest.magnitude) }

    private var rms: Double {
        (mean * mean + (least < greatest ? second / count : 0)).squareRoot()
    }

    // MARK: - Kept across restarts

    static let numberCount = 10

    /// Everything it knows.
    var numbers: [Double] {
        [count, mean, second, third, fourth, least, greatest, crossings, first, last]
    }

    /// Puts it back as it was, from `numberCount` numbers.
    init(numbers: ArraySlice<Double>) {
        guard numbers.count == Self.numberCount else { return }
        let from = numbers.startIndex
        (count, mean, second) = (numbers[from], numbers[from + 1], numbers[from + 2])
        (third, fourth) = (numbers[from + 3], numbers[from + 4])
        (least, greatest) = (numbers[from + 5], numbers[from + 6])
        (crossings, first, last) = (numbers[from + 7], numbers[from + 8], numbers[from + 9])
    }
}
