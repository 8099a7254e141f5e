// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension OnnxLane {
    /// Runs the model on `tensors`, which may be of any number of rows up to the model's maximum.
    func run(_ tensors: [Tensor]) throws(OnnxError) -> [Tensor] {
        try run(tensors, limit: nil)
    }

    /// The same, ended after `limit`, or after what its budget allows.
    func run(_ tensors: [Tensor], limit: Interval?) throws(OnnxError) -> [Tensor] {
        let session = model.session
        let (memories, rows) = try ordered(tensors)
        let indices = model.askedOutputs
        var pointers = [OpaquePointer?](repeating: nil, count: indices.count)
        // Taken over before anything can throw: what the runtime made is released in any case.
        defer {
            for case let pointer? in pointers {
                _ = OnnxValue(runtime: session.runtime, taking: pointer)
            }
        }
        try session.run(
            inputs: memories.map(\.value.pointer),
            outputNames: indices.map { session.outputNames[$0] },
            outputs: &pointers,
            under: runGuard,
            limit: limit ?? model.limit(rows: rows)
        )
        withExtendedLifetime(memories) {}
        var outputs: [Int: Tensor] = [:]
        for (index, pointer) in zip(indices, pointers) {
            guard let pointer else { throw OnnxError(.other, "the model gave nothing") }
            outputs[index] = try tensor(index, pointer)
        }
        var served: [Tensor] = []
        if let labels = try labels(from: outputs) { served.append(labels) }
        served += model.rawOutputs.compactMap { outputs[$0] }
        return served
    }

    /// A copy of an output; scores by class become a row of numbers in the order of the labels.
    private func tensor(_ index: Int, _ pointer: OpaquePointer) throws(OnnxError) -> Tensor {
        let session = model.session
        let name = session.outputs[index].name
        guard case .scoreMap(let reading, let map, let names, let output) = model.answer,
            output.index == index
        else { return try Tensor(name: name, of: session.runtime, copying: pointer) }
        let view = OnnxTensorView(runtime: session.runtime, pointer: pointer)
        let rows = map.isSequence ? try view.partCount() : 1
        var numbers: [Double] = []
        for row in 0..<rows {
            let one = map.isSequence ? try view.part(row) : nil
            let parts = one.map { OnnxTensorView(runtime: session.runtime, pointer: $0.pointer) }
            let keys = try (parts ?? view).part(0)
            let scores = try (parts ?? view).part(1)
            switch try reading.outcome(keys, scores, names, &answerNumbers) {
            case .classification(let found): numbers += found.probabilities
            case .failed(let reason): throw OnnxError(.other, "row \(row): \(reason)")
            case .value, .detections, .skipped: break
            }
        }
        return Tensor(
            name: name,
            dimensions: [rows, reading.labels.count],
            elements: map.value == .float64
                ? .float64(numbers) : .float32(numbers.map { Float($0) })
        )
    }

    /// The tensors in the model's order, checked against its shapes and in its kinds of number.
    private func ordered(
        _ tensors: [Tensor]
    ) throws(OnnxError) -> (memories: [TensorBytes], rows: Int) {
        let shapes = model.session.inputs
        for tensor in tensors where !shapes.contains(where: { $0.name == tensor.name }) {
            throw OnnxError(.badTensor, "the model has no input `\(tensor.name)`")
        }
        var rows: Int?
        var ordered: [TensorBytes] = []
        for (shape, input) in zip(shapes, model.inputs) {
            let fitting = tensors.filter { $0.name == shape.name }
            guard let tensor = fitting.first, fitting.count == 1 else {
                let fault = fitting.isEmpty ? "is missing" : "is there twice"
                throw OnnxError(.badTensor, "input `\(shape.name)` \(fault)")
            }
            try shape.admit(tensor)
            if input.isBatched, let first = tensor.dimensions.first {
                guard first <= model.maximumBatch else {
                    throw OnnxError(
                        .badTensor,
                        "input `\(shape.name)` has \(first) rows; "
                            + "at most \(model.maximumBatch) go in one call"
                    )
                }
                guard rows == nil || rows == first else {
                    throw OnnxError(
                        .badTensor,
                        "the inputs do not have the same number of rows"
                    )
                }
                rows = first
            }
            let runtime = model.session.runtime
            ordered.append(try TensorBytes(tensor, as: shape.element, runtime: runtime))
        }
        return (ordered, rows ?? 1)
    }

    /// The label of each row, where the model's labels are named.
    private func labels(from outputs: [Int: Tensor]) throws(OnnxError) -> Tensor? {
        guard model.givesLabels, let tensor = outputs[model.answer.outputs[0].index] else {
            return nil
        }
        var found: [Finding.Outcome] = []
        switch model.answer {
        case .classification(let reading, let output):
            let rows = output.isBatched ? tensor.dimensions.first ?? 1 : 1
            guard rows > 0 else { break }
            let width = tensor.elements.count / rows
            for row in 0..<rows {
                let range = row * width..<(row + 1) * width
                found.append(reading.outcome(tensor.elements, range))
            }
        case .scoreMap(let reading, _, _, _):
            let width = reading.labels.count
            for row in 0..<(tensor.dimensions.first ?? 0) {
                found.append(
                    reading.asProbabilities.outcome(
                        tensor.elements,
                        row * width..<(row + 1) * width
                    )
                )
            }
        case .label(let reading, _):
            switch tensor.elements {
            case .int64(let numbers): found = numbers.map { reading.outcome($0) }
            case .uint64(let numbers): found = numbers.map { reading.outcome(Int64(exactly: $0)) }
            case .flags(let flags): found = flags.map { reading.outcome($0 ? 1 : 0) }
            case .text(let texts): found = texts.map { reading.outcome($0) }
            case .float32, .float64: return nil
            }
        case .value, .detections:
            return nil
        }
        var labels: [String] = []
        for outcome in found { labels.append(try Self.label(outcome, row: labels.count)) }
        return Tensor(name: model.labelName, dimensions: [labels.count], elements: .text(labels))
    }

    private static func label(
        _ outcome: Finding.Outcome,
        row: Int
    ) throws(OnnxError) -> String {
        switch outcome {
        case .classification(let classification): return classification.label
        case .failed(let reason): throw OnnxError(.other, "row \(row): \(reason)")
        case .value, .detections, .skipped: throw OnnxError(.other, "row \(row) has no label")
        }
    }
}

