// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// One lane's use of one ONNX model: its buffers and its run guard.
///
/// Owned by the lane's thread.
final class OnnxLane {
    let model: OnnxModel
    let runGuard: RunGuard
    private let inputs: [TensorMemory<Float>]
    private let scores: TensorMemory<Float>?
    private let labels: TensorMemory<Int64>?
    private let outputNames: [UnsafePointer<CChar>?]
    /// The run's arguments, kept to spare an allocation a run.
    private var inputPointers: [OpaquePointer?]
    private var outputPointers: [OpaquePointer?] = [nil]

    init(_ model: OnnxModel) throws(OnnxError) {
        self.model = model
        let runtime = model.session.runtime
        let rows = model.maximumBatch
        runGuard = try RunGuard(runtime: runtime)
        inputs = model.inputs.map { input in
            TensorMemory(
                runtime: runtime,
                element: .float32,
                rowDimensions: input.rowDimensions,
                rows: rows,
                filledWith: 1
            )
        }
        switch model.answer {
        case .classification(_, _, let dimensions), .value(_, let dimensions):
            scores = TensorMemory(
                runtime: runtime,
                element: .float32,
                rowDimensions: dimensions,
                rows: rows,
                filledWith: .nan
            )
            labels = nil
        case .label(_, _, let dimensions):
            labels = TensorMemory(
                runtime: runtime,
                element: .int64,
                rowDimensions: dimensions,
                rows: rows,
                filledWith: -1
            )
            scores = nil
        }
        inputPointers = Array(repeating: nil, count: model.inputs.count)
        outputNames = [model.session.outputNames[model.answer.output]]
        RunWatchdog.shared.watch(runGuard)
    }

    deinit {
        RunWatchdog.shared.dismiss(runGuard)
    }

    /// Puts the numbers of one input of one row in place; false when there are not as many as it
    /// takes.
    func place(_ numbers: ArraySlice<Float>, input: Int, row: Int) -> Bool {
        let room = inputs[input][row]
        guard room.count == numbers.count else { return false }
        _ = room.update(fromContentsOf: numbers)
        return true
    }

    /// Runs the model over the first `rows` rows.
    func run(rows: Int) throws(OnnxError) {
        try run(rows: rows, limit: model.limit(rows: rows))
    }

    /// Runs the model over the first `rows` rows, ended after `limit`.
    func run(rows: Int, limit: Interval) throws(OnnxError) {
        for index in inputs.indices {
            inputPointers[index] = try inputs[index].pointer(rows: rows)
        }
        if let scores { outputPointers[0] = try scores.pointer(rows: rows) }
        if let labels { outputPointers[0] = try labels.pointer(rows: rows) }
        try model.session.run(
            inputs: inputPointers,
            outputNames: outputNames,
            outputs: &outputPointers,
            under: runGuard,
            limit: limit
        )
    }

    /// What the last run said of `row`.
    func outcome(row: Int) -> Finding.Outcome {
        switch model.answer {
        case .classification(let reading, _, _):
            guard let scores else { return Self.nothing }
            return reading.outcome(UnsafeBufferPointer(scores[row]))
        case .value:
            guard let value = scores?[row].first else { return Self.nothing }
            return value.isFinite
                ? .value(Double(value)) : .failed(reason: "the model gave no finite number")
        case .label(let names, _, _):
            guard let index = labels?[row].first, index >= 0, index < names.count else {
                return .failed(reason: "the model gave a label it has no name for")
            }
            return .classification(
                Finding.Classification(label: names[Int(index)], score: 1, confidence: nil)
            )
        }
    }

    private static let nothing = Finding.Outcome.failed(reason: "the model gave nothing")
}
