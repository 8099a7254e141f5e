// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

extension LaneInference {
    /// Runs an ONNX model on tensors as they are, by their names in the model.
    ///
    /// Numbers are converted to what the model takes. The outputs are those of the model's
    /// description: where labels are named, the label of each row as text, then every numeric
    /// output. Blocks while the model runs.
    public func run(
        _ reference: ModelReference,
        inputs: [Tensor]
    ) throws(OnnxError) -> [Tensor] {
        switch model(reference) {
        case nil:
            throw OnnxError(.invalidArgument, "there is no model `\(reference)`")
        case .detector:
            throw OnnxError(
                .invalidArgument,
                "`\(reference)` is a detector: it follows devices, not tensors"
            )
        case .onnx(let onnx):
            let lane = try lane(of: onnx)
            do throws(OnnxError) {
                let outputs = try lane.run(inputs)
                countRun(isEnded: false)
                return outputs
            } catch {
                if error.code != .badTensor { countRun(isEnded: error.code == .overBudget) }
                throw error
            }
        }
    }
}

extension OnnxLane {
    /// Runs the model on `tensors`, which may be of any number of rows up to the model's maximum.
    func run(_ tensors: [Tensor]) throws(OnnxError) -> [Tensor] {
        let session = model.session
        let memories = try ordered(tensors)
        var values: [OnnxValue] = []
        for (shape, memory) in zip(session.inputs, memories) {
            guard let element = shape.element else { continue }
            values.append(
                try OnnxValue(
                    runtime: session.runtime,
                    over: memory.bytes,
                    element: element,
                    dimensions: memory.dimensions
                )
            )
        }
        let indices = model.askedOutputs
        var pointers = [OpaquePointer?](repeating: nil, count: indices.count)
        // Taken over before anything can throw: what the runtime made is released in any case.
        defer {
            for case let pointer? in pointers {
                _ = OnnxValue(runtime: session.runtime, taking: pointer)
            }
        }
        try session.run(
            inputs: values.map(\.pointer),
            outputNames: indices.map { session.outputNames[$0] },
            outputs: &pointers,
            under: runGuard,
            limit: model.limit(rows: memories.first?.dimensions.first ?? 1)
        )
        var outputs: [Int: Tensor] = [:]
        for (index, pointer) in zip(indices, pointers) {
            guard let pointer else { throw OnnxError(.other, "the model gave nothing") }
            let name = session.outputs[index].name
            outputs[index] = try Tensor(name: name, of: session.runtime, copying: pointer)
        }
        withExtendedLifetime((values, memories)) {}
        var served: [Tensor] = []
        if let labels = try labels(from: outputs[model.answer.output]) { served.append(labels) }
        served += model.rawOutputs.compactMap { outputs[$0] }
        return served
    }

    /// The tensors in the model's order, checked against its shapes and in its kinds of number.
    private func ordered(_ tensors: [Tensor]) throws(OnnxError) -> [TensorBytes] {
        let shapes = model.session.inputs
        for tensor in tensors where !shapes.contains(where: { $0.name == tensor.name }) {
            throw OnnxError(.badTensor, "the model has no input `\(tensor.name)`")
        }
        var rows: Int?
        var ordered: [TensorBytes] = []
        for shape in shapes {
            let fitting = tensors.filter { $0.name == shape.name }
            guard let tensor = fitting.first, fitting.count == 1 else {
                let fault = fitting.isEmpty ? "is missing" : "is there twice"
                throw OnnxError(.badTensor, "input `\(shape.name)` \(fault)")
            }
            try shape.admit(tensor)
            let first = tensor.dimensions.first ?? 1
            guard first <= model.maximumBatch else {
                throw OnnxError(
                    .badTensor,
                    "input `\(shape.name)` has \(first) rows; at most \(model.maximumBatch) go in one call"
                )
            }
            guard rows == nil || rows == first else {
                throw OnnxError(.badTensor, "the inputs do not have the same number of rows")
            }
            rows = first
            ordered.append(try TensorBytes(tensor, as: shape.element))
        }
        return ordered
    }

    /// The label of each row, where the model's labels are named.
    private func labels(from tensor: Tensor?) throws(OnnxError) -> Tensor? {
        guard !model.labels.isEmpty, let tensor else { return nil }
        var labels: [String] = []
        switch (model.answer, tensor.elements) {
        case (.classification(let reading, _, let rowDimensions), .float32(let numbers)):
            let width = max(1, rowDimensions.reduce(1, *))
            for start in stride(from: 0, to: numbers.count, by: width) {
                let outcome = numbers[start..<min(start + width, numbers.count)]
                    .withUnsafeBufferPointer { reading.outcome($0) }
                labels.append(try Self.label(outcome, row: labels.count))
            }
        case (.label(let names, _, _), .int64(let indices)):
            for index in indices {
                guard index >= 0, index < names.count else {
                    throw OnnxError(.other, "the model gave a label it has no name for")
                }
                labels.append(names[Int(index)])
            }
        default:
            return nil
        }
        return Tensor(name: model.labelName, dimensions: [labels.count], elements: .text(labels))
    }

    private static func label(
        _ outcome: Finding.Outcome,
        row: Int
    ) throws(OnnxError) -> String {
        switch outcome {
        case .classification(let classification): return classification.label
        case .failed(let reason), .skipped(let reason):
            throw OnnxError(.other, "row \(row): \(reason)")
        case .value, .detections: throw OnnxError(.other, "row \(row) has no label")
        }
    }
}

extension OnnxModel {
    /// The outputs a run on tensors asks for: those it serves, and the answer the label is taken
    /// from.
    var askedOutputs: [Int] {
        let raw = rawOutputs
        return raw.contains(answer.output) ? raw : raw + [answer.output]
    }
}

extension TensorShape {
    /// Throws unless `tensor` has this shape and as many elements as its own shape says.
    fileprivate func admit(_ tensor: Tensor) throws(OnnxError) {
        let given = tensor.dimensions
        let isFit =
            given.count == dimensions.count
            && zip(given, dimensions).allSatisfy { $0 > 0 && ($1 < 0 || $0 == $1) }
        guard isFit else {
            throw OnnxError(
                .badTensor,
                "input `\(name)` has the shape \(given); the model takes \(dimensions)"
            )
        }
        var count = 1
        for dimension in given {
            let (product, overflows) = count.multipliedReportingOverflow(by: dimension)
            count = overflows ? Int.max : product
        }
        guard tensor.elements.count == count else {
            throw OnnxError(
                .badTensor,
                "input `\(name)` has \(tensor.elements.count) elements; its shape \(given) wants \(count)"
            )
        }
    }
}
