// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Testing
import Vocabulary

/// The ONNX Runtime needed here is the shared library named by `SLUICE_ONNXRUNTIME`.
@Suite(.enabled(if: OnnxTestLibrary.path != nil, "SLUICE_ONNXRUNTIME names no libonnxruntime.so"))
struct OnnxEngineTests {
    private static let classifier = """
        kind: onnx
        file: { name: model.onnx, sha256: DIGEST }
        inputs: { X: [a, b, c, d] }
        labels: [healthy, worn, fault]
        confidence: { from: probabilities, method: max }
        budget: 20ms
        """

    private func engine(_ model: String, _ yaml: String) throws -> CoreEngine {
        let repository = try TemporaryRepository()
        try repository.add("m", model: TestModels.bytes(model), yaml)
        let (engine, diagnostics) = repository.load()
        #expect(diagnostics == [])
        return try #require(engine)
    }

    private func lane(
        _ model: String,
        _ yaml: String,
        _ names: [String]
    ) throws -> (LaneInference, ModelHandle, CoreEngine) {
        let engine = try engine(model, yaml)
        let reference = try #require(engine.resolve("m"))
        let fields = names.map { ReadingSpec.Field(name: $0, path: $0) }
        let handle = try engine.bind(reference, fields: fields, owner: "policy")
        return (engine.makeLane(time: StillTime()), handle, engine)
    }

    @Test func `says what ONNX Runtime says in Python, in one run`() throws {
        let (lane, handle, engine) = try lane(
            "classifier.onnx",
            Self.classifier,
            ["a", "b", "c", "d"]
        )
        let expected = try TestModels.expected()
        let batch = readings(expected.rows.map { $0.map { .number($0) } })
        for _ in 0..<2 {
            let findings = lane.findings(model: handle, readings: batch)
            #expect(findings.count == expected.rows.count)
            for (row, finding) in findings.enumerated() {
                let found = try #require(finding.classification)
                let label = ["healthy", "worn", "fault"][expected.classifier.labels[row]]
                #expect(found.label == label)
                #expect(found.confidence == found.score)
                for (left, right) in zip(
                    found.probabilities,
                    expected.classifier.probabilities[row]
                ) {
                    #expect(abs(left - right) < 1e-6)
                }
            }
        }
        #expect(engine.tally.runs == 2)
        #expect(engine.tally.findings == 16)
        let description = try #require(engine.models[handle.reference])
        #expect(description.fields == ["a", "b", "c", "d"])
        #expect(description.estimate > .zero)
        #expect(description.labels == ["healthy", "worn", "fault"])
    }

    @Test func `gives a value where there are no labels`() throws {
        let yaml = """
            kind: onnx
            file: { name: model.onnx, sha256: DIGEST }
            inputs: { X: [a, b, c, d] }
            """
        let (lane, handle, _) = try lane("regression.onnx", yaml, ["a", "b", "c", "d"])
        let expected = try TestModels.expected()
        let batch = readings(expected.rows.map { $0.map { .number($0) } })
        for (row, finding) in lane.findings(model: handle, readings: batch).enumerated() {
            guard case .value(let value) = finding.outcome else {
                Issue.record("row \(row) is no value")
                continue
            }
            #expect(abs(value - expected.regression[row]) < 1e-4)
        }
    }

    @Test func `fails one reading and not its neighbours`() throws {
        let (lane, handle, engine) = try lane(
            "classifier.onnx",
            Self.classifier,
            ["a", "b", "c", "d"]
        )
        let expected = try TestModels.expected()
        var rows: [[FieldValue]] = expected.rows.map { $0.map { .number($0) } }
        rows[0][1] = .absent
        rows[5][3] = .text("x")
        let findings = lane.findings(model: handle, readings: readings(rows))
        for (row, finding) in findings.enumerated() where row != 0 && row != 5 {
            let label = ["healthy", "worn", "fault"][expected.classifier.labels[row]]
            #expect(finding.classification?.label == label)
        }
        guard case .failed(let reason) = findings[0].outcome else {
            Issue.record("a missing field made a finding")
            return
        }
        #expect(reason == "field `b` is missing")
        #expect(findings[5].classification == nil)
        #expect(engine.tally.failures == 2)
        // All of them failed: no run at all.
        let none = readings([[.absent, .absent, .absent, .absent]])
        #expect(lane.findings(model: handle, readings: none)[0].classification == nil)
        #expect(engine.tally.runs == 1)
    }

