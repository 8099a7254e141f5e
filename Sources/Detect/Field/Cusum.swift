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
        /// How numbers are standardised.
        public var shift = ShiftSettings()
        /// How many standard deviations off is still no shift: half the shift to find.
        public var slack = 0.5

        /// Makes the default settings.
        public init() {}
    }

    /// Constants worked out once from the settings.
    public struct Plan: Sendable {
        let scale: RobustScale.Plan
        let clip: Double
        let slack: Double

        /// Works them out.
        public init(_ settings: Settings) {
            scale = settings.shift.scale
            clip = settings.shift.clip
            slack = settings.slack
        }
    }

    /// Makes a detector that has seen nothing.
    public init(_ plan: Plan) {}

    /// How unusual it is after what came before, 0…1; then learns from it.
    public mutating func score(_ value: Double, at time: WallTime?, _ plan: Plan) -> Double {
        guard value.isFinite, let z = scale.standardised(value, plan.scale) else { return 0 }
        let step = ShiftSettings.clipped(z, plan.clip)
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
