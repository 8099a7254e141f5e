// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Detect
import Settings
import Testing

@testable import Infer

@Suite struct `Schema of a model` {
    private func disagreements(_ text: String, _ keys: [SchemaKey]) throws -> [String] {
        let (read, _) = SettingsFile.parse(Array(text.utf8), shownAs: "model.yaml")
        let file = try #require(read)
        _ = ModelSpec.read(file)
        return file.root.disagreements(with: .object(keys))
    }

    @Test func `knows the keys that the reader knows of an ONNX model`() throws {
        let text = """
            kind: onnx
            file: { name: m.onnx, sha256: "0" }
            inputs:
              x: [f]
              y: { image: { field: f, size: [1, 1], mean: [0], std: [1] } }
              z: { features: [f], mean: [0], std: [1] }
            window: { count: 4, join: { on: [f], tolerance: 1s } }
            outputs: { label: l }
            detections: { boxes: b }
            session: { threads: 2 }
            confidence: { from: logits }
            check: { input: [1], label: a }
            """
        let found = try disagreements(text, SchemaDocument.onnxKeys)
        #expect(found == [], "\(found)")
    }

    @Test(arguments: DetectorSettings.Name.allCases)
    func `knows the keys that the reader knows of a detector`(
        _ name: DetectorSettings.Name
    ) throws {
        let window = "{ count: 2, join: { on: f, tolerance: 1s } }"
        let text =
            "{ kind: detector, detector: { type: \(name.rawValue), feature: f }, window: \(window) }"
        let keys =
            [
                SchemaDocument.key(of: ModelSpec.Kind.detector),
                SchemaKey(
                    "detector",
                    .object(SchemaDocument.keys(of: name)),
                    "",
                    isRequired: true
                ),
                SchemaKey("labels", .list(.text()), ""),
            ] + SchemaDocument.windowKeys
        let found = try disagreements(text, keys)
        #expect(found == [], "\(found)")
    }

    @Test func `knows the keys that the reader knows of an ensemble`() throws {
        let text = "{ kind: ensemble, window: { count: 2, join: { on: f, tolerance: 1s } } }"
        #expect(try disagreements(text, SchemaDocument.ensembleKeys) == [])
    }
}
