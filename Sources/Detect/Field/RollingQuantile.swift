// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
public import Vocabulary

/// How far a number lies outside the usual range of the last few hundred.
///
/// The range is theirs without any assumption on its form: strangeness is the distance from the
/// median, in units of the greater of the median absolute deviation (made comparable with a
/// standard deviation) and the distance of the outer quantile on that side. For skewed streams, and
/// where a new level should be the usual one after one window.
public struct RollingQuantile: FieldDetector {
    private var window: SortedWindow
    private var tail = TailScale()

    /// What the detector is set to.
    public struct Settings: Equatable, Sendable {
        /// How many readings the range is taken from, 16…4096.
        public var window = 256
        /// The outer quantile, more than 0.5 and less than 1; the lower one is as far from the end.
        public var quantile = 0.9
        /// The least scale, in the field's own unit.
        public var leastScale = 0.0

        /// Makes the default settings.
        public init() {}
    }

    /// Constants worked out once from the settings.
    public struct Plan: Sendable {
        let window: Int
        let quantile: Double
        let leastScale: Double
        /// How many standard deviations the quantile of a normal number lies from its median.
        let normal: Double

        /// Works them out.
        public init(_ settings: Settings) {
            window = max(16, min(settings.window, 4096))
            quantile = max(0.51, min(settings.quantile, 0.999))
            leastScale = settings.leastScale
            normal = Self.normalQuantile(quantile)
        }

        /// The number below which the share `part` of standard normal ones lies, to four digits.
        ///
        /// M. Abramowitz and I. A. Stegun, "Handbook of mathematical functions", 26.2.23.
        private static func normalQuantile(_ part: Double) -> Double {
            let t = (-2 * log(1 - part)).squareRoot()
            let above = 2.515517 + t * (0.802853 + t * 0.010328)
            let below = 1 + t * (1.432788 + t * (0.189269 + t * 0.001308))
            return t - above / below
        }
    }

    private static let warmUp = 16

    /// Makes a detector that has seen nothing.
    public init(_ plan: Plan) {
        window = SortedWindow(capacity: plan.window)
    }

    /// How unusual it is after what came before, 0…1; then learns from it.
    public mutating func score(_ value: Double, at time: WallTime?, _ plan: Plan) -> Double {
        guard value.isFinite else { return 0 }
        defer { window.append(value) }
        guard window.count >= Self.warmUp else { return 0 }
        let median = window.quantile(0.5)
        let outer =
            value >= median
            ? window.quantile(plan.quantile) - median : median - window.quantile(1 - plan.quantile)
        let spread = max(1.4826 * window.medianDeviation(from: median), outer / plan.normal)
        let floor = max(plan.leastScale, median.magnitude * 1e-9, 1e-300)
        return tail.score((value - median).magnitude / max(spread, floor))
    }

    /// How many bytes it takes, arrays included.
    public var byteCount: Int { window.byteCount + tail.byteCount }

    /// Writes everything it knows.
    public func save(into writer: inout StateWriter) {
        window.save(into: &writer)
        tail.save(into: &writer)
    }

    /// Takes up what `save` wrote.
    public init(_ plan: Plan, restoring reader: inout StateReader) throws(StateError) {
        window = try SortedWindow(capacity: plan.window, restoring: &reader)
        tail = try TailScale(restoring: &reader)
    }
}
