// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// How far a number lies from where its stream has lain, in robust standard deviations.
///
/// An exponentially weighted location and scale that faults hardly teach (`RobustScale`);
/// strangeness is
/// |z|. For single outliers and sudden levels; a new level is the usual one after a few half-lives.
public struct RobustZ: FieldDetector {
    private var scale = RobustScale()
    private var tail = TailScale()

    /// What the detector is set to.
    public struct Settings: Equatable, Sendable {
        /// After how many readings an observation has half its weight, from 1 on.
        public var halfLife = 200.0
        /// How many readings are learned from before any is judged, from 2 on.
        public var warmUp = 30
        /// How many standard deviations a reading can teach at most, from 1 on.
        public var clip = 3.0
        /// The least scale, in the field's own unit: below it nothing is unusual.
        public var leastScale = 0.0

        /// Makes the default settings.
        public init() {}
    }

    /// Constants worked out once from the settings.
    public struct Plan: Sendable {
        let scale: RobustScale.Plan

        /// Works them out.
        public init(_ settings: Settings) {
            scale = RobustScale.Plan(
                halfLife: settings.halfLife,
                warmUp: settings.warmUp,
                clip: settings.clip,
                leastScale: settings.leastScale
            )
        }
    }

    /// A number is far out by itself now and then; a third in a row is an episode.
    private static let patience: Int32 = 2

    /// Makes a detector that has seen nothing.
    public init(_ plan: Plan) {}

    /// How unusual it is after what came before, 0…1; then learns from it.
    public mutating func score(_ value: Double, at time: WallTime?, _ plan: Plan) -> Double {
        guard value.isFinite, let z = scale.standardised(value, plan.scale) else { return 0 }
        return tail.score(z.magnitude, patience: Self.patience, reach: 4)
    }

    /// How many bytes it takes, arrays included.
    public var byteCount: Int { MemoryLayout<RobustScale>.stride + tail.byteCount }

    /// Writes everything it knows.
    public func save(into writer: inout StateWriter) {
        scale.save(into: &writer)
        tail.save(into: &writer)
    }

    /// Takes up what `save` wrote.
    public init(_ plan: Plan, restoring reader: inout StateReader) throws(StateError) {
        scale = try RobustScale(restoring: &reader)
        tail = try TailScale(restoring: &reader)
    }
}
