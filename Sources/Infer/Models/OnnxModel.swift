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
        /// The dimensions of one row; -1 for one that a reading's own numbers fill, at most one.
        var rowDimensions: [Int]
        /// What it holds.
        var element: TensorElement
        /// True when its first dimension counts rows; false when all of it is the one row.
        var isBatched: Bool
        /// What its rows are made of.
        var source: InputSource

        /// How many numbers one row has; nil when that is the reading's to say.
        var width: Int? {
            rowDimensions.contains(-1) ? nil : rowDimensions.reduce(1, *)
        }

        /// The dimensions of a row of `count` numbers; nil when so many do not fit.
        func dimensions(of count: Int) -> [Int]? {
            guard width == nil else { return count == width ? rowDimensions : nil }
            let fixed = rowDimensions.reduce(1) { $1 < 0 ? $0 : $0 * $1 }
            guard count > 0, count <= Self.openLimit, count.isMultiple(of: fixed) else {
                return nil
            }
            return rowDimensions.map { $0 < 0 ? count / fixed : $0 }
        }

        /// How many numbers a row of open width may have.
        private static let openLimit = 1 << 22
    }

    /// How many rows one run takes.
    struct Batch: Equatable, Sendable {
        /// At most so many readings.
        var maximum: Int
        /// True when the model always takes exactly `maximum` rows.
        var isFixed: Bool
    }

    let reference: ModelReference
    let session: OnnxSession
    /// The inputs in the model's own order.
    let inputs: [Input]
    let answer: OnnxAnswer
    /// The model's own output of labels, whatever it holds.
    let labelOutput: Int?
    let budget: Interval
    let batch: Batch
    /// What the file says of itself.
    let file: OnnxFile

    /// How many rows one run takes at most; 1 when the model has a fixed batch of one.
    var maximumBatch: Int { batch.maximum }

    /// How fast it is, and where it runs.
    let pace: ModelPace

    /// How many times longer than it should a run may take.
    private static let patience: Int64 = 10
    private static let leastLimit = Interval.milliseconds(100)

    /// Nanoseconds that a run of one row took when the model was tried; set once, then.
    let trialTime = Atomic<Int64>(0)

    /// When a run of `rows` rows is ended.
    ///
    /// Ten budgets of computing, or ten times what so many rows took at the trial, and never before
    /// 100 ms: a busy machine or a full batch fails nothing.
    func limit(rows: Int) -> Interval {
        let usual = trialTime.load(ordering: .relaxed).multipliedReportingOverflow(by: Int64(rows))
        let most = max(budget.nanoseconds, usual.overflow ? 0 : usual.partialValue)
        let limit = most.multipliedReportingOverflow(by: Self.patience)
        return limit.overflow
            ? budget : max(Self.leastLimit, Interval(nanoseconds: limit.partialValue))
    }

    /// Joins a session with what its `model.yaml` says of it; nil when they do not fit, which is
    /// reported.
    init?(_ reference: ModelReference, spec: OnnxSpec, session: OnnxSession, file: OnnxFile) {
        self.reference = reference
        self.session = session
        self.file = file
        budget = spec.budget
        pace = ModelPace(maximumWait: spec.maximumWait)
        guard let (inputs, batch) = spec.fittedInputs(to: session),
            let outputs = spec.fittedOutputs(
                of: session,
                inputs: inputs,
                batch: batch,
                file: file
            )
        else { return nil }
        self.inputs = inputs
        self.batch = batch
        answer = outputs.answer
        labelOutput = outputs.labelOutput
    }

    /// The labels, in the order of the probabilities.
    var labels: [String] { answer.labels }
}