    @Test func `splits a batch larger than the model's`() throws {
        let (lane, handle, engine) = try lane(
            "classifier.onnx",
            Self.classifier + "\nmax_batch: 3",
            ["a", "b", "c", "d"]
        )
        let expected = try TestModels.expected()
        let batch = readings(expected.rows.map { $0.map { .number($0) } })
        let findings = lane.findings(model: handle, readings: batch, rows: [7, 0, 6, 1, 5, 2, 4])
            .compactMap(\.self)
        let labels = findings.compactMap(\.classification?.label)
        let wanted = [7, 0, 6, 1, 5, 2, 4].map {
            ["healthy", "worn", "fault"][expected.classifier.labels[$0]]
        }
        #expect(labels == wanted)
        #expect(engine.tally.runs == 3)
    }

    @Test func `runs a model with a fixed batch of one row by row`() throws {
        let yaml = """
            kind: onnx
            file: { name: model.onnx, sha256: DIGEST }
            inputs: { x: [s] }
            labels: [a, b, c]
            """
        let (lane, handle, engine) = try lane("row.onnx", yaml, ["s"])
        let batch = readings(
            [[.samples(0..<3)], [.samples(3..<6)], [.samples(0..<2)]],
            samples: [0, 5, 0, 0, 0, 5]
        )
        let findings = lane.findings(model: handle, readings: batch)
        #expect(findings.map { $0.classification?.label } == ["b", "c", nil])
        guard case .failed(let reason) = findings[2].outcome else { return }
        #expect(reason == "the features make 2 numbers; the model takes 3")
        #expect(engine.tally.runs == 2)
    }

    @Test func `takes several inputs and logits`() throws {
        let yaml = """
            kind: onnx
            file: { name: model.onnx, sha256: DIGEST }
            inputs:
              right: [s]
              left: [mean(s), min(s), max(s)]
            labels: [a, b, c]
            confidence: { from: logits, method: margin }
            check: { input: [0, 0, 4, 0, 0, 4], label: c }
            """
        let (lane, handle, _) = try lane("two-inputs.onnx", yaml, ["s"])
        let batch = readings([[.samples(0..<3)]], samples: [1, 9, 2])
        let found = try #require(lane.findings(model: handle, readings: batch)[0].classification)
        #expect(found.label == "c" || found.label == "b")
        // left = [4, 1, 9], right = [1, 9, 2]: logits [5, 10, 11].
        #expect(abs(found.probabilities[2] - 0.729_736) < 1e-5)
        #expect(abs((found.confidence ?? 0) - (0.729_736 - 0.268_455)) < 1e-5)
    }

    @Test func `fails a row whose output is not a number`() throws {
        let yaml = """
            kind: onnx
            file: { name: model.onnx, sha256: DIGEST }
            inputs: { x: [a, b] }
            labels: [yes, no]
            """
        let (lane, handle, _) = try lane("log.onnx", yaml, ["a", "b"])
        let batch = readings([[.number(-1), .number(1)], [.number(1.5), .number(1)]])
        let findings = lane.findings(model: handle, readings: batch)
        #expect(findings[0].classification == nil)
        #expect(findings[1].classification?.label == "yes")
    }

    @Test func `ends a run far over its budget and runs again`() throws {
        let yaml = """
            kind: onnx
            file: { name: model.onnx, sha256: DIGEST }
            inputs: { x: [turns] }
            budget: 1ms
            """
        let (lane, handle, engine) = try lane("slow.onnx", yaml, ["turns"])
        for round in 1...2 {
            let endless = readings([[.number(1e12)]])
            guard
                case .failed(let reason) = lane.findings(model: handle, readings: endless)[0]
                    .outcome
            else {
                Issue.record("it never ends")
                return
            }
            #expect(reason.contains("far over budget"))
            #expect(engine.tally.endedRuns == round)
            let short = readings([[.number(10)]])
            guard case .value(let value) = lane.findings(model: handle, readings: short)[0].outcome
            else {
                Issue.record("the end of one run reached into the next")
                return
            }
            #expect(value == 10)
        }
    }

