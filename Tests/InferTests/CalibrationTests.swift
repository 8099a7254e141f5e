// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing
import Vocabulary

@testable import Infer

@Suite struct `A calibration` {
    private static let scores: [Calibration.Score] = [
        .max, .margin, .entropy,
        .learned(
            .init(
                bias: -1,
                max: -2,
                margin: 0.5,
                entropy: 0.1,
                surprise: -0.3,
                labels: [0.1, 0.2, -0.4],
                probabilities: []
            )
        ),
    ]

    private func found(
        _ numbers: [Float],
        _ calibration: Calibration?
    ) -> Finding.Classification? {
        let reading = ClassificationReader(
            labels: ["a", "b", "c"],
            source: .probabilities,
            method: .max,
            calibration: calibration
        )
        let outcome = numbers.withUnsafeBufferPointer { reading.outcome($0) }
        guard case .classification(let found) = outcome else { return nil }
        return found
    }

    @Test(arguments: scores)
    func `gives the lane the confidence it gives everybody else`(
        score: Calibration.Score
    ) throws {
        let curve = try #require(RisingCurve(arguments: [0.2, 0.7, 1], values: [0.1, 0.5, 0.9]))
        let rows: [[Float]] = [[0.2, 0.7, 0.1], [1, 0, 0], [0.34, 0.33, 0.33], [0.5, 0.5, 0]]
        for map in [.identity, .temperature(2.5), .temperature(0.4), .isotonic(curve)]
            as [Calibration.Map]
        {
            let calibration = Calibration(score: score, map: map)
            for row in rows {
                let confidence = try #require(found(row, calibration)?.confidence)
                let wanted = calibration.confidence(of: row.map { Double($0) })
                #expect(abs(confidence - wanted) < 1e-12, "\(score.name) \(map.name) \(row)")
            }
        }
    }

    @Test func `leaves label, score, margin and probabilities as the model gave them`() throws {
        let plain = try #require(found([0.2, 0.7, 0.1], nil))
        let fitted = try #require(found([0.2, 0.7, 0.1], Calibration(map: .temperature(3))))
        #expect(fitted.label == plain.label)
        #expect(fitted.score == plain.score)
        #expect(fitted.margin == plain.margin)
        #expect(fitted.probabilities == plain.probabilities)
        let confidence = try #require(fitted.confidence)
        #expect(confidence < 0.6)
    }
}

@Suite struct `A calibration's file` {
    private static let model = """
        kind: onnx
        file: { name: model.onnx, sha256: DIGEST }
        inputs: { X: [a, b, c, d] }
        labels: [healthy, worn, fault]
        """

    private func load(
        _ calibration: String,
        beside yaml: String = model,
        onnx: String? = "classifier.onnx"
    ) throws -> (engine: CoreEngine?, diagnostics: [Diagnostic]) {
        let repository = try TemporaryRepository()
        let bytes = try onnx.map { try TestModels.bytes($0) }
        try repository.add("m", model: bytes, yaml)
        let digest = bytes.map { TemporaryRepository.digest($0) } ?? ""
        let text = calibration.replacing("DIGEST", with: digest)
        try Data(text.utf8).write(to: URL(filePath: repository.path + "/m/1/calibration.yaml"))
        return repository.load()
    }

    @Test func `is applied to the model it was fitted on, and told of`() throws {
        let (engine, diagnostics) = try load(
            """
            calibration: 1
            model: DIGEST
            cloud: large/2
            data_sha256: \(String(repeating: "ab", count: 32))
            date: 2026-11-21
            samples: 412
            score: max
            map: { method: temperature, temperature: 4 }
            """
        )
        #expect(diagnostics.map { $0.rendered() } == [])
        let core = try #require(engine)
        let reference = try #require(core.resolve("m"))
        let description = try #require(core.models[reference])
        let mark = try #require(description.calibration)
        #expect(mark.score == "max" && mark.map == "temperature")
        #expect(mark.date == "2026-11-21" && mark.samples == 412 && mark.digest.count == 64)
        #expect(description.score == "max")
        #expect(description.shortDigest?.count == 12)
        let handle = try core.bind(
            reference,
            fields: fields("a", "b", "c", "d"),
            owner: "policy"
        )
        let rows = try TestModels.expected().rows.map { $0.map { FieldValue.number($0) } }
        let findings = core.makeLane(time: StillTime())
            .findings(model: handle, readings: readings(rows))
        for found in findings.compactMap(\.classification) {
            let probabilities = Array(found.probabilities)
            let wanted = Calibration(map: .temperature(4)).confidence(of: probabilities)
            let confidence = try #require(found.confidence)
            #expect(abs(confidence - wanted) < 1e-12)
            #expect(found.score == found.probabilities.max())
        }
        #expect(findings.count == rows.count)
    }

