// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// One lane's use of one ONNX model: its buffers and its run guard.
///
/// Owned by the lane's thread. Once every batch size has come up, a run of tensors of numbers whose
/// shapes are known allocates nothing here; what only the runtime can size, it makes for each run.
final class OnnxLane {
    /// What became of a row that was to be placed.
    enum Placement: Equatable {
        /// It stands in the tensors.
        case placed
        /// It has another shape than the rows before it: it goes in the next run.
        case otherShape
        /// It is no row for this model.
        case refused(String)
    }

    let model: OnnxModel
    let runGuard: RunGuard
    /// What each input's tensor lies in.
    enum InputMemory {
        case numbers(TensorMemory)
        case texts(TextMemory)
    }
    private(set) var inputs: [InputMemory]
    let outputs: [OutputMemory]
    private let outputNames: [UnsafePointer<CChar>?]
    /// The run's arguments, kept to spare an allocation a run.
    private let inputPointers: UnsafeMutableBufferPointer<OpaquePointer?>
    private let outputPointers: UnsafeMutableBufferPointer<OpaquePointer?>
    /// How many elements a row of each input has, where that is fixed, and whether 32-bit numbers do.
    private let widths: [(count: Int?, fitsInFloat: Bool)]
    // Scratch, kept for the same reason.
    private var numbers: [Float] = []
    private var precise: [Double] = []
    private var texts: [String] = []
    /// What the findings of the last run share.
    var shares: [[Double]] = []
    var answerNumbers: [Double] = []
    var answerFloats: [[Float]] = [[], [], []]
    var detectionScratch = DetectionScratch()

    /// How many numbers a row of an open width has until a reading says otherwise.
    private static let openWidth = 64

    init(_ model: OnnxModel) throws(OnnxError) {
        self.model = model
        let runtime = model.session.runtime
        runGuard = try RunGuard(runtime: runtime)
        widths = model.inputs.map { ($0.width, $0.element.fitsInFloat) }
        outputNames = model.answer.outputs.map { model.session.outputNames[$0.index] }
        var inputs: [InputMemory] = []
        for input in model.inputs {
            let fixed = input.rowDimensions.map { $0 < 0 ? Self.openWidth : $0 }
            inputs.append(try Self.memory(input, fixed, model.batch, runtime))
        }
        self.inputs = inputs
        var outputs: [OutputMemory] = []
        for output in model.answer.outputs {
            outputs.append(try OutputMemory(output, batch: model.batch, runtime: runtime))
        }
        self.outputs = outputs
        inputPointers = .allocate(capacity: inputs.count)
        inputPointers.initialize(repeating: nil)
        outputPointers = .allocate(capacity: outputs.count)
        outputPointers.initialize(repeating: nil)
        RunWatchdog.shared.watch(runGuard)
    }

    deinit {
        RunWatchdog.shared.dismiss(runGuard)
        inputPointers.deallocate()
        outputPointers.deallocate()
    }

    private static func memory(
        _ input: OnnxModel.Input,
        _ rowDimensions: [Int],
        _ batch: OnnxModel.Batch,
        _ runtime: OnnxRuntime
    ) throws(OnnxError) -> InputMemory {
        guard input.element != .text else {
            return .texts(
                TextMemory(
                    runtime: runtime,
                    rowDimensions: rowDimensions,
                    isBatched: input.isBatched,
                    rows: batch.maximum
                )
            )
        }
        let memory = try TensorMemory(
            runtime: runtime,
            element: input.element,
            rowDimensions: rowDimensions,
            isBatched: input.isBatched,
            rows: batch.maximum
        )
        for row in 0..<min(2, batch.maximum) { memory.fillWithOnes(row: row) }
        return .numbers(memory)
    }

