// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Testing
import Vocabulary

@Suite struct `Thresholds of a policy` {
    private func policy(_ threshold: String) throws -> Decide.Policy {
        let (set, diagnostics) = read(try changed(tunedThreshold, to: threshold))
        return try #require(set?.policies.first, "\(diagnostics)")
    }

    @Test func `a number is an untuned threshold, and a warning where somebody can be asked`()
        throws
    {
        let policy = try policy("threshold: 0.88")
        #expect(policy.thresholds == [Threshold(value: 0.88)])
        #expect(policy.threshold?.isTuned == false)
        expect(
            try findings(changing: tunedThreshold, to: "threshold: 0.88"),
            [
                "12:12+4 warning: the threshold is untuned: nobody knows how often an answer it "
                    + "keeps local is wrong; `sluice tune` chooses one that keeps a bound"
            ]
        )
    }

    @Test func `everything that sluice tune writes is read`() throws {
        let policy = try policy(
            """
            threshold:
              value: 0.83
              low: 0.01
              high: 0.97
              bound: 2%
              certainty: 95%
              max_risk: 0.5
              samples: 812
              score: margin
              model: 5c0e12ab34cd
              cloud: wear-large/2
              trace_sha256: 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff
              tuned: 2026-11-21
            """
        )
        let threshold = try #require(policy.threshold)
        #expect(threshold.value == 0.83)
        #expect(threshold.low == 0.01)
        #expect(threshold.high == 0.97)
        #expect(threshold.bound == 0.02)
        #expect(threshold.certainty == 0.95)
        #expect(threshold.maximumRisk == 0.5)
        #expect(threshold.samples == 812)
        #expect(threshold.score == .margin)
        #expect(threshold.model == "5c0e12ab34cd")
        #expect(threshold.cloud == "wear-large/2")
        #expect(threshold.traceDigest?.count == 64)
        #expect(threshold.tuned == "2026-11-21")
    }

    @Test func `of several the one for these models is in force`() throws {
        let policy = try policy(
            """
            threshold:
              - { value: 0.7, bound: 2%, certainty: 95% }
              - { value: 0.8, bound: 2%, certainty: 95%, model: 5c0e12ab34cd }
              - { value: 0.9, bound: 2%, certainty: 95%, model: 5c0e12ab34cd, cloud: wear-large/2 }
              - { value: 1.0, bound: 2%, certainty: 95%, model: ffffffffffff, cloud: wear-large/2 }
            """
        )
        #expect(policy.threshold?.value == 0.9)
        #expect(policy.threshold(for: "5c0e12ab34cd", cloud: "wear-large/3")?.value == 0.8)
        #expect(policy.threshold(for: "000000000000", cloud: nil)?.value == 0.7)
        #expect(policy.threshold(for: "ffffffffffff", cloud: "wear-large")?.value == 1)
    }

    @Test(arguments: [
        (
            "model: ffffffffffff",
            "the model `wear` (5c0e12ab34cd)"
        ),
        (
            "cloud: wear-large/1",
            "the cloud's model `wear-large/2`"
        ),
    ])
    func `one for other models does not apply, and nothing is sure`(
        pin: String,
        what: String
    ) throws {
        let text = "threshold: { value: 0.1, bound: 2%, certainty: 95%, \(pin) }"
        #expect(try policy(text).threshold == nil)
        expect(
            try findings(changing: tunedThreshold, to: text),
            [
                "12:12 warning: no threshold was tuned for \(what): nothing counts as sure, and "
                    + "everything is asked; `sluice tune` one for it, or go back to the model it "
                    + "was tuned for"
            ]
        )
    }

