// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// One detector for each field of a reading, joined by the rarest of them.
///
/// With p the least of the fields' probabilities and k their number, the reading's is 1 − (1 − p)^k
/// (Z. Šidák, "Rectangular confidence regions for the means of multivariate normal distributions",
/// JASA 62, 1967): exact for fields that are independent, and on the safe side for fields that go
/// together.
public struct PerField<Detector: FieldDetector>: StreamingDetector {
    private var detectors: [Detector]

    /// The settings of one field, and how many fields there are.
    public struct Plan: Sendable {
        let field: Detector.Plan
        let fields: Int

        /// Makes a plan for `fields` fields, at least one.
        public init(_ field: Detector.Plan, fields: Int) {
            self.field = field
            self.fields = max(1, fields)
        }
    }

    /// Makes a detector that has seen nothing.
    public init(_ plan: Plan) {
        detectors = (0..<plan.fields).map { _ in Detector(plan.field) }
    }

    /// How unusual it is after what came before, 0…1; then learns from it.
    public mutating func score(
        _ values: UnsafeBufferPointer<Double>,
        at time: WallTime?,
        _ plan: Plan
    ) -> Double {
        var highest = 0.0
        for index in 0..<min(values.count, detectors.count) {
            highest = max(highest, detectors[index].score(values[index], at: time, plan.field))
        }
        guard detectors.count > 1 else { return highest }
        var joined = 1.0
        for _ in detectors.indices { joined *= highest }
        return joined
    }

    /// How many bytes it takes, arrays included.
    public var byteCount: Int {
        detectors.reduce(MemoryLayout<Self>.stride + arrayHeader) { $0 + $1.byteCount }
    }

    /// Writes everything it knows.
    public func save(into writer: inout StateWriter) {
        for detector in detectors { detector.save(into: &writer) }
    }

    /// Takes up what `save` wrote.
    public init(_ plan: Plan, restoring reader: inout StateReader) throws(StateError) {
        detectors = []
        for _ in 0..<plan.fields {
            detectors.append(try Detector(plan.field, restoring: &reader))
        }
    }
}
