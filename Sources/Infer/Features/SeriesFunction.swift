// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What a feature takes from a series of numbers, in one number.
///
/// Moments are those of the whole series (divided by its length, not by one less), so that a
/// series of one number has them. Where a formula would divide by zero the result is 0: a series
/// that does not vary has no shape, and no crest when it is zero throughout.
///
/// | function | formula |
/// | --- | --- |
/// | `mean`, `sum`, `count` | sum of x / n, sum of x, n |
/// | `std` | square root of the mean of (x − mean)² |
/// | `min`, `max`, `range` | least, greatest, greatest − least |
/// | `peak` | greatest \|x\| |
/// | `rms` | square root of the mean of x² |
/// | `crest` | greatest \|x\| / rms |
/// | `kurtosis` | mean of (x − mean)⁴ / std⁴: 3 for a normal distribution |
/// | `skew` | mean of (x − mean)³ / std³ |
/// | `zero_crossings` | changes of sign / (n − 1); zero counts as positive |
/// | `first`, `last` | the oldest and the newest number |
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
    /// The greatest magnitude.
    case peak
    /// The sum.
    case sum
    /// How many numbers there are.
    case count
    /// The oldest number.
    case first
    /// The newest number.
    case last
    /// The share of neighbours between which the sign changes.
    case zeroCrossings = "zero_crossings"
}
