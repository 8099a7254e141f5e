// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What a feature takes from a series of numbers.
///
/// Moments are those of the whole series (divided by its length, not by one less), so that a
/// series of one number has them. Where a formula would divide by zero the result is 0: a series
/// that does not vary has no shape, and no crest when it is zero throughout.
///
/// | function | formula |
/// | --- | --- |
/// | `mean` | sum of x / n |
/// | `std` | square root of the mean of (x − mean)² |
/// | `min`, `max`, `range` | least, greatest, greatest − least |
/// | `rms` | square root of the mean of x² |
/// | `crest` | greatest \|x\| / rms |
/// | `kurtosis` | mean of (x − mean)⁴ / std⁴: 3 for a normal distribution |
/// | `skew` | mean of (x − mean)³ / std³ |
public enum SeriesFunction: String, CaseIterable, Sendable {
    /// The mean.
    case mean
    /// The standard deviation.
    case std
    /// The least number.
    case min
    /// The greatest number.
    case max
    /// The root of the mean square.
    case rms
    /// The crest factor: the greatest magnitude over the rms.
    case crest
    /// The fourth standardised moment.
    case kurtosis
    /// The third standardised moment.
    case skew
    /// The distance from the least to the greatest.
    case range
}

/// The sums over one series that its features are made of; the central moments only when one needs
/// them.
struct SeriesStatistics {
    private let series: UnsafeBufferPointer<Double>
    private let mean: Double
    private let meanSquare: Double
    private let least: Double
    private let greatest: Double
    private var central: (second: Double, third: Double, fourth: Double)?

    /// Reads `series`, which is not empty and must outlive this value.
    init(_ series: UnsafeBufferPointer<Double>) {
        self.series = series
        var sum = 0.0
        var squares = 0.0
        var least = Double.infinity
        var greatest = -Double.infinity
        for value in series {
            sum += value
            squares += value * value
            least = Swift.min(least, value)
            greatest = Swift.max(greatest, value)
        }
        let count = Double(series.count)
        mean = sum / count
        meanSquare = squares / count
        self.least = least
        self.greatest = greatest
    }

    /// The value of `function`.
    mutating func callAsFunction(_ function: SeriesFunction) -> Double {
        switch function {
        case .mean: return mean
        case .min: return least
        case .max: return greatest
        case .range: return greatest - least
        case .rms: return meanSquare.squareRoot()
        case .crest:
            let rms = meanSquare.squareRoot()
            return rms > 0 ? Swift.max(least.magnitude, greatest.magnitude) / rms : 0
        case .std:
            return moments().second.squareRoot()
        case .kurtosis:
            let moments = moments()
            return moments.second > 0 ? moments.fourth / (moments.second * moments.second) : 0
        case .skew:
            let moments = moments()
            let cube = moments.second * moments.second.squareRoot()
            return cube > 0 ? moments.third / cube : 0
        }
    }

    private mutating func moments() -> (second: Double, third: Double, fourth: Double) {
        if let central { return central }
        var sums = (second: 0.0, third: 0.0, fourth: 0.0)
        // The mean of equal numbers can miss them by a rounding, which would make a shape of
        // nothing.
        if least < greatest {
            for value in series {
                let distance = value - mean
                let square = distance * distance
                sums.second += square
                sums.third += square * distance
                sums.fourth += square * square
            }
        }
        let count = Double(series.count)
        sums = (sums.second / count, sums.third / count, sums.fourth / count)
        central = sums
        return sums
    }
}
