// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// The detector that needs no parameters.
public struct Ensemble: FieldDetector {
    private static let scalePlan = RobustZ.Plan(.init())
    private static let stuckPlan = StuckValue.Plan(.init())
    private var distance = RobustZ(Self.scalePlan)
    private var stuck = StuckValue(Self.stuckPlan)

    /// There is nothing to set.
    public struct Plan: Sendable {
        /// Makes the only one.
        public init() {}
    }

    /// Makes a detector that has seen nothing.
    public init(_ plan: Plan) {}

    /// How unusual it is after what came before, 0…1; then learns from it.
    public mutating func score(_ value: Double, at time: WallTime?, _ plan: Plan) -> Double {
        let far = distance.score(value, at: time, Self.scalePlan)
        let still = stuck.score(value, at: time, Self.stuckPlan)
        return max(far, still) * max(far, still)
    }

    /// How many bytes it takes, arrays included.
    public var byteCount: Int { distance.byteCount + stuck.byteCount }

    /// Writes everything it knows.
    public func save(into writer: inout StateWriter) {
        distance.save(into: &writer)
        stuck.save(into: &writer)
    }

    /// Takes up what `save` wrote.
    public init(_ plan: Plan, restoring reader: inout StateReader) throws(StateError) {
        distance = try RobustZ(Self.scalePlan, restoring: &reader)
        stuck = try StuckValue(Self.stuckPlan, restoring: &reader)
    }
}
