// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Decide
public import Infer
import Trace
public import Vocabulary

/// Recorded readings of one policy with the labels they should have had: what variants of a model are
/// held against.
///
/// The labels are people's where they gave one, and the cloud's otherwise. A reading that was drawn with
/// a low probability stands for those that were not (it weighs one over it), so that a variant is not
/// judged by hard cases alone.
public struct LabelledReadings: Sendable {
    /// How often a variant is right on them.
    public struct Score: Equatable, Sendable {
        /// The weighted share of right labels, 0…1.
        public var accuracy: Double
        /// How many readings it gave an opinion of, or should have.
        public var count: Int
    }

    private let policy: Policy
    private let decisions: [TraceDecision]
    private let labels: [DecisionID: String]
    private let isSampled: Bool

    /// How many readings have a label.
    public var count: Int { decisions.count { labels[$0.id] != nil } }

    /// Reads the decisions of `policy` and the verdicts on them out of recorded traces; blocks.
    ///
    /// Throws for a file that is no trace, and where no decision of the policy has a verdict.
    public init(traces: [String], policy: Policy) throws(Diagnostic) {
        self.policy = policy
        var decisions: [TraceDecision] = []
        var cloud: [DecisionID: String] = [:]
        var people: [DecisionID: String] = [:]
        var isSampled = false
        let reader = try TraceReader(paths: traces)
        while let line = try reader.next() {
            switch line {
            case .header(let header): isSampled = isSampled || header.sample < 1
            case .decision(let decision):
                if decision.policy == policy.name { decisions.append(decision) }
            case .verdict(let verdict):
                if verdict.source == .operator {
                    people[verdict.id] = verdict.label
                } else {
                    cloud[verdict.id] = verdict.label
                }
            }
        }
        self.decisions = decisions
        self.isSampled = isSampled
        labels = cloud.merging(people) { $1 }
        guard count > 0 else {
            throw Diagnostic(
                .error,
                "the trace holds no decision of policy `\(policy.name)` with a verdict",
                hint: "record while the cloud is asked (`audit: 1%` in the policy), or with labels",
                file: traces.joined(separator: ", ")
            )
        }
    }

    /// How often `reference`, one of the models of `engine`, is right; runs it on every reading.
    ///
    /// Throws where the recorded fields do not serve it. Blocks.
    public func score(
        of reference: ModelReference,
        in engine: CoreEngine
    ) throws(Diagnostic) -> Score {
        let handle = try engine.bind(
            reference,
            fields: policy.reading.fields,
            owner: policy.name
        )
        if handle.isWindowed, isSampled || decisions.contains(where: { !$0.isWhole }) {
            throw Diagnostic(
                .warning,
                "model `\(reference)` looks at windows, and the trace does not hold every reading",
                hint: "record all decisions of a policy whose model has no window",
                file: policy.file
            )
        }
        let lane = engine.makeLane(time: StandingTime(wallTime: Rehearsal.standingTime))
        var (right, whole, count) = (0.0, 0.0, 0)
        for start in stride(from: 0, to: decisions.count, by: 256) {
            let part = decisions[start..<min(start + 256, decisions.count)]
            var readings = ReadingBatch(fieldCount: policy.reading.fields.count)
            for decision in part { readings.append(decision, policy.reading) }
            let rows = Array(0..<part.count)
            lane.observe([handle], readings: &readings, rows: rows) { row in
                part[part.startIndex + row].arrived
            }
            let found = lane.findings(model: handle, readings: readings, rows: rows)
            for (decision, finding) in zip(part, found) {
                guard let finding, let label = labels[decision.id] else { continue }
                let weight = 1 / max(decision.audit ?? 1, 1e-6)
                if finding.classification?.label == label { right += weight }
                whole += weight
                count += 1
            }
        }
        return Score(accuracy: whole > 0 ? right / whole : 0, count: count)
    }
}

extension ReadingBatch {
    fileprivate mutating func append(_ decision: TraceDecision, _ spec: ReadingSpec) {
        var values = [FieldValue](repeating: .absent, count: spec.fields.count)
        for field in decision.fields {
            guard let slot = spec.slot(of: field.name) else { continue }
            switch field.value {
            case .absent: break
            case .number(let number): values[slot] = .number(number)
            case .text(let text): values[slot] = .text(text)
            case .flag(let flag): values[slot] = .flag(flag)
            case .samples(let numbers):
                let start = samples.count
                for number in numbers { appendSample(number) }
                values[slot] = .samples(start..<samples.count)
            }
        }
        let row = ReadingBatch.Row(
            message: 0,
            index: 0,
            device: decision.device,
            deviceTime: decision.isDeviceTime ? decision.time : nil,
            sequence: decision.sequence
        )
        append(row, values: values)
    }
}
