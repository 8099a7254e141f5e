// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

/// Holding `model.yaml` against the model itself.
extension OnnxSpec {
    /// The features of each of the model's inputs, in its order.
    func fittedInputs(to session: OnnxSession) -> [OnnxModel.Input]? {
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
        for shape in session.inputs {
            guard let input = inputs.first(where: { $0.tensor == shape.name }) else {
                if isFit {
                    fileNode.problem("`inputs` has nothing for the model's input `\(shape.name)`")
                }
                isFit = false
                continue
            }
            guard let one = Self.fitted(input, to: shape) else {
                isFit = false
                continue
            }
            fitted.append(one)
        }
        return isFit ? fitted : nil
    }

    private static func fitted(_ input: Input, to shape: TensorShape) -> OnnxModel.Input? {
        let node = input.node
        guard shape.element == .float32 else {
            node.problem("input `\(shape.name)` does not take 32-bit floating point numbers")
            return nil
        }
        guard !shape.dimensions.isEmpty, let width = shape.rowWidth else {
            node.problem(
                "input `\(shape.name)` has the shape \(shape.dimensions), whose width is open",
                hint: "export the model with a free batch dimension and the others fixed"
            )
            return nil
        }
        guard fits(input, width: width) else { return nil }
        let rowDimensions = Array(shape.dimensions.dropFirst())
        return OnnxModel.Input(
            rowDimensions: rowDimensions,
            width: width,
            source: input.source
        )
    }

    /// True when what the input is made of can be `width` numbers a row; reports it otherwise.
    private static func fits(_ input: Input, width: Int) -> Bool {
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
        }
    }

    /// How many rows one run takes.
    func fittedBatch(to session: OnnxSession) -> Int? {
        let firsts = Set(session.inputs.compactMap(\.dimensions.first))
        if firsts == [-1] { return maximumBatch }
        if firsts == [1] { return 1 }
        fileNode.problem(
            "the model has a fixed batch of \(firsts.filter { $0 > 0 }.sorted()) rows",
            hint: "export it with a free batch dimension"
        )
        return nil
    }

    /// Which of the model's outputs is the answer, and how it is read.
    func fittedOutputs(
        of session: OnnxSession
    ) -> (answer: OnnxModel.Answer, labelOutput: Int?)? {
        let outputs = session.outputs
        let labelIndex = labelOutput.map { index(of: $0.name, at: $0.node, among: outputs) }
        let scoreIndex = scoreOutput.map { index(of: $0.name, at: $0.node, among: outputs) }
        if labelIndex == .some(nil) || scoreIndex == .some(nil) { return nil }
        let label =
            (labelIndex ?? nil)
            ?? outputs.firstIndex {
                $0.element == .int64 || $0.element == .text
            }
        if let score = (scoreIndex ?? nil) ?? Self.likelyScores(outputs) {
            guard let answer = answer(outputs[score], at: score) else { return nil }
            return (answer, label)
        }
        guard let label, outputs[label].element == .int64, !labels.isEmpty else {
            let zipmap = outputs.contains { $0.element == nil }
            fileNode.problem(
                "the model has no output of 32-bit floating point numbers",
                hint: zipmap ? "export it with the option `zipmap` off" : nil
            )
            return nil
        }
        let rowDimensions = Array(outputs[label].dimensions.dropFirst())
        guard outputs[label].rowWidth == 1 else {
            fileNode.problem("output `\(outputs[label].name)` is not one label a row")
            return nil
        }
        return (.label(labels, output: label, rowDimensions: rowDimensions), label)
    }

    private static func likelyScores(_ outputs: [TensorShape]) -> Int? {
        let named = outputs.firstIndex { $0.name == "probabilities" && $0.element == .float32 }
        return named ?? outputs.firstIndex { $0.element == .float32 }
    }

    private func answer(_ shape: TensorShape, at index: Int) -> OnnxModel.Answer? {
        let node = scoreOutput?.node ?? fileNode
        guard shape.element == .float32, !shape.dimensions.isEmpty, let width = shape.rowWidth
        else {
            node.problem(
                "output `\(shape.name)` is not a fixed number of 32-bit numbers a row",
                hint: shape.element == nil ? "export it with the option `zipmap` off" : nil
            )
            return nil
        }
        let rowDimensions = Array(shape.dimensions.dropFirst())
        if labels.isEmpty, width == 1 {
            return .value(output: index, rowDimensions: rowDimensions)
        }
        guard labels.count == width || (labels.count == 2 && width == 1) else {
            (labelsNode ?? fileNode).problem(
                "output `\(shape.name)` has \(width) numbers a row; `labels` names \(labels.count)",
                hint: "name the classes in the order the model was trained with"
            )
            return nil
        }
        let reading = ClassificationReading(
            labels: labels,
            source: source,
            method: method,
            calibration: calibration
        )
        return .classification(reading, output: index, rowDimensions: rowDimensions)
    }

    private func index(
        of name: String,
        at node: SettingsNode,
        among outputs: [TensorShape]
    ) -> Int? {
        if let index = outputs.firstIndex(where: { $0.name == name }) { return index }
        let names = outputs.map(\.name)
        node.problem(
            "the model has no output `\(name)`",
            hint: Suggestion.hint(for: name, among: names) ?? "it has \(Self.listed(names))"
        )
        return nil
    }

    private static func listed(_ names: [String]) -> String {
        names.map { "`\($0)`" }.joined(separator: ", ")
    }
}
