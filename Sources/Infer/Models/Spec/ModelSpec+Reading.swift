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
        case .ensemble: spec = DetectorSpec.ensemble(root, file: file.name).map { .detector($0) }
        case nil: return nil
        }
        root.finish()
        return file.hasErrors ? nil : spec
    }
}

extension SettingsNode {
    func nameOfOutput(_ key: String) -> (name: String, node: SettingsNode)? {
        guard let name = optional(key, .string), let node = node(key) else { return nil }
        return (name, node)
    }

    func reportRepeats(_ labels: [String]) {
        var seen: Set<String> = []
        for label in labels where !seen.insert(label).inserted {
            node("labels")?.problem("label `\(label)` is there twice")
        }
    }
}

extension Shape where Value == String {
    /// The name of a file in the model's own folder.
    static var fileName: Shape {
        .parsed("the name of a file in this folder") { text in
            guard !text.isEmpty, !text.contains("/"), text != ".", text != ".." else {
                throw ShapeMismatch(hint: "the model lies beside its model.yaml")
            }
            return text
        }
    }

    /// A SHA-256 digest in hexadecimal.
    static var digest: Shape {
        .parsed("a SHA-256 digest of 64 hexadecimal digits") { text in
            let isDigest = text.utf8.count == 64 && text.allSatisfy { $0.isHexDigit && $0.isASCII }
            guard isDigest else { throw ShapeMismatch(hint: "`sha256sum` prints it") }
            return text.lowercased()
        }
    }
}