    /// Puts what `pipeline` makes of a reading in place, as `row` of one input.
    func place(
        _ pipeline: InputPipeline,
        _ readings: ReadingBatch,
        reading: Int,
        using workspace: FeatureWorkspace,
        input: Int,
        row: Int
    ) -> Placement {
        do throws(FeatureFailure) {
            if case .texts(let pipeline) = pipeline {
                texts.removeAll(keepingCapacity: true)
                try pipeline.place(readings, row: reading, into: &texts)
                return place(texts: texts[...], input: input, row: row)
            }
            if widths[input].fitsInFloat {
                numbers.removeAll(keepingCapacity: true)
                try pipeline.place(readings, row: reading, into: &numbers, using: workspace)
                return numbers.withUnsafeBufferPointer {
                    place(numbers: $0, input: input, row: row)
                }
            }
            precise.removeAll(keepingCapacity: true)
            try pipeline.place(readings, row: reading, into: &precise, using: workspace)
            return precise.withUnsafeBufferPointer { place(numbers: $0, input: input, row: row) }
        } catch {
            return .refused(error.reason)
        }
    }

    /// Puts the numbers of one input of one row in place.
    func place<Number: BinaryFloatingPoint>(
        numbers: UnsafeBufferPointer<Number>,
        input index: Int,
        row: Int
    ) -> Placement {
        if case .numbers(let memory) = inputs[index], widths[index].count == numbers.count {
            return memory.element.write(numbers, to: memory.base(of: row))
                ? .placed : Self.misfit(memory.element)
        }
        return place(open: numbers, input: index, row: row)
    }

    private static func misfit(_ element: TensorElement) -> Placement {
        .refused("the features make a number that is none of the model's \(element.words)")
    }

    /// The same for a row whose shape is its own, or no row at all.
    private func place<Number: BinaryFloatingPoint>(
        open numbers: UnsafeBufferPointer<Number>,
        input index: Int,
        row: Int
    ) -> Placement {
        let input = model.inputs[index]
        guard case .numbers(var memory) = inputs[index],
            let dimensions = input.dimensions(of: numbers.count)
        else {
            let wanted = input.width.map { "\($0)" } ?? "a multiple of its other dimensions"
            return .refused("the features make \(numbers.count) numbers; the model takes \(wanted)")
        }
        if dimensions != memory.rowDimensions {
            guard row == 0 else { return .otherShape }
            do throws(OnnxError) {
                memory = try TensorMemory(
                    runtime: model.session.runtime,
                    element: input.element,
                    rowDimensions: dimensions,
                    isBatched: input.isBatched,
                    rows: model.batch.maximum
                )
            } catch {
                return .refused(error.message)
            }
            inputs[index] = .numbers(memory)
        }
        return memory.element.write(numbers, to: memory.base(of: row))
            ? .placed : Self.misfit(memory.element)
    }

    /// Puts the texts of one input of one row in place.
    func place(texts: ArraySlice<String>, input index: Int, row: Int) -> Placement {
        guard case .texts(let memory) = inputs[index], texts.count == memory.rowWidth else {
            let wanted = model.inputs[index].width ?? 0
            return .refused("there are \(texts.count) texts; the model takes \(wanted)")
        }
        memory.place(row, texts)
        return .placed
    }

    /// Runs the model over the first `rows` rows.
    func run(rows: Int) throws(OnnxError) {
        try run(rows: rows, limit: model.limit(rows: rows))
    }

    /// Runs the model over the first `rows` rows, ended after `limit`.
    func run(rows: Int, limit: Interval) throws(OnnxError) {
        let all = model.batch.isFixed ? model.batch.maximum : rows
        for (index, input) in inputs.enumerated() {
            switch input {
            case .numbers(let memory):
                // A batch of a fixed size is filled up with what its last row has.
                for row in rows..<all { memory.copy(row: rows - 1, to: row) }
                inputPointers[index] = try memory.pointer(rows: all)
            case .texts(let memory):
                for row in rows..<all { memory.copy(row: rows - 1, to: row) }
                inputPointers[index] = try memory.pointer(rows: all)
            }
        }
        for index in outputs.indices {
            outputPointers[index] = try outputs[index].prepare(rows: all)
        }
        // What the runtime made is taken over whether the run succeeds or not.
        defer {
            for index in outputs.indices { outputs[index].take(outputPointers[index]) }
        }
        try model.session.run(
            inputs: UnsafeBufferPointer(inputPointers),
            outputNames: outputNames,
            outputs: outputPointers,
            under: runGuard,
            limit: limit
        )
    }
}
