// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Testing
import Vocabulary

@Suite struct `Stages of a policy` {
    private let yard: Surroundings = {
        let labels = ["healthy", "worn", "fault"]
        var yard = plant
        yard.models["tiny"] = ModelShape(labels: labels, kind: .classifier, digest: "aaaaaaaaaaaa")
        yard.models["large"] = ModelShape(labels: labels, kind: .classifier, digest: "bbbbbbbbbbbb")
        yard.models["odd"] = ModelShape(labels: ["worn", "healthy", "fault"], kind: .classifier)
        yard.models["wide"] = ModelShape(labels: labels, kind: .classifier, fields: ["tempo"])
        yard.models["guard"] = ModelShape(labels: labels, kind: .detector)
        return yard
    }()

    private func reading(_ stages: String) throws -> (Decide.Policy?, [String]) {
        let (set, diagnostics) = read(
            try changed("model: wear", to: stages),
            in: yard
        )
        return (set?.policies.first, findings(diagnostics))
    }

    @Test func `the short form accepts by the threshold`() throws {
        let (policy, found) = try reading("stages: [tiny, large]")
        expect(found, [])
        #expect(policy?.stages.map(\.model) == ["tiny", "large"])
        #expect(policy?.stages.map(\.accept) == ["confidence >= threshold", nil])
        #expect(policy?.model == "large")
        #expect(policy?.modelDigest == "aaaaaaaaaaaa+bbbbbbbbbbbb")
    }

    @Test func `the long form says when`() throws {
        let (policy, found) = try reading("stages: [{ model: tiny, accept: margin > 0.5 }, large]")
        expect(found, [])
        #expect(policy?.stages.map(\.accept) == ["margin > 0.5", nil])
    }

    @Test func `one model is a cascade of one`() throws {
        let (policy, _) = try reading("model: tiny")
        #expect(policy?.stages.map(\.model) == ["tiny"])
        #expect(policy?.stages.map(\.accept) == [nil])
    }

    @Test func `stages give the same labels in the same order`() throws {
        expect(
            try reading("stages: [tiny, odd]").1,
            [
                "11:16+3 error: the labels of `odd` are not those of `tiny`: `worn`, "
                    + "`healthy`, `fault` and `healthy`, `worn`, `fault`; the stages of a "
                    + "cascade give the same labels in the same order"
            ]
        )
    }

    @Test func `a stage is known, is fed, and is there once`() throws {
        expect(
            try reading("stages: [tny, wide, large, large]").1,
            [
                "11:10+3 error: unknown model `tny`; did you mean `tiny`?",
                "11:15+4 error: the model `wide` needs `tempo`, which `reading.fields` does not "
                    + "have; add it with the path it has in the payload",
                "11:28+5 error: `large` is named twice",
            ]
        )
    }

    @Test func `a condition of a stage is checked against its own model`() throws {
        expect(
            try reading("stages: [{ model: guard, accept: confidence > 0.5 }, large]").1,
            [
                "11:34+10 error: the model `guard` is a detector and gives no `confidence`; it "
                    + "gives `label`, `score`; `sluice tune` fits a confidence on labels"
            ]
        )
        expect(
            try reading("stages: [guard, large]").1,
            [
                "11:10+5 error: the model `guard` is a detector and gives no `confidence` to be "
                    + "accepted by; say when its answer is taken: `{ model: guard, accept: … }`"
            ]
        )
        expect(
            try reading("stages: [{ model: tiny, accept: sure }, large]").1,
            ["11:33+4 error: unknown variable `sure`"]
        )
    }

    @Test func `the last stage accepts everything, and a model beside stages is an error`() throws {
        expect(
            try reading("stages: [tiny, { model: large, accept: stage == 1 }]").1,
            [
                "11:32+6 warning: `accept` has no effect on the last stage: its answer is taken "
                    + "as it is; the rules say what becomes of it"
            ]
        )
        expect(
            try reading("model: tiny\nstages: [tiny, large]").1,
            [
                "11:1+5 error: `model` and `stages` exclude each other; name the model in "
                    + "`stages`"
            ]
        )
        expect(
            try reading("stages: []").1.filter { $0.hasPrefix("11:") },
            ["11:9 error: `stages` names no model"]
        )
    }

    @Test func `the usual acceptance takes a threshold`() throws {
        let text = try changed("model: wear", to: "stages: [tiny, large]")
            .replacing(once: tunedThreshold, with: "# none")
        #expect(
            findings(read(text, in: yard).1).contains(
                "11:10+4 error: the answer of `tiny` is taken where `confidence >= threshold`, "
                    + "and `threshold` is not set; set it, or say when: "
                    + "`{ model: tiny, accept: … }`"
            )
        )
    }
}