    @Test func `unfit values of a threshold have their places`() throws {
        expect(
            try findings(
                changing: tunedThreshold,
                to: "threshold: { low: 0.9, high: 0.2, bound: 2%, model: 5c0e, tuned: today }"
            ),
            [
                "12:1+9 error: `value` is missing in `threshold`; it wants a number",
                "12:1+9 error: the threshold has a bound and does not say how sure it is; "
                    + "add `certainty: 95%`",
                "12:19+3 error: `low` lies above `high`; `low` is up to where an alarm is ignored, "
                    + "`high` from where it is acted on",
                "12:53+4 error: `model` wants the first 12 hexadecimal digits of the model's "
                    + "digest; found `5c0e`; `sluice tune` writes it",
                "12:66+5 error: `tuned` wants a date, such as `2026-11-21`; found `today`",
            ]
        )
        expect(
            try findings(changing: tunedThreshold, to: "threshold: []"),
            ["12:12 error: `threshold` is an empty list; write `threshold: 0.9`"]
        )
    }
}

@Suite struct `Costs of a policy` {
    private let sound = "costs: { alarm: [fault], miss: 100, false_alarm: 1, escalation: 0.02 }"

    private func findings(_ costs: String) throws -> [String] {
        try DecideTests.findings(changing: "deadline: 250ms", to: "deadline: 250ms\n\(costs)")
    }

    @Test func `they say between which probabilities a question is worth its price`() {
        let costs = Costs(alarm: ["fault"], miss: 100, falseAlarm: 1, escalation: 0.02)
        #expect(costs.canAsk)
        #expect(abs(costs.low - 0.000_2) < 1e-12)
        #expect(abs(costs.high - 0.98) < 1e-12)
        for p in [0.000_1, 0.000_3, 0.5, 0.97, 0.99] {
            let cheapest = min(p * 100, (1 - p) * 1, 0.02)
            #expect((p > costs.low && p < costs.high) == (cheapest == 0.02), "\(p)")
        }
    }

    @Test func `where asking never pays both are the point at which the mistakes cost the same`() {
        let costs = Costs(alarm: ["fault"], miss: 3, falseAlarm: 1, escalation: 2)
        #expect(!costs.canAsk)
        #expect(costs.low == 0.25 && costs.high == 0.25)
    }

    @Test func `a policy reads them`() throws {
        #expect(try findings(sound).isEmpty)
    }

    @Test func `unfit costs have their places`() throws {
        expect(
            try findings("costs: { alarm: [falut, 3], miss: -1, false_alarm: 0 }"),
            [
                "15:1+5 error: `escalation` is missing in `costs`; it wants a number",
                "15:18+5 error: `falut` is none of the labels of `wear`; did you mean `fault`?",
                "15:25 error: `3` is none of the labels of `wear`; there is `healthy`, `worn`, "
                    + "`fault`",
                "15:35+2 error: `miss` must be between 0 and 1000000000000; found `-1`",
                "15:52 error: a mistake that costs nothing need not be prevented; give "
                    + "`false_alarm` the cost it has beside the others",
            ]
        )
        expect(
            try findings("costs: { alarm: [fault], miss: 3, false_alarm: 1, escalation: 2 }"),
            [
                "15:63 warning: asking never pays at these costs: `threshold.low` and "
                    + "`threshold.high` are both 0.25; a question must cost less than the "
                    + "mistakes it prevents"
            ]
        )
        expect(
            try findings(
                "costs: { alarm: [fault, worn, healthy], miss: 3, false_alarm: 1, escalation: 0 }"
            ),
            [
                "15:17 warning: every label is an alarm, so `alarm` is always 1; leave out the "
                    + "labels that are not"
            ]
        )
    }

    @Test func `their variables are not there without them`() throws {
        expect(
            try DecideTests.findings(
                changing: "confidence >= threshold",
                to: "alarm >= threshold.high"
            ),
            [
                "17:11+5 error: `alarm` is used, and the policy has no `costs`; say which labels "
                    + "are alarms: `costs: { alarm: [label], … }`",
                "17:20+14 error: `threshold.high` is used, and the policy has no `costs`; add "
                    + "`costs: { alarm: [label], miss: 100, false_alarm: 1, escalation: 0.02 }`",
            ]
        )
    }
}