extension ClassificationReader {
    /// Reads the numbers of one row, which are those at `range`.
    fileprivate func outcome(_ elements: Tensor.Elements, _ range: Range<Int>) -> Finding.Outcome {
        switch elements {
        case .float32(let numbers):
            numbers[range].withUnsafeBufferPointer { outcome($0) }
        case .float64(let numbers):
            numbers[range].withUnsafeBufferPointer { outcome($0) }
        case .int64(let numbers):
            numbers[range].map { Double($0) }.withUnsafeBufferPointer { outcome($0) }
        case .uint64(let numbers):
            numbers[range].map { Double($0) }.withUnsafeBufferPointer { outcome($0) }
        case .flags(let flags):
            flags[range].map { $0 ? 1.0 : 0 }.withUnsafeBufferPointer { outcome($0) }
        case .text:
            .failed(reason: "the model gave texts")
        }
    }

    /// The same reading of numbers that are probabilities already.
    fileprivate var asProbabilities: ClassificationReader {
        ClassificationReader(
            labels: labels,
            source: .probabilities,
            method: method,
            calibration: calibration
        )
    }
}

extension OnnxModel {
    /// The outputs a run on tensors asks for: those it serves, and those the answer is taken from.
    var askedOutputs: [Int] {
        let raw = rawOutputs
        return raw + answer.outputs.map(\.index).filter { !raw.contains($0) }
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
