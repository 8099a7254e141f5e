// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import Decide
import FoundationEssentials
import Infer
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `A threshold's confidence` {
    private static let model = """
        kind: onnx
        file: { name: model.onnx, sha256: DIGEST }
        inputs: { X: [force, force, force, force] }
        labels: [fine, worn, fault]
        """

    /// A site whose model is a real classifier; nil where there is no runtime to load it with.
    private func folder(score: String, calibration: String? = nil) throws -> SiteFolder? {
        guard let runtime = ProcessInfo.processInfo.environment["SLUICE_ONNXRUNTIME"] else {
            return nil
        }
        let onnx = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../InferTests/Models/classifier.onnx")
        let bytes = try Data(contentsOf: onnx)
        var files = try Presses.changing(
            "escalate: [central]",
            to: """
                escalate: [central]
                threshold: { value: 0.5, bound: 2%, certainty: 95%, score: \(score) }
                """
        )
        files["sluice.yaml"] = try Presses.configuration.replacing(
            once: "models: { path: models }",
            with: "models: { path: models, runtime: \(runtime) }"
        )
        let digest = Self.digest(bytes)
        files["models/pulse/1/model.yaml"] = try Self.model.replacing(once: "DIGEST", with: digest)
        files["models/pulse/1/calibration.yaml"] = try calibration?
            .replacing(once: "DIGEST", with: digest)
        let folder = try SiteFolder(files)
        try bytes.write(to: URL(filePath: folder.path + "/models/pulse/1/model.onnx"))
        return folder
    }

    private static func digest(_ bytes: Data) -> String {
        SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func margin(_ temperature: Double) -> String {
        """
        calibration: 1
        model: DIGEST
        score: margin
        map: { method: temperature, temperature: \(temperature) }
        """
    }

    @Test func `must be of the score that it was tuned on`() throws {
        guard let good = try folder(score: "max") else { return }
        #expect(good.check().site != nil, "\(good.shown(good.check().diagnostics))")
        let learned = try #require(try folder(score: "learned"))
        let problem = try #require(
            learned.check().diagnostics.first { $0.severity == .error }
        )
        #expect(problem.message.contains("tuned on the score `learned`"))
        #expect(problem.hint?.contains("calibration.yaml") == true)
        let margin = try #require(try folder(score: "margin", calibration: Self.margin(2)))
        #expect(margin.check().site != nil, "\(margin.shown(margin.check().diagnostics))")
        let other = try #require(try folder(score: "max", calibration: Self.margin(2)))
        #expect(other.check().site == nil)
    }

    @Test func `must be calibrated on what it was tuned on`() throws {
        let trace = String(repeating: "ab", count: 32)
        let tuned = "margin, trace_sha256: \"\(trace)\""
        let beside = Self.margin(2) + "\ndata_sha256: \"\(trace)\"\n"
        guard let good = try folder(score: tuned, calibration: beside) else { return }
        #expect(good.check().site != nil, "\(good.shown(good.check().diagnostics))")
        let other = try #require(try folder(score: tuned, calibration: Self.margin(2)))
        let problem = try #require(other.check().diagnostics.first { $0.severity == .error })
        #expect(problem.message.contains("different data"))
        let plain = tuned.replacing("margin", with: "max")
        let missing = try #require(try folder(score: plain))
        #expect(missing.check().site == nil)
    }
}
