// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

/// Location and scale of one stream of numbers, robust against the odd ones among them.
///
/// Both are exponentially weighted (T. Finch, "Incremental calculation of weighted mean and
/// variance", University of Cambridge, 2009; the recurrence goes back to D. H. D. West, "Updating
/// mean and variance estimates", CACM 22(9), 1979). What they learn from is clipped at `clip`
/// standard deviations (Huber's ψ; P. J. Huber, "Robust estimation of a location parameter", Annals
/// of Mathematical Statistics 35(1), 1964), so that a fault does not teach the detector to expect
/// faults; the variance is divided by what clipping takes from a normal one, so that the scale
/// stays unbiased.
///
/// A number is judged against the state *before* it. With m, s the location and scale, and
/// α = 1 − 2^(−1 / half_life):
///
/// | step | formula |
/// | --- | --- |
/// | z | (x − m) / s |
/// | ψ | s · min(max(z, −clip), clip) |
/// | m′ | m + α ψ |
/// | s′² | (1 − α)(s² + α ψ² / κ), κ the variance of a clipped standard normal number |
///
/// During the first numbers α is 1 / n where that is more, the plain mean and variance.
struct RobustScale: Sendable {
    /// Numbers seen, counted no further than the warm-up needs.
    private(set) var count: UInt32 = 0
    private(set) var location = 0.0
    private var variance = 0.0

    init() {}

    /// How many scales `value` lies from the location, with its sign; then learns from it.
    ///
    /// Nil during the warm-up. `value` is finite.
    mutating func standardised(_ value: Double, _ plan: Plan) -> Double? {
        let isWarm = count >= plan.warmUp
        if count < plan.lastCounted { count += 1 }
        guard count > 1 else {
            location = value
            return nil
        }
        let weight = max(plan.weight, 1 / Double(count))
        let distance = value - location
        let scale = scale(plan)
        let isClipped = count > Plan.unclipped
        let reach = isClipped ? plan.clip * scale : .infinity
        let lesson = max(-reach, min(distance, reach))
        let correction = isClipped ? plan.correction : 1
        location += weight * lesson
        variance = (1 - weight) * (variance + weight * lesson * lesson / correction)
        // Numbers near the end of the range of doubles: start again instead of being stuck.
        if !variance.isFinite || !location.isFinite { self = RobustScale() }
        return isWarm ? distance / scale : nil
    }

    /// The scale as it is now, at least the floor.
    ///
    /// A series that has not varied yet has no scale of its own: a rounding is no anomaly.
    func scale(_ plan: Plan) -> Double {
        let floor = max(plan.leastScale, location.magnitude * 1e-9, 1e-300)
        return max(variance.squareRoot(), floor)
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

        init(halfLife: Double, warmUp: Int, clip: Double, leastScale: Double) {
            weight = 1 - exp2(-1 / max(1e-3, halfLife))
            self.clip = clip
            self.leastScale = leastScale
            let density = exp(-clip * clip / 2) / (2 * Double.pi).squareRoot()
            let tail = erfc(clip / 2.0.squareRoot()) / 2
            correction = 2 * ((0.5 - tail) - clip * density + clip * clip * tail)
            self.warmUp = UInt32(clamping: max(2, warmUp))
            let averaging = UInt32(clamping: Int(min(1 / weight, 4e9).rounded(.up)))
            lastCounted = max(self.warmUp, averaging, Self.unclipped) + 1
        }
    }
}

extension RobustScale {
    func save(into writer: inout StateWriter) {
        writer.put(Int(count))
        writer.put(location)
        writer.put(variance)
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        count = UInt32(try reader.int(in: 0...Int(UInt32.max)))
        location = try reader.finite()
        variance = try reader.finite(in: 0...Double.greatestFiniteMagnitude)
    }
}
