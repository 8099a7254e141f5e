// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

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
            inputs: { x: [f] }
            outputs: { label: l }
            confidence: { from: logits }
            check: { input: [1], label: a }
            """
        #expect(try disagreements(text, SchemaDocument.onnxKeys) == [])
    }

    @Test func `knows the keys that the reader knows of a detector`() throws {
        let text = """
            kind: detector
            detector: { type: robust-z, feature: f }
            """
        #expect(try disagreements(text, SchemaDocument.detectorKeys) == [])
    }
}
