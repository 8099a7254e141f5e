// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `The confidence of a detector` {
    private func files(
        calibration: String?,
        threshold: String = "threshold: 0.9"
    ) throws -> [String: String] {
        var files = try Presses.changing(
            "deadline: 250ms",
            to: "deadline: 250ms\n\(threshold)"
        )
        files["Policies/press/policy.yaml"] = try files["Policies/press/policy.yaml"]?.replacing(
            once: "when: 'want == \"ask\"'",
            with: "when: 'confidence < threshold'"
        )
        files["Policies/press/tests.yaml"] = """
            topic: plant/4/press
            cases:
              - name: by the model's own calibration
                given: { payload: { n: 1, ts: 1700000000000, force: 3.5, want: act, serial: S } }
                expect: { rule: ask, label: fine }
              - name: as a fact
                given: { finding: { label: fine, score: 0.2, confidence: 0.95 }, fields: { want: act } }
                expect: { rule: otherwise }

            """
        if let calibration { files["models/pulse/1/calibration.yaml"] = calibration }
        return files
    }

    private func calibration() throws -> String {
        let plain = try #require(SiteFolder(Presses.files).check().site?.engine)
        let digest = try #require(plain.models.values.first?.digest)
        return """
            calibration: 1
            model: "\(digest)"
            score: anomaly
            map: { method: logistic, bias: -2, slope: 1 }

            """
    }

    @Test func `is there for its policy where it was fitted`() throws {
        // A score of 0 has no nines: 1 − 1 / (1 + e²) is 0.88, which is less than 0.9.
        let folder = try SiteFolder(files(calibration: calibration()))
        let findings = folder.check()
        let site = try #require(findings.site, "\(folder.shown(findings.diagnostics))")
        let report = site.runPolicyTests()
        #expect(folder.shown(report.failures) == [])
        #expect(report.summary == "2 of 2 policy cases passed")
    }

    @Test func `is an error at its place where nothing was fitted`() throws {
        let folder = try SiteFolder(files(calibration: nil))
        let findings = folder.check()
        #expect(findings.site == nil)
        let shown = folder.shown(findings.diagnostics)
        #expect(
            shown.contains { line in
                line.hasPrefix("Policies/press/policy.yaml:17:")
                    && line.contains("is a detector and gives no `confidence`")
                    && line.contains("`sluice tune` fits a confidence on labels")
            },
            "\(shown)"
        )
    }

    @Test func `is not what a threshold on probabilities was tuned for`() throws {
        let threshold = "threshold: { value: 0.9, bound: 2%, certainty: 95%, score: max }"
        let folder = try SiteFolder(files(calibration: calibration(), threshold: threshold))
        let shown = folder.shown(folder.check().diagnostics)
        #expect(shown.contains { $0.contains("tuned on the score `max`") }, "\(shown)")
        let own = threshold.replacing("max", with: "anomaly")
        let good = try SiteFolder(files(calibration: calibration(), threshold: own))
        #expect(good.check().site != nil, "\(good.shown(good.check().diagnostics))")
    }
}
