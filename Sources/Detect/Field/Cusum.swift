// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// A small shift that lasts: the cumulative sum of what lies beyond a slack, on either side.
///
/// Page's CUSUM (E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954) on numbers
/// standardised by a slow robust location and scale: S⁺ ← max(0, S⁺ + z − slack), S⁻ likewise, z
/// clipped so that one outlier is no shift. Strangeness is the greater sum, at most 25, so that it
/// falls again soon after the shift is over.
public struct Cusum: FieldDetector {
    private var scale = RobustScale()
    private var upper = 0.0
    private var lower = 0.0
    private var tail = TailScale()

    private static let ceiling = 25.0
    /// A sum is far out for many readings in a row by its nature.
    private static let patience: Int32 = 64

    /// What the detector is set to.
    public struct Settings: Equatable, Sendable {
        /// After how many readings an observation has half its weight in location and scale.
        public var halfLife = 1_000.0
        /// How many readings are learned from before any is judged.
        public var warmUp = 50
        /// How many standard deviations off is still no shift: half the shift to find.
        public var slack = 0.5
        /// How many standard deviations one reading counts for at most.
        public var clip = 4.0
        /// The least scale, in the field's own unit.
        public var leastScale = 0.0

        /// Makes the default settings.
        public init() {}
    }

    /// Constants worked out once from the settings.
    public struct Plan: Sendable {
        let scale: RobustScale.Plan
        let slack: Double
        let clip: Double

        /// Works them out.
        public init(_ settings: Settings) {
            scale = RobustScale.Plan(
                halfLife: settings.halfLife,
                warmUp: settings.warmUp,
                clip: 3,
                leastScale: settings.leastScale
            )
            slack = settings.slack
            clip = settings.clip
        }
    }

    /// Makes a detector that has seen nothing.
    public init(_ plan: Plan) {}

    /// How unusual it is after what came before, 0…1; then learns from it.
    public mutating func score(_ value: Double, at time: WallTime?, _ plan: Plan) -> Double {
        guard value.isFinite, let z = scale.standardised(value, plan.scale) else { return 0 }
        let step = max(-plan.clip, min(z, plan.clip))
        upper = max(0, min(Self.ceiling, upper + step - plan.slack))
        lower = max(0, min(Self.ceiling, lower - step - plan.slack))
        return tail.score(max(upper, lower), patience: Self.patience)
    }

    /// How many bytes it takes, arrays included.
    public var byteCount: Int { MemoryLayout<RobustScale>.stride + 16 + tail.byteCount }

    /// Writes everything it knows.
    public func save(into writer: inout StateWriter) {
        scale.save(into: &writer)
        writer.put(upper)
        writer.put(lower)
        tail.save(into: &writer)
    }

    /// Takes up what `save` wrote.
    public init(_ plan: Plan, restoring reader: inout StateReader) throws(StateError) {
        scale = try RobustScale(restoring: &reader)
        upper = try reader.finite(in: 0...Self.ceiling)
        lower = try reader.finite(in: 0...Self.ceiling)
        tail = try TailScale(restoring: &reader)
    }
}
