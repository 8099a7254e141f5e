// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

/// Holding the outputs of `model.yaml` against the model itself.
extension OnnxSpec {
    /// Which of the model's outputs is the answer, and how it is read.
    ///
    /// Those that are named, so that a label named alone is all that is read; else probabilities by
    /// name, scores by class, numbers, and a label last.
    func fittedOutputs(
        of session: OnnxSession,
        inputs: [OnnxModel.Input],
        batch: OnnxModel.Batch,
        file: OnnxFile
    ) -> (answer: OnnxAnswer, labelOutput: Int?)? {
        let fit = OutputFit(session: session, inputs: inputs, batch: batch, file: file)
        if let detections { return detector(detections, fit).map { ($0, nil) } }
        let outputs = session.outputs
        let labelIndex = labelOutput.map { index(of: $0.name, at: $0.node, among: outputs) }
        let scoreIndex = scoreOutput.map { index(of: $0.name, at: $0.node, among: outputs) }
        if labelIndex == .some(nil) || scoreIndex == .some(nil) { return nil }
        let label =
            (labelIndex ?? nil)
            ?? outputs.firstIndex { $0.element == .text || $0.element?.isWhole == true }
        if let valueOutput { return value(valueOutput, fit).map { ($0, label) } }
        let likely = labelOutput == nil ? Self.likelyScores(session) : nil
        if scoreIndex == nil, likely != nil, hasColumnPerLabel(fit) { return nil }
        if let score = (scoreIndex ?? nil) ?? likely {
            guard let answer = answer(score, fit) else { return nil }
            return (answer, label)
        }
        guard let label else {
            let names = outputs.map(\.name)
            fileNode.problem("the model has no output that is read: \(Self.listed(names))")
            return nil
        }
        return labelAnswer(label, fit).map { ($0, label) }
    }

    /// True when the model gives an output for each label, one number a row: none of them is the
    /// probability of a label that could be told; reported.
    private func hasColumnPerLabel(_ fit: OutputFit) -> Bool {
        let columns = fit.session.outputs.indices.filter { index in
            let shape = fit.session.outputs[index]
            guard let element = shape.element, !element.isWhole, element != .text, element != .flag
            else { return false }
            return fit.output(index)?.rowDimensions.map { $0.reduce(1, *) } == 1
        }
        let isOfLabels =
            columns.count == labels.count || fit.file.labels(count: columns.count) != nil
        guard columns.count > 1, isOfLabels else { return false }
        fileNode.problem(
            "the model has an output for each label: "
                + Self.listed(columns.map { fit.session.outputs[$0].name }),
            hint: "export it with all probabilities in one output (in skl2onnx not "
                + "`zipmap: columns`), or name one as `outputs: { value: … }`"
        )
        return true
    }

    /// True when `labels` names the classes that the file names, in another order; reported.
    private func isOutOfOrder(_ file: OnnxFile) -> Bool {
        let lists = file.classes.map(\.names).filter { $0.count == labels.count }
        guard !lists.contains(labels), let other = lists.first(where: { Set($0) == Set(labels) })
        else { return false }
        (labelsNode ?? fileNode).problem(
            "`labels` names the classes of the file in another order",
            hint: "the file has \(Self.listed(other)); leave `labels` out to take them from there"
        )
        return true
    }

    /// What the outputs are held against.
    struct OutputFit {
        var session: OnnxSession
        var inputs: [OnnxModel.Input]
        var batch: OnnxModel.Batch
        var file: OnnxFile

        /// Output `index` as rows are read from it; nil when it has none for each reading.
        func output(_ index: Int) -> OnnxOutput? {
            let shape = session.outputs[index]
            guard shape.element != nil else {
                return OnnxOutput(index: index, element: nil, rowDimensions: nil, isBatched: true)
            }
            let first = shape.dimensions.first
            let isBatched =
                first == -1 || (batch.isFixed && batch.maximum > 1 && first == batch.maximum)
            // The row of a run of one reading is the whole of an output.
            guard isBatched || batch.maximum == 1 else { return nil }
            let row = isBatched ? Array(shape.dimensions.dropFirst()) : shape.dimensions
            let isKnown = !row.contains(-1) && row.elementCount != nil && shape.element != .text
            return OnnxOutput(
                index: index,
                element: shape.element,
                rowDimensions: isKnown ? row : nil,
                isBatched: isBatched
            )
        }
    }