    @Test func `of another model is refused, at its place`() throws {
        let (engine, diagnostics) = try load(
            """
            calibration: 1
            model: \(String(repeating: "0", count: 64))
            score: max
            map: { method: identity }
            """
        )
        #expect(engine == nil)
        let problem = try #require(diagnostics.first)
        #expect(problem.file == "models/m/1/calibration.yaml")
        #expect(problem.line == 2)
        #expect(problem.message.contains("fitted on another model"))
    }

    @Test func `is read with every problem reported`() throws {
        let (engine, diagnostics) = try load(
            """
            calibration: 2
            score: learned
            learned: { bias: 1, max: 0, margin: 0, entropy: 0, labels: [1, 2] }
            map: { method: isotonic, scores: [0.5, 0.2], confidences: [0.1, 0.2] }
            extra: 1
            """
        )
        #expect(engine == nil)
        let messages = diagnostics.map(\.message).joined(separator: "\n")
        let parts = [
            "`calibration`", "`model`", "`surprise`", "2 weights", "must rise", "`extra`",
        ]
        for part in parts {
            #expect(messages.contains(part), "\(part) in \(messages)")
        }
    }

    @Test func `has no place beside what gives no probabilities`() throws {
        let text = """
            calibration: 1
            model: DIGEST
            score: max
            map: { method: identity }
            """
        let (value, problems) = try load(
            text,
            beside: Self.model.replacing("labels: [healthy, worn, fault]", with: ""),
            onnx: "regression.onnx"
        )
        #expect(value == nil)
        #expect(problems.contains { $0.message.contains("no probabilities") }, "\(problems)")
    }
}

@Suite struct `A detector's calibration` {
    private static let settings = """
        kind: detector
        detector: { type: robust-z, feature: rate, warm_up: 10, threshold: 0.9 }
        labels: [usual, odd]
        """

    private func load(
        _ calibration: String,
        of settings: String = settings
    ) throws -> (engine: CoreEngine?, diagnostics: [Diagnostic]) {
        let repository = try TemporaryRepository()
        try repository.add("m", model: nil, settings)
        let digest = TemporaryRepository.digest(Array(Self.settings.utf8))
        let text = calibration.replacing("DIGEST", with: digest)
        try Data(text.utf8).write(to: URL(filePath: repository.path + "/m/1/calibration.yaml"))
        return repository.load()
    }

    private static let fitted = """
        calibration: 1
        model: DIGEST
        score: anomaly
        map: { method: logistic, bias: -5, slope: 2 }
        """

    @Test func `makes its score a confidence in what it says`() throws {
        let (engine, diagnostics) = try load(Self.fitted)
        #expect(diagnostics.map { $0.rendered() } == [])
        let core = try #require(engine)
        let reference = try #require(core.resolve("m"))
        #expect(core.models[reference]?.score == "anomaly")
        #expect(core.models[reference]?.calibration?.map == "logistic")
        let handle = try core.bind(reference, fields: fields("rate"), owner: "policy")
        let rows = (0..<400).map { [FieldValue.number(Double($0 * 7 % 13))] } + [[.number(900)]]
        let found = core.makeLane(time: StillTime())
            .findings(model: handle, readings: readings(rows) { _ in "d" })
            .compactMap(\.classification)
        let wanted = Calibration(
            score: .anomaly(threshold: 0.9),
            map: .logistic(bias: -5, slope: 2)
        )
        for finding in found {
            #expect(finding.confidence == wanted.confidence(of: [finding.score]))
        }
        let last = try #require(found.last)
        #expect(last.label == "odd" && last.score > 0.9 && found.count == 401)
        #expect(found[5].label == "usual" && found[5].score == 0)
        // As usual as can be, and the chance that it is not is 1 in 150.
        #expect(abs(try #require(found[5].confidence) - 0.993_307_149_076) < 1e-9)
    }

    @Test func `is for the settings that it was fitted with, at its place`() throws {
        let others = Self.settings.replacing("0.9 }", with: "0.8 }")
        let (engine, diagnostics) = try load(Self.fitted, of: others)
        #expect(engine == nil)
        let problem = try #require(diagnostics.first)
        #expect(problem.file == "models/m/1/calibration.yaml" && problem.line == 2)
        #expect(problem.message.contains("fitted on another model"))
    }

    @Test(
        arguments: [
            ("score: anomaly", "score: max", 3, "gives no probabilities"),
            (
                "{ method: logistic, bias: -5, slope: 2 }",
                "{ method: temperature, temperature: 2 }",
                4, "is for probabilities"
            ),
            ("slope: 2", "slope: -2", 4, "`slope`"),
        ] as [(String, String, Int, String)]
    )
    func `has a score and a map of its own`(
        _ old: String,
        _ new: String,
        _ line: Int,
        _ why: String
    ) throws {
        let (engine, diagnostics) = try load(Self.fitted.replacing(old, with: new))
        #expect(engine == nil)
        let problem = try #require(diagnostics.first { $0.line == line }, "\(diagnostics)")
        #expect(problem.message.contains(why), "\(problem)")
    }
}
