// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What one lane's runs of one model leave of one output.
///
/// Made beforehand where its size is known, and by the runtime in each run where it is not.
final class OutputMemory {
    let output: OnnxOutput
    private let runtime: OnnxRuntime
    private let prepared: TensorMemory?
    private var made: OnnxValue?
    private var rows = 0

    init(
        _ output: OnnxOutput,
        batch: OnnxModel.Batch,
        runtime: OnnxRuntime
    ) throws(OnnxError) {
        self.output = output
        self.runtime = runtime
        if let element = output.element, let dimensions = output.rowDimensions {
            prepared = try TensorMemory(
                runtime: runtime,
                element: element,
                rowDimensions: dimensions,
                isBatched: output.isBatched,
                rows: batch.maximum
            )
        } else {
            prepared = nil
        }
    }

    /// The value a run of `rows` rows writes to; nil when the runtime is to make it.
    func prepare(rows: Int) throws(OnnxError) -> OpaquePointer? {
        made = nil
        self.rows = rows
        return try prepared?.pointer(rows: rows)
    }

    /// Takes over what the runtime made; does nothing for a value made beforehand.
    func take(_ pointer: OpaquePointer?) {
        guard prepared == nil, let pointer else { return }
        made = OnnxValue(runtime: runtime, taking: pointer)
    }

    /// The numbers of the first `rows` rows, one row after the other; nil where they are of another kind,
    /// or were not placed by us.
    func floats(rows: Int) -> UnsafeBufferPointer<Float>? {
        guard let prepared, prepared.element == .float32 else { return nil }
        let first = prepared.base(of: max(0, rows - 1)) - max(0, rows - 1) * prepared.rowBytes
        return UnsafeBufferPointer(
            start: first.assumingMemoryBound(to: Float.self),
            count: rows * prepared.rowWidth
        )
    }

    /// One row of a tensor of numbers.
    struct Row {
        var element: TensorElement
        var memory: UnsafeRawPointer
        /// The dimensions of the row.
        var dimensions: [Int]

        /// How many elements it has.
        var count: Int { dimensions.reduce(1, *) }
    }

    /// Row `index` of what the last run left; throws when the model gave something else.
    func row(_ index: Int) throws(OnnxError) -> Row {
        if let prepared {
            return Row(
                element: prepared.element,
                memory: UnsafeRawPointer(prepared.base(of: index)),
                dimensions: prepared.rowDimensions
            )
        }
        let (view, dimensions, element) = try tensor()
        guard let size = element.byteCount else {
            throw OnnxError(.badTensor, "the model gave texts")
        }
        let width = dimensions.reduce(1, *)
        guard width > 0 else {
            // A pointer to nothing that is never read: no detection at all is an answer.
            let nowhere = UnsafeRawPointer(view.pointer)
            return Row(element: element, memory: nowhere, dimensions: dimensions)
        }
        let memory = try view.elements()
        return Row(element: element, memory: memory + index * width * size, dimensions: dimensions)
    }

    /// The text that is row `index` of what the last run left.
    func text(_ index: Int) throws(OnnxError) -> String {
        let (view, dimensions, element) = try tensor()
        guard element == .text, dimensions.reduce(1, *) == 1 else {
            throw OnnxError(.badTensor, "the model gave something else than one text a row")
        }
        return try view.text(at: index)
    }

    /// A look into the tensor the runtime made, and the dimensions of one of its rows.
    private func tensor() throws(OnnxError) -> (OnnxTensorView, [Int], TensorElement) {
        guard let made else { throw OnnxError(.badTensor, "the model gave nothing") }
        let view = OnnxTensorView(runtime: runtime, pointer: made.pointer)
        let (element, dimensions) = try view.shape()
        guard let element, element == output.element else {
            throw OnnxError(.badTensor, "the model gave another kind of element than it says")
        }
        guard dimensions.reduce(1, *) <= DetectionReader.numberLimit else {
            throw OnnxError(.badTensor, "the model gave too many numbers")
        }
        guard output.isBatched else { return (view, dimensions, element) }
        guard dimensions.first == rows else {
            throw OnnxError(
                .badTensor,
                "the model gave \(dimensions.first ?? 0) rows for \(rows)"
            )
        }
        return (view, Array(dimensions.dropFirst()), element)
    }

    /// The keys and the scores of row `index` of a map, or of a sequence of one a row.
    func scores(
        _ index: Int,
        of map: ScoreMap
    ) throws(OnnxError) -> (keys: OnnxValue, scores: OnnxValue) {
        guard let made else { throw OnnxError(.badTensor, "the model gave nothing") }
        let view = OnnxTensorView(runtime: runtime, pointer: made.pointer)
        guard map.isSequence else { return (try view.part(0), try view.part(1)) }
        guard try view.partCount() == rows else {
            throw OnnxError(.badTensor, "the model gave not as many rows as it took")
        }
        let row = try view.part(index)
        let parts = OnnxTensorView(runtime: runtime, pointer: row.pointer)
        return (try parts.part(0), try parts.part(1))
    }
}