    private static func likelyScores(_ session: OnnxSession) -> Int? {
        func isScore(_ index: Int) -> Bool {
            switch session.outputs[index].element {
            case .float32, .float64, .float16, .bfloat16: true
            case nil: session.scoreMaps[index] != nil
            default: false
            }
        }
        let indices = session.outputs.indices
        let named = indices.first { session.outputs[$0].name == "probabilities" && isScore($0) }
        return named ?? indices.first(where: isScore)
    }

    private func rowless(_ shape: TensorShape, _ node: SettingsNode) {
        node.problem(
            "output `\(shape.name)` has the shape \(shape.dimensions): no row for each reading",
            hint: "say `max_batch: 1` if a run is about one reading"
        )
    }

    private func answer(_ index: Int, _ fit: OutputFit) -> OnnxAnswer? {
        let node = scoreOutput?.node ?? fileNode
        let shape = fit.session.outputs[index]
        if let map = fit.session.scoreMaps[index] {
            let known = fit.file.labels(count: labels.isEmpty ? nil : labels.count)
            let names = labels.isEmpty ? known ?? [] : labels
            guard !names.isEmpty else { return missingLabels(shape.name, node) }
            let classes = fit.file.classes.first { $0.count == names.count }
            let output = OnnxOutput(index: index, element: nil, rowDimensions: nil, isBatched: true)
            return .scoreMap(
                reading(names),
                map,
                ClassNames(labels: names, classes: classes),
                output
            )
        }
        guard let element = shape.element, element != .text else {
            node.problem("output `\(shape.name)` holds no numbers")
            return nil
        }
        guard let output = fit.output(index) else {
            rowless(shape, node)
            return nil
        }
        let width = output.rowDimensions.map { $0.reduce(1, *) }
        if labels.isEmpty, width == 1 { return .value(output, element: 0) }
        let names = labels.isEmpty ? fit.file.labels(count: width) ?? [] : labels
        guard !names.isEmpty else { return missingLabels(shape.name, node) }
        if isOutOfOrder(fit.file) { return nil }
        guard let width else { return .classification(reading(names), output) }
        guard names.count == width || (names.count == 2 && width == 1) else {
            (labelsNode ?? fileNode).problem(
                "output `\(shape.name)` has \(width) numbers a row; `labels` names \(names.count)",
                hint: "name the classes in the order the model was trained with"
            )
            return nil
        }
        return .classification(reading(names), output)
    }

    private func missingLabels(_ output: String, _ node: SettingsNode) -> OnnxAnswer? {
        node.problem(
            "output `\(output)` has several numbers a row, and `labels` does not name them",
            hint: "list `labels` in the order the model was trained with, "
                + "or say `outputs: { value: \(output)[0] }` for one of the numbers"
        )
        return nil
    }

    private func reading(_ labels: [String]) -> ClassificationReader {
        ClassificationReader(
            labels: labels,
            source: source,
            method: method,
            calibration: calibration
        )
    }

    private func labelAnswer(_ index: Int, _ fit: OutputFit) -> OnnxAnswer? {
        let shape = fit.session.outputs[index]
        let node = labelOutput?.node ?? fileNode
        guard let output = fit.output(index) else {
            rowless(shape, node)
            return nil
        }
        guard (output.rowDimensions ?? []).reduce(1, *) == 1 else {
            node.problem("output `\(shape.name)` is not one label a row")
            return nil
        }
        let names = labels.isEmpty ? fit.file.labels(count: nil) ?? [] : labels
        guard !names.isEmpty || shape.element == .text else {
            node.problem(
                "output `\(shape.name)` is the number of a label, and `labels` does not name them",
                hint: "list `labels` in the order the model was trained with, "
                    + "or say `outputs: { value: \(shape.name) }` if it is a quantity"
            )
            return nil
        }
        let classes = fit.file.classes.first { $0.count == names.count }
        let reading = LabelReader(
            labels: names,
            names: ClassNames(labels: names, classes: classes)
        )
        return .label(reading, output)
    }

    private func value(_ value: ValueOutput, _ fit: OutputFit) -> OnnxAnswer? {
        guard let index = index(of: value.name, at: value.node, among: fit.session.outputs)
        else { return nil }
        let shape = fit.session.outputs[index]
        guard let element = shape.element, element != .text else {
            value.node.problem("output `\(shape.name)` holds no numbers")
            return nil
        }
        guard let output = fit.output(index) else {
            rowless(shape, value.node)
            return nil
        }
        let width = output.rowDimensions.map { $0.reduce(1, *) }
        if let width, value.index >= width {
            value.node.problem("output `\(shape.name)` has \(width) numbers a row, counted from 0")
            return nil
        }
        return .value(output, element: value.index)
    }

    func index(
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
}
