// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A robust z-score over one stream of numbers: constant memory, constant time a number.
///
/// Location and variance are exponentially weighted (T. Finch, "Incremental calculation of
/// weighted mean and variance", University of Cambridge, 2009; the recurrence goes back to D. H.
/// D. West, "Updating mean and variance estimates", CACM 22(9), 1979). What they learn from is
/// clipped at `clip` standard deviations (Huber's ψ; P. J. Huber, "Robust estimation of a location
/// parameter", Annals of Mathematical Statistics 35(1), 1964), so that a fault does not teach the
/// detector to expect faults; the variance is divided by what clipping takes from a normal one, so
/// that the scale stays unbiased.
///
/// A number is judged against the state *before* it. With m, s the location and scale, and
/// α = 1 − 2^(−1 / half_life):
///
/// | step | formula |
/// | --- | --- |
/// | z | (x − m) / s |
/// | score | 1 − p, p the two-sided normal tail beyond \|z\|: erf(\|z\| / √2) |
/// | ψ | s · min(max(z, −clip), clip) |
/// | m′ | m + α ψ |
/// | s′² | (1 − α)(s² + α ψ² / κ), κ the variance of a clipped standard normal number |
///
/// | \|z\| | score |
/// | --- | --- |
/// | 0 | 0 |
/// | 1 | 0.683 |
/// | 2 | 0.954 |
/// | 3 | 0.9973 |
/// | 4 | 0.99994 |
///
/// During the first `warmUp` numbers α is 1 / n where that is more, the plain mean and variance,
/// and the score is 0. The score grows with \|z\| and reaches 1 in double precision beyond 8.
struct RobustZ: Sendable {
    /// What a detector is set to.
    struct Settings: Equatable, Sendable {
        /// After how many numbers an observation has half its weight.
        var halfLife: Double
        /// How many numbers are learned from before any is judged.
        var warmUp: Int
        /// How many standard deviations a number can teach at most.
        var clip: Double
        /// The least scale, in the number's own unit: below it nothing is unusual.
        var leastScale: Double
    }

    /// Numbers seen, counted no further than the warm-up needs.
    private var count: UInt32 = 0
    private var location = 0.0
    private var variance = 0.0

    /// How unusual `value` is after what came before, 0…1; then learns from it.
    ///
    /// `value` is finite.
    mutating func score(_ value: Double, _ plan: Plan) -> Double {
        let isWarm = count >= plan.warmUp
        if count < plan.lastCounted { count += 1 }
        guard count > 1 else {
            location = value
            return 0
        }
        let weight = max(plan.weight, 1 / Double(count))
        let distance = value - location
        // A series that has not varied yet has no scale of its own: a rounding is no anomaly.
        let floor = max(plan.leastScale, location.magnitude * 1e-9, 1e-300)
        let scale = max(variance.squareRoot(), floor)
        let isClipped = count > Plan.unclipped
        let reach = isClipped ? plan.clip * scale : .infinity
        let lesson = max(-reach, min(distance, reach))
        let correction = isClipped ? plan.correction : 1
        location += weight * lesson
        variance = (1 - weight) * (variance + weight * lesson * lesson / correction)
        // Numbers near the end of the range of doubles: start again instead of being stuck.
        if !variance.isFinite || !location.isFinite { self = RobustZ() }
        return isWarm ? erf(distance.magnitude / scale / 2.0.squareRoot()) : 0
    }

    /// Constants worked out once from the settings.
    struct Plan: Sendable {
        /// How many of the first numbers teach unclipped: before, there is no scale to clip by.
        static let unclipped: UInt32 = 8

        let weight: Double
        let clip: Double
        let correction: Double
        let leastScale: Double
        let warmUp: UInt32
        let lastCounted: UInt32

        init(_ settings: Settings) {
            weight = 1 - exp2(-1 / settings.halfLife)
            clip = settings.clip
            leastScale = settings.leastScale
            let density = exp(-clip * clip / 2) / (2 * Double.pi).squareRoot()
            let tail = erfc(clip / 2.0.squareRoot()) / 2
            correction = 2 * ((0.5 - tail) - clip * density + clip * clip * tail)
            warmUp = UInt32(clamping: settings.warmUp)
            let averaging = UInt32(clamping: Int(min(1 / weight, 4e9).rounded(.up)))
            lastCounted = max(warmUp, averaging, Self.unclipped) + 1
        }
    }
}
