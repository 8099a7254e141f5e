// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

/// Holding the inputs of `model.yaml` against the model itself.
extension OnnxSpec {
    /// What each of the model's inputs is made of, in its order, and how many rows a run takes.
    func fittedInputs(
        to session: OnnxSession
    ) -> (inputs: [OnnxModel.Input], batch: OnnxModel.Batch)? {
        var fitted: [OnnxModel.Input] = []
        var isFit = true
        let names = session.inputs.map(\.name)
        for input in inputs where !names.contains(input.tensor) {
            input.node.problemWithKey(
                "the model has no input `\(input.tensor)`",
                hint: Suggestion.hint(for: input.tensor, among: names)
                    ?? "it has \(Self.listed(names))"
            )
            isFit = false
        }
        var sizes: [BatchSize] = []
        for shape in session.inputs {
            guard let input = inputs.first(where: { $0.tensor == shape.name }) else {
                if isFit {
                    fileNode.problem("`inputs` has nothing for the model's input `\(shape.name)`")
                }
                isFit = false
                continue
            }
            let size = batchSize(of: shape, input)
            guard let one = self.fitted(input, to: shape, isBatched: size != .none) else {
                isFit = false
                continue
            }
            sizes.append(size)
            fitted.append(one)
        }
        guard isFit, let batch = batch(sizes, fitted) else { return nil }
        return (fitted, batch)
    }

    /// What the first dimension of an input is.
    private enum BatchSize: Hashable {
        /// Any number of rows.
        case free
        /// So many rows.
        case fixed(Int)
        /// It counts no rows.
        case none
    }

    private func batchSize(of shape: TensorShape, _ input: Input) -> BatchSize {
        guard !isUnbatched, let first = shape.dimensions.first else { return .none }
        guard first > 1 else { return first == 1 ? .fixed(1) : .free }
        // `[4]` or `[64, 3]`: rows, or one row by itself? The features tell.
        let whole = shape.dimensions.contains(-1) ? nil : shape.dimensions.elementCount
        if case .features(let source) = input.source, let whole,
            (source.width ?? source.features.count) == whole, whole != shape.rowWidth
        {
            return .none
        }
        return .fixed(first)
    }

    /// How many bytes one input tensor of a batch should have at most.
    private static let batchBytes = 64 << 20

    private func batch(_ sizes: [BatchSize], _ inputs: [OnnxModel.Input]) -> OnnxModel.Batch? {
        let kinds = Set(sizes)
        if kinds == [.free] {
            // A batch of large images would take all the memory of a small box.
            let rowBytes = inputs.map { ($0.width ?? 1) * ($0.element.byteCount ?? 64) }.max() ?? 1
            let most = max(1, Self.batchBytes / max(1, rowBytes))
            return OnnxModel.Batch(maximum: min(maximumBatch, most), isFixed: false)
        }
        let rows = Set(
            sizes.compactMap { size in
                if case .fixed(let rows) = size { rows } else { nil }
            }
        )
        // What is no row for each reading makes the whole run one reading.
        if kinds.contains(.none), rows.isEmpty || rows == [1] {
            return OnnxModel.Batch(maximum: 1, isFixed: true)
        }
        if rows.count == 1, !kinds.contains(.none), let rows = rows.first {
            return OnnxModel.Batch(maximum: rows, isFixed: true)
        }
        fileNode.problem(
            "the model's inputs do not agree on a number of rows: \(rows.sorted())",
            hint: "export it with a free batch dimension, the first of every input"
        )
        return nil
    }

    private func fitted(
        _ input: Input,
        to shape: TensorShape,
        isBatched: Bool
    ) -> OnnxModel.Input? {
        let node = input.node
        guard let element = shape.element else {
            node.problem("input `\(shape.name)` takes a kind of value that is not read here")
            return nil
        }
        let start = isBatched ? 1 : 0
        var dimensions = Array(shape.dimensions.dropFirst(start))
        if case .image(let frame) = input.source { frame.fill(&dimensions) }
        let open = dimensions.indices.filter { dimensions[$0] < 0 }
        if open.count > 1 || (open.count == 1 && element == .text) {
            let names = shape.dimensionNames.dropFirst(start).filter { !$0.isEmpty }
            node.problem(
                "input `\(shape.name)` has the shape \(shape.dimensions), whose width is open",
                hint: names.isEmpty
                    ? "export the model with a free batch dimension and the others fixed"
                    : "say how large under `dimensions`: \(Self.listed(Array(names)))"
            )
            return nil
        }
        guard let count = dimensions.elementCount else {
            node.problem(
                "input `\(shape.name)` has the shape \(shape.dimensions), which is too large"
            )
            return nil
        }
        if let open = open.first, let made = input.knownWidth, made.isMultiple(of: max(1, count)) {
            dimensions[open] = made / max(1, count)
        }
        var fitted = OnnxModel.Input(
            rowDimensions: dimensions,
            element: element,
            isBatched: isBatched,
            source: input.source
        )
        if let width = fitted.width, !fits(input, width: width) { return nil }
        if element == .text, case .features(let source) = input.source {
            guard fitTexts(input, source.features, width: fitted.width ?? 0) else { return nil }
            guard source.window == nil else {
                node.problem(
                    "a window gathers numbers; input `\(shape.name)` takes texts",
                    hint: "leave `window` out"
                )
                return nil
            }
            fitted.source = .texts(source.features)
        }
        if case .image(let frame) = input.source {
            guard let image = frame.fitted(to: dimensions, of: shape.name, at: node) else {
                return nil
            }
            fitted.source = .image(image)
        }
        return fitted
    }

    /// True when what the input is made of can be `width` numbers a row; reports it otherwise.
    private func fits(_ input: Input, width: Int) -> Bool {
        switch input.source {
        case .features(let source):
            // A field by itself may be a whole series: how many numbers it makes is known with the
            // policy.
            let count = source.width ?? source.features.count
            if count == width || (count < width && source.width == nil) {
                return source.scaling.fits(width, at: input.node)
            }
            input.node.problem(
                "input `\(input.tensor)` takes \(width) numbers; the features make \(count)",
                hint: "list the features the model was trained with, in that order"
            )
            return false
        case .everyNumber:
            // A detector's alone.
            return false
        case .image, .texts:
            return true
        }
    }

    private func fitTexts(_ input: Input, _ features: [PlacedFeature], width: Int) -> Bool {
        guard features.allSatisfy({ $0.expression.isField }) else {
            input.node.problem(
                "input `\(input.tensor)` takes texts; a function makes numbers",
                hint: "list fields of the reading, as they are"
            )
            return false
        }
        guard features.count == width else {
            input.node.problem(
                "input `\(input.tensor)` takes \(width) texts; there are \(features.count) fields"
            )
            return false
        }
        return true
    }

    static func listed(_ names: [String]) -> String {
        names.map { "`\($0)`" }.joined(separator: ", ")
    }
}

extension OnnxSpec.Input {
    /// How many numbers it makes, where that does not depend on the reading.
    fileprivate var knownWidth: Int? {
        switch source {
        case .features(let source): source.width
        case .texts(let features): features.count
        case .image(let source): source.saidCount
        case .everyNumber: nil
        }
    }
}
