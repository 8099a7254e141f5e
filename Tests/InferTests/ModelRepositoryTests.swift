// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Logging
import Testing
import Vocabulary

@Suite struct ModelRepositoryTests {
    private static let detector = """
        kind: detector
        detector: { type: robust-z, feature: rate, half_life: 50, warm_up: 10, threshold: 0.999 }
        """

    private func rendered(_ repository: TemporaryRepository) -> [String] {
        repository.load().diagnostics.map { $0.rendered() }
    }

    @Test func `needs no library for a detector`() throws {
        let repository = try TemporaryRepository()
        try repository.add("beat", Self.detector)
        let (engine, diagnostics) = repository.load(runtimeLibrary: "/nowhere/libonnxruntime.so")
        #expect(diagnostics == [])
        let core = try #require(engine)
        let reference = try #require(core.resolve("beat"))
        let lane = core.makeLane(time: StillTime())
        let handle = try core.bind(reference, fields: fields("rate"), owner: "vital")
        let rows = (0..<50).map { index in
            [FieldValue.number(index == 49 ? 180 : Double(60 + index % 5))]
        }
        let findings = lane.findings(model: handle, readings: readings(rows) { _ in "bed 4" })
        #expect(findings[0].classification?.score == 0)
        #expect(findings[48].classification?.label == "normal")
        #expect(findings[48].classification?.confidence == nil)
        #expect(findings[49].classification?.label == "anomaly")
        // Another policy's readings of the same device are another stream.
        let other = try core.bind(reference, fields: fields("rate"), owner: "other")
        let first = lane.findings(
            model: other,
            readings: readings([[.number(180)]]) { _ in "bed 4" }
        )
        #expect(first[0].classification?.score == 0)
        let nothing = lane.findings(model: handle, readings: readings([[.absent]]) { _ in "bed 4" })
        #expect(nothing[0].classification == nil)
    }

    @Test func `takes the version with the highest number`() throws {
        let repository = try TemporaryRepository()
        for version in ["2", "10", "9"] {
            try repository.add("beat", version: version, Self.detector)
        }
        try repository.add("beat", version: "draft", "kind: nonsense")
        let (engine, diagnostics) = repository.load()
        #expect(engine?.resolve("beat")?.version == "10")
        #expect(engine?.models.count == 1)
        #expect(diagnostics.map(\.severity) == [.warning])
        let all = try #require(repository.load(versions: .all).engine)
        #expect(all.models.count == 3)
        #expect(all.resolve("beat")?.version == "10")
        #expect(all.resolve("beat/9")?.version == "9")
        #expect(all.resolve("beat/3") == nil)
    }

    @Test func `reports every problem of every model at once`() throws {
        let repository = try TemporaryRepository()
        try repository.add(
            "a",
            """
            kind: detector
            detector: { type: robust-z, feature: rmz(vib), half_live: 50, threshold: 2 }
            labels: [one]
            """
        )
        try repository.add("b", "kind: onxx")
        try repository.add(
            "c",
            """
            kind: onnx
            file: { name: ../other/model.onnx, sha256: 12 }
            inputs: { X: [rms(vib), 'crest(vib', ] }
            budget: 20
            """
        )
        let lines = rendered(repository)
        for expected in [
            "models/a/1/model.yaml:2:38: error: unknown feature function `rmz`; did you mean `rms`?",
            "models/a/1/model.yaml:2:48: error: unknown key `half_live` in `detector`; did you mean `half_life`?",
            "models/a/1/model.yaml:3:9: error: a detector has two labels, the usual and the unusual; "
                + "leave `labels` out for `[normal, anomaly]`",
            "models/c/1/model.yaml:3:35: error: `)` is wanted here; found the end",
        ] {
            #expect(lines.contains(expected))
        }
        for part in [
            "b/1/model.yaml:1:7: error: `kind` wants `onnx`, `detector` or `ensemble`; found `onxx`",
            "did you mean `onnx`?", "`threshold` must be between 0 and 1",
            "wants the name of a file in this folder", "wants a SHA-256 digest",
            "`budget` wants a duration",
        ] {
            #expect(lines.contains { $0.contains(part) }, "\(part)")
        }
    }

    @Test func `says when there is no repository and when a version is half there`() throws {
        let repository = try TemporaryRepository()
        try repository.add("a", version: "1", Self.detector)
        let missing = CoreEngine.load(
            repository: repository.path + "/none",
            shownAs: "none",
            logger: .init(label: "test")
        )
        #expect(missing.engine == nil)
        #expect(missing.diagnostics.first?.message.contains("No such file") == true)
        try repository.add(
            "b",
            "kind: onnx\nfile: { name: model.onnx, sha256: \(String(repeating: "0", count: 64)) }\ninputs: { X: [a] }"
        )
        #expect(
            rendered(repository) == [
                "models/b/1/model.yaml:2:7: error: the model file `model.onnx`: there is no such file"
            ]
        )
    }

    @Test func `names both digests when they differ`() throws {
        let repository = try TemporaryRepository()
        let bytes = try TestModels.bytes("classifier.onnx")
        let pinned = String(repeating: "ab", count: 32)
        try repository.add(
            "m",
            model: bytes,
            """
            kind: onnx
            file: { name: model.onnx, sha256: \(pinned) }
            inputs: { X: [a, b, c, d] }
            labels: [x, y, z]
            """
        )
        let message = repository.load().diagnostics.first?.message ?? ""
        #expect(message.contains(pinned))
        #expect(message.contains(TemporaryRepository.digest(bytes)))
    }

    @Test(
        .enabled(if: OnnxTestLibrary.path != nil, "SLUICE_ONNXRUNTIME names no libonnxruntime.so")
    )
    func `says why an ONNX model does not fit`() throws {
        func problem(_ model: [UInt8], _ lines: String) throws -> String {
            let repository = try TemporaryRepository()
            let yaml = "kind: onnx\nfile: { name: model.onnx, sha256: DIGEST }\n" + lines
            try repository.add("m", model: model, yaml)
            let (engine, diagnostics) = repository.load()
            #expect(engine == nil)
            #expect(diagnostics.count == 1)
            return diagnostics.first?.rendered() ?? ""
        }
        let classifier = try TestModels.bytes("classifier.onnx")
        let labels = "\nlabels: [x, y, z]"
        let good = "inputs: { X: [a, b, c, d] }" + labels
        let cases: [([UInt8], String, String)] = [
            (Array("no model".utf8), good, "ONNX Runtime refuses the model: "),
            (Array(classifier.prefix(300)), good, "ONNX Runtime refuses the model: "),
            (classifier, "inputs: { x: [a, b, c, d] }" + labels, "no input `x`; did you mean `X`?"),
            (
                classifier, "inputs: { X: [rms(a)] }" + labels,
                "takes 4 numbers; the features make 1"
            ),
            (classifier, "inputs: { X: [a, b, c, d, e] }" + labels, "the features make 5"),
            (classifier, "inputs: { X: [a, b, c, d] }\nlabels: [x, y]", "`labels` names 2"),
            (
                classifier, good + "\noutputs: { probabilities: probability }",
                "no output `probability`; did you mean `probabilities`?"
            ),
            (
                classifier, good + "\ncheck: { input: [1, 2], label: x }",
                "`check` has 2 numbers; the model takes 4"
            ),
            (
                classifier, good + "\ncheck: { input: [0, 0, 0, 0], probabilities: [1, 0, 0] }",
                "the model fails its check: it gave ["
            ),
        ]
        for (model, lines, expected) in cases {
            let found = try problem(model, lines)
            #expect(found.contains(expected), "\(found)")
        }
    }
}
