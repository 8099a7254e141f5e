// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// Reading `model.yaml`: every problem is reported to the file, and nil returned when one is an
/// error.
extension ModelSpec {
    static func read(_ file: SettingsFile) -> ModelSpec? {
        let root = file.root
        let kind = root.required("kind", .choice(Kind.self))
        var spec: ModelSpec?
        switch kind {
        case .onnx: spec = .onnx(OnnxSpec(root, file: file.name))
        case .detector: spec = DetectorSpec(root, file: file.name).map { .detector($0) }
        case nil: return nil
        }
        root.finish()
        return file.hasErrors ? nil : spec
    }
}

extension OnnxSpec {
    init(_ root: SettingsNode, file: String) {
        let fileNode = root.mapping("file")
        self.fileNode = fileNode
        fileName = fileNode.required("name", .fileName) ?? ""
        digest = fileNode.required("sha256", .digest) ?? ""
        let tensors = root.named("inputs", isRequired: true)
        let inputsNode = root.node("inputs")
        inputs = tensors.map { node in
            let items = inputsNode?.items(node.name)
            let features = items?.compactMap { PlacedFeature($0, file: file) } ?? []
            if let items, items.isEmpty { node.problem("`\(node.name)` has no features") }
            return Input(tensor: node.name, features: features, node: node)
        }
        let outputs = root.optionalMapping("outputs")
        labelOutput = outputs?.nameOfOutput("label")
        scoreOutput = outputs?.nameOfOutput("probabilities")
        labels = root.strings("labels")
        labelsNode = root.node("labels")
        let confidence = root.optionalMapping("confidence")
        source = confidence?.optional("from", .choice()) ?? .probabilities
        method = confidence?.optional("method", .choice()) ?? .max
        let budgets = Interval.microseconds(1)...Interval.seconds(3_600)
        budget = root.duration("budget", in: budgets, default: .milliseconds(100))
        maximumBatch = root.integer("max_batch", in: 1...65_536, default: 256)
        check = root.optionalMapping("check").map { Check($0) }
        root.reportRepeats(labels)
    }
}

extension OnnxSpec.Check {
    init(_ node: SettingsNode) {
        self.node = node
        let numbers = node.required("input", .list(of: .number())) ?? []
        input = numbers.map { Float($0) }
        label = node.optionalString("label")
        probabilities = node.optional("probabilities", .list(of: .number(in: 0...1)))
        value = node.optional("value", .number())
        tolerance = node.value("tolerance", .number(in: 0...1e9), default: 1e-4)
        if label == nil, probabilities == nil, value == nil {
            node.problem(
                "`check` expects nothing of the model",
                hint: "add `label`, `probabilities` or `value`"
            )
        }
    }
}

extension DetectorSpec {
    init?(_ root: SettingsNode, file: String) {
        let node = root.mapping("detector")
        _ = node.required("type", .choice(of: [("robust-z", true)]))
        let text = node.required("feature", .string)
        settings = RobustZ.Settings(
            halfLife: node.value("half_life", .number(in: 1...1e9), default: 200),
            warmUp: node.integer("warm_up", in: 2...1_000_000, default: 30),
            clip: node.value("clip", .number(in: 1...100), default: 3),
            leastScale: node.value("least_scale", .number(in: 0...1e300), default: 0)
        )
        threshold = node.value("threshold", .number(in: 0...1), default: 0.999_9)
        maximumDevices = node.integer("max_devices", in: 1...10_000_000, default: 10_000)
        labels = root.optional("labels", .list(of: .string)) ?? ["normal", "anomaly"]
        if labels.count != 2, let labels = root.node("labels") {
            labels.problem(
                "a detector has two labels, the usual and the unusual",
                hint: "leave `labels` out for `[normal, anomaly]`"
            )
        }
        root.reportRepeats(labels)
        guard text != nil, let node = node.node("feature"),
            let feature = PlacedFeature(node, file: file)
        else { return nil }
        self.feature = feature
    }
}

extension PlacedFeature {
    /// Reads a feature; nil when it is none, which is reported.
    init?(_ node: SettingsNode, file: String) {
        guard let text = node.read(.string) else { return nil }
        do throws(FeatureError) {
            expression = try FeatureExpression(text)
        } catch {
            node.problem(at: error.offset, length: error.length, error.message, hint: error.hint)
            return nil
        }
        self.file = file
        line = node.place.line
        column = node.place.column
    }
}

extension SettingsNode {
    fileprivate func nameOfOutput(_ key: String) -> (name: String, node: SettingsNode)? {
        guard let name = optional(key, .string), let node = node(key) else { return nil }
        return (name, node)
    }

    fileprivate func reportRepeats(_ labels: [String]) {
        var seen: Set<String> = []
        for label in labels where !seen.insert(label).inserted {
            node("labels")?.problem("label `\(label)` is there twice")
        }
    }
}

extension Shape where Value == String {
    /// The name of a file in the model's own folder.
    fileprivate static var fileName: Shape {
        .parsed("the name of a file in this folder") { text throws(Mismatch) in
            guard !text.isEmpty, !text.contains("/"), text != ".", text != ".." else {
                throw Mismatch(hint: "the model lies beside its model.yaml")
            }
            return text
        }
    }

    /// A SHA-256 digest in hexadecimal.
    static var digest: Shape {
        .parsed("a SHA-256 digest of 64 hexadecimal digits") { text throws(Mismatch) in
            let isDigest = text.utf8.count == 64 && text.allSatisfy { $0.isHexDigit && $0.isASCII }
            guard isDigest else { throw Mismatch(hint: "`sha256sum` prints it") }
            return text.lowercased()
        }
    }
}