    @Test func `serves tensors by name, with labels as text`() throws {
        let engine = try engine("named.onnx", Self.classifier)
        let reference = try #require(engine.resolve("m/1"))
        let lane = engine.makeLane(time: StillTime())
        let expected = try TestModels.expected()
        let input = Tensor(
            name: "X",
            dimensions: [8, 4],
            elements: .float64(expected.rows.flatMap { $0 })
        )
        let outputs = try lane.run(reference, inputs: [input])
        #expect(outputs.map(\.name) == ["label", "probabilities"])
        let names = ["healthy", "worn", "fault"]
        #expect(outputs[0].elements == .text(expected.classifier.labels.map { names[$0] }))
        #expect(outputs[1].dimensions == [8, 3])
        #expect(engine.models[reference]?.outputs.map(\.element) == [.text, .float32])
        for (tensor, reason) in [
            (Tensor(name: "Y", dimensions: [1], elements: .int64([1])), "no input `Y`"),
            (
                Tensor(name: "X", dimensions: [1, 3], elements: .int64([1, 2, 3])),
                "the shape [1, 3]"
            ),
            (Tensor(name: "X", dimensions: [1, 4], elements: .int64([1])), "has 1 elements"),
            (Tensor(name: "X", dimensions: [1, 4], elements: .text(["", "", "", ""])), "FP32"),
            (
                Tensor(name: "X", dimensions: [300, 4], elements: .int64(Array(1...1_200))),
                "at most 256"
            ),
        ] {
            let error = #expect(throws: OnnxError.self) {
                try lane.run(reference, inputs: [tensor])
            }
            #expect(error?.code == .badTensor)
            #expect(error?.message.contains(reason) == true)
        }
    }

    @Test func `keeps the kinds of number of a model's own tensors`() throws {
        let yaml = """
            kind: onnx
            file: { name: model.onnx, sha256: DIGEST }
            inputs: { d: [a, b], i: [a, b] }
            """
        let repository = try TemporaryRepository()
        try repository.add("m", model: TestModels.bytes("wide.onnx"), yaml)
        let (engine, diagnostics) = repository.load()
        #expect(engine == nil)
        #expect(diagnostics.count == 1)
        #expect(diagnostics.first?.message.contains("output `dd` has several numbers") == true)
        try repository.add(
            "m",
            model: TestModels.bytes("wide.onnx"),
            yaml + "\noutputs: { value: \"dd[1]\" }"
        )
        let loaded = try #require(repository.load().engine)
        let reference = try #require(loaded.resolve("m"))
        let outputs = try loaded.makeLane(time: StillTime()).run(
            reference,
            inputs: [
                Tensor(name: "d", dimensions: [1, 2], elements: .float64([0.1, 1e300])),
                Tensor(name: "i", dimensions: [1, 2], elements: .int64([1 << 53 + 1, -1])),
            ]
        )
        #expect(outputs[0].elements == .float64([0.2, 2e300]))
        #expect(outputs[1].elements == .int64([1 << 54 + 2, -2]))
    }

    @Test func `warns of a model that has no opinion of a row of ones`() throws {
        let repository = try TemporaryRepository()
        let yaml = """
            kind: onnx
            file: { name: model.onnx, sha256: DIGEST }
            inputs: { left: [a, b, c], right: [a, b, c] }
            labels: [a, b, c]
            """
        try repository.add("m", model: TestModels.bytes("two-inputs.onnx"), yaml)
        let (engine, diagnostics) = repository.load()
        #expect(engine != nil)
        #expect(diagnostics.map(\.severity) == [.warning])
        #expect(diagnostics[0].hint?.contains("from: logits") == true)
    }

    @Test func `names the feature a policy's readings cannot serve`() throws {
        let engine = try engine("classifier.onnx", Self.classifier)
        let reference = try #require(engine.resolve("m"))
        let error = #expect(throws: Diagnostic.self) {
            try engine.bind(reference, fields: fields("a", "bees", "c", "d"), owner: "wear")
        }
        #expect(
            error?.rendered()
                == "models/m/1/model.yaml:3:18: error: unknown field `b` in policy `wear`; "
                + "did you mean `a`?"
        )
    }
}
