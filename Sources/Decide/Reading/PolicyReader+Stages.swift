// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Settings
import Vocabulary

extension PolicyReader {
    /// How many models a reading may be put to.
    private static let mostStages = 16
    /// When a stage's answer is taken that says nothing else.
    private static let usualAcceptance = "confidence >= threshold"

    /// `model`, or the models of `stages`: named, known, and fit for the reading and for each other.
    mutating func readModels() {
        let single = root.node("model", kind: .text(pattern: nil))
        let stages = root.items("stages") ?? []
        if let single, root.has("stages") {
            single.problemWithKey(
                "`model` and `stages` exclude each other",
                hint: "name the model in `stages`"
            )
        }
        if root.node("stages")?.isList == true, stages.isEmpty {
            root.node("stages")?.problem("`stages` names no model")
        }
        for node in stages.isEmpty ? [single].compactMap(\.self) : stages {
            let place = node.isMapping ? node.node("model") : node
            guard let place else {
                node.problemWithKey("`model` is missing in `\(node.name)`")
                continue
            }
            guard let name = place.read(.string) else { continue }
            if models.contains(where: { $0.name == name }) {
                place.problem("`\(name)` is named twice")
            }
            models.append((name, shape(of: name, place), place))
        }
        if models.count > Self.mostStages {
            root.node("stages")?.problem("there are more than \(Self.mostStages) stages")
        }
        model = models.last?.name
        modelShape = models.last?.shape
        checkLabelsAgree()
        let digests = models.compactMap { $0.shape?.digest }
        if !models.isEmpty, digests.count == models.count {
            modelDigest = digests.joined(separator: "+")
        }
    }

    private func shape(of name: String, _ place: SettingsNode) -> ModelShape? {
        guard let shape = surroundings.models[name] else {
            // Versions are offered to whoever asks for one.
            let names = surroundings.models.keys.filter { known in
                name.contains("/") || !known.contains("/")
            }.sorted()
            place.problem(
                "unknown model `\(name)`",
                hint: Self.hint(for: name, among: names, none: "there is no model at all")
            )
            return nil
        }
        let missing = (shape.fields ?? []).subtracting(fields.map(\.name)).sorted()
        guard !missing.isEmpty else { return shape }
        let list = missing.map { "`\($0)`" }.joined(separator: ", ")
        place.problem(
            "the model `\(name)` needs \(list), which `reading.fields` does not have",
            hint: "add it with the path it has in the payload"
        )
        return shape
    }

    /// Rules do not know whose finding they see: the stages' labels are the same, in one order.
    private func checkLabelsAgree() {
        guard let first = models.first(where: { $0.shape?.labels.isEmpty == false }),
            let labels = first.shape?.labels
        else { return }
        for other in models {
            guard let shape = other.shape, !shape.labels.isEmpty, shape.labels != labels else {
                continue
            }
            other.node.problem(
                "the labels of `\(other.name)` are not those of `\(first.name)`: "
                    + "\(Self.list(shape.labels)) and \(Self.list(labels))",
                hint: "the stages of a cascade give the same labels in the same order"
            )
        }
    }

    /// The stages with their conditions compiled.
    mutating func readStages() -> [Stage] {
        let whole = (model, modelShape)
        defer { (model, modelShape) = whole }
        let nodes = root.node("stages")?.isList == true ? root.items("stages") ?? [] : []
        let accepts = nodes.map { $0.isMapping ? $0.node("accept") : nil }
        return models.enumerated().map { index, entry in
            (model, modelShape) = (entry.name, entry.shape)
            let isLast = index == models.count - 1
            let accept = nodes.count == models.count ? accepts[index] : nil
            if isLast {
                accept?.problemWithKey(
                    "`accept` has no effect on the last stage: its answer is taken as it is",
                    hint: "the rules say what becomes of it",
                    severity: .warning
                )
            }
            guard !isLast else { return Stage(model: entry.name, condition: nil) }
            let condition = accept.map { compile($0) } ?? usualCondition(entry.node)
            return Stage(model: entry.name, condition: condition)
        }
    }

    /// The acceptance of a stage that says none.
    private func usualCondition(_ node: SettingsNode) -> Program? {
        if let modelShape, !modelShape.givesConfidence {
            node.problem(
                "the model `\(model ?? "")` is a \(modelShape.kind.rawValue) and gives no "
                    + "`confidence` to be accepted by",
                hint: "say when its answer is taken: `{ model: \(model ?? ""), accept: … }`"
            )
        } else if !root.has("threshold") {
            node.problem(
                "the answer of `\(model ?? "")` is taken where `\(Self.usualAcceptance)`, and "
                    + "`threshold` is not set",
                hint: "set it, or say when: `{ model: \(model ?? ""), accept: … }`"
            )
        }
        return environment.compile(Self.usualAcceptance, expecting: .bool).program
    }

    static func list(_ names: [String]) -> String {
        names.map { "`\($0)`" }.joined(separator: ", ")
    }
}
