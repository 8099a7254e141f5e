// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// A mean that drifts away from what it was since the last drift.
///
/// The test of Page and Hinkley (E. S. Page, Biometrika 41, 1954; D. V. Hinkley, Biometrika 58,
/// 1971): U is the sum of the deviations from the mean of all readings since the last restart, less
/// `delta` each; strangeness is how far U lies above its least value, and the same downwards. Once
/// it passes `limit` the drift is a fact: that reading still has its score, and the mean begins
/// anew, so that what it drifted to becomes usual.
public struct PageHinkley: FieldDetector {
    private var scale = RobustScale()
    private var mean = 0.0
    private var count = 0.0
    private var upper = 0.0
    private var lower = 0.0
    private var tail = TailScale()

    /// A mean's distance is far out for thousands of readings in a row by its nature.
    private static let patience = Int32.max
    /// A mean that has averaged so many moves on, however long ago the last drift was.
    private static let longest = 100_000.0

    /// What the detector is set to.
    public struct Settings: Equatable, Sendable {
        /// How numbers are standardised.
        public var shift = ShiftSettings()
        /// How many standard deviations off is still no drift.
        public var delta = 0.2
        /// How many standard deviations, summed up, are a drift after which the mean begins anew.
        public var limit = 50.0

        /// Makes the default settings.
        public init() {}
    }

    /// Constants worked out once from the settings.
    public struct Plan: Sendable {
        let scale: RobustScale.Plan
        let clip: Double
        let delta: Double
        let limit: Double

        /// Works them out.
        public init(_ settings: Settings) {
            scale = settings.shift.scale
            clip = settings.shift.clip
            delta = settings.delta
            limit = settings.limit
        }
    }

    /// Makes a detector that has seen nothing.
    public init(_ plan: Plan) {}

    /// How unusual it is after what came before, 0…1; then learns from it.
    public mutating func score(_ value: Double, at time: WallTime?, _ plan: Plan) -> Double {
        guard value.isFinite else { return 0 }
        let unit = scale.scale(plan.scale)
        let isWarm = scale.standardised(value, plan.scale) != nil
        count = min(count + 1, Self.longest)
        let distance = value - mean
        mean += distance / count
        guard mean.isFinite else {
            self = Self(plan)
            return 0
        }
        guard isWarm else { return 0 }
        let step = ShiftSettings.clipped((value - mean) / unit, plan.clip)
        upper = max(0, upper + step - plan.delta)
        lower = max(0, lower - step - plan.delta)
        let strangeness = max(upper, lower)
        if strangeness > plan.limit {
            (count, mean, upper, lower) = (0, 0, 0, 0)
        }
        return tail.score(strangeness, patience: Self.patience)
    }

    /// How many bytes it takes, arrays included.
    public var byteCount: Int { MemoryLayout<RobustScale>.stride + 32 + tail.byteCount }

    /// Writes everything it knows.
    public func save(into writer: inout StateWriter) {
        scale.save(into: &writer)
        for number in [mean, count, upper, lower] { writer.put(number) }
        tail.save(into: &writer)
    }

    /// Takes up what `save` wrote.
    public init(_ plan: Plan, restoring reader: inout StateReader) throws(StateError) {
        scale = try RobustScale(restoring: &reader)
        mean = try reader.finite()
        count = try reader.finite(in: 0...Self.longest)
        upper = try reader.finite(in: 0...1e300)
        lower = try reader.finite(in: 0...1e300)
        tail = try TailScale(restoring: &reader)
    }
}
