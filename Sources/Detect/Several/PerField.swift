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
    private var detectors: [Detector?]

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
        detectors = Array(repeating: nil, count: plan.fields)
    }

    /// How unusual it is after what came before, 0…1; then learns from it.
    public mutating func score(
        _ values: UnsafeBufferPointer<Double>,
        at time: WallTime?,
        _ plan: Plan
    ) -> Double {
        var highest = 0.0
        var joined = 1.0
        var judged = 0
        for index in 0..<min(values.count, detectors.count) where values[index].isFinite {
            if detectors[index] == nil { detectors[index] = Detector(plan.field) }
            let score = detectors[index]?.score(values[index], at: time, plan.field) ?? 0
            highest = max(highest, score)
            judged += 1
        }
        guard judged > 1 else { return highest }
        for _ in 0..<judged { joined *= highest }
        return joined
    }

    /// How many bytes it takes, arrays included.
    public var byteCount: Int {
        detectors.reduce(MemoryLayout<Self>.stride + arrayHeader) { sum, detector in
            sum + (detector?.byteCount ?? MemoryLayout<Detector?>.stride)
        }
    }

    /// Writes everything it knows.
    public func save(into writer: inout StateWriter) {
        for detector in detectors {
            writer.put(detector != nil)
            detector?.save(into: &writer)
        }
    }

    /// Takes up what `save` wrote.
    public init(_ plan: Plan, restoring reader: inout StateReader) throws(StateError) {
        detectors = []
        for _ in 0..<plan.fields {
            let isThere = try reader.bool()
            detectors.append(isThere ? try Detector(plan.field, restoring: &reader) : nil)
        }
    }
}
