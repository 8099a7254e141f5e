// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Synchronization
import Vocabulary

/// An ONNX model ready to run: its session, and how readings become its inputs and its outputs
/// findings.
///
/// Immutable; all lanes share it.
final class OnnxModel: Sendable {
    /// One input tensor.
    struct Input: Sendable {
        /// The dimensions of one row.
        var rowDimensions: [Int]
        /// How many numbers one row has.
        var width: Int
        /// What they are made of.
        var source: InputSource
    }

    /// What the model's answer is, and which of its outputs gives it.
    enum Answer: Sendable {
        /// Numbers for each label.
        case classification(ClassificationReading, output: Int, rowDimensions: [Int])
        /// The index of a label, without probabilities.
        case label([String], output: Int, rowDimensions: [Int])
        /// One number.
        case value(output: Int, rowDimensions: [Int])

        /// The output that is read.
        var output: Int {
            switch self {
            case .classification(_, let output, _), .label(_, let output, _), .value(let output, _):
                output
            }
        }
    }

    let reference: ModelReference
    let session: OnnxSession
    /// The inputs in the model's own order.
    let inputs: [Input]
    let answer: Answer
    /// The model's own output of labels, whatever it holds.
    let labelOutput: Int?
    let budget: Interval
    /// How many rows one run takes at most; 1 when the model has a fixed batch of one.
    let maximumBatch: Int

    /// How fast it is, and where it runs.
    let pace: ModelPace

    /// How many times longer than it should a run may take.
    private static let patience: Int64 = 10
    private static let leastLimit = Interval.milliseconds(100)

    /// Nanoseconds that a run of one row took when the model was tried; set once, then.
    let trialTime = Atomic<Int64>(0)

    /// When a run of `rows` rows is ended.
    ///
    /// Ten budgets, or ten times what so many rows took at the trial, and never before 100 ms: a
    /// busy machine or a full batch fails nothing.
    func limit(rows: Int) -> Interval {
        let usual = trialTime.load(ordering: .relaxed).multipliedReportingOverflow(by: Int64(rows))
        let most = max(budget.nanoseconds, usual.overflow ? 0 : usual.partialValue)
        let limit = most.multipliedReportingOverflow(by: Self.patience)
        return limit.overflow
            ? budget : max(Self.leastLimit, Interval(nanoseconds: limit.partialValue))
    }

    /// Joins a session with what its `model.yaml` says of it; nil when they do not fit, which is
    /// reported.
    init?(_ reference: ModelReference, spec: OnnxSpec, session: OnnxSession) {
        self.reference = reference
        self.session = session
        budget = spec.budget
        pace = ModelPace(maximumWait: spec.maximumWait)
        guard let inputs = spec.fittedInputs(to: session),
            let outputs = spec.fittedOutputs(of: session),
            let batch = spec.fittedBatch(to: session)
        else { return nil }
        self.inputs = inputs
        answer = outputs.answer
        labelOutput = outputs.labelOutput
        maximumBatch = batch
    }

    /// The labels, in the order of the probabilities.
    var labels: [String] {
        switch answer {
        case .classification(let reading, _, _): reading.labels
        case .label(let labels, _, _): labels
        case .value: []
        }
    }
}
