// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Synchronization
import Vocabulary

/// The first runs of a model: whether it runs at all, what it says of its check, and how long it
/// takes.
struct ModelTrial {
    private let lane: OnnxLane
    /// The median time of a run of one row.
    let estimate: Interval
    /// What it says of a row of ones, which may be no more than that it has no opinion.
    let firstOutcome: Finding.Outcome

    /// How long a first run may take, which includes what the runtime does only once.
    private static let limit = Interval.seconds(30)
    private static let runs = 5

    init(_ model: OnnxModel) throws(OnnxError) {
        lane = try OnnxLane(model)
        try lane.run(rows: 1, limit: Self.limit)
        // A model that cannot take two rows where it says any number would fail only in traffic.
        if model.maximumBatch > 1 { try lane.run(rows: 2, limit: Self.limit) }
        var times: [Int64] = []
        for _ in 0..<Self.runs {
            let start = RunWatchdog.now()
            try lane.run(rows: 1, limit: Self.limit)
            times.append(RunWatchdog.now() - start)
        }
        estimate = Interval(nanoseconds: times.sorted()[Self.runs / 2])
        model.trialTime.store(estimate.nanoseconds, ordering: .relaxed)
        model.pace.begin(trial: estimate)
        firstOutcome = lane.outcome(row: 0)
    }

    /// True when the model says of `check` what it should; reports what it says otherwise.
    func passes(_ check: OnnxSpec.Check?) throws(OnnxError) -> Bool {
        guard let check else { return true }
        let widths = lane.model.inputs.map(\.width)
        let total = widths.reduce(0, +)
        guard check.input.count == total else {
            check.node.problem(
                "`check` has \(check.input.count) numbers; the model takes \(total)",
                hint: "list the numbers of all inputs, in the model's own order"
            )
            return false
        }
        var start = 0
        for (index, width) in widths.enumerated() {
            _ = lane.place(check.input[start..<start + width], input: index, row: 0)
            start += width
        }
        try lane.run(rows: 1, limit: Self.limit)
        guard let difference = check.difference(from: lane.outcome(row: 0)) else { return true }
        check.node.problem(
            "the model fails its check: \(difference)",
            hint: "it does not do here what it did where it was made"
        )
        return false
    }
}

extension OnnxSpec.Check {
    /// How `outcome` differs from what is expected; nil when it does not.
    func difference(from outcome: Finding.Outcome) -> String? {
        switch outcome {
        case .failed(let reason), .skipped(let reason):
            return reason
        case .detections:
            return "it gave detections"
        case .value(let found):
            guard label == nil, probabilities == nil else { return "it gave a value, no label" }
            guard let value, abs(found - value) > tolerance else { return nil }
            return "it gave \(found) instead of \(value)"
        case .classification(let found):
            if value != nil { return "it gave a label, no value" }
            if let label, label != found.label {
                return "it gave `\(found.label)` instead of `\(label)`"
            }
            guard let probabilities else { return nil }
            let isNear = zip(probabilities, found.probabilities).allSatisfy {
                abs($0 - $1) <= tolerance
            }
            guard !isNear || probabilities.count != found.probabilities.count else { return nil }
            return "it gave \(found.probabilities) instead of \(probabilities)"
        }
    }
}
