// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Testing
import Vocabulary

@Suite struct `Conditions on bounds, costs and stages` {
    private static let costs =
        "costs: { alarm: [worn, fault], miss: 100, false_alarm: 1, escalation: 0.02 }"

    private func value(
        _ variable: String,
        bound: BoundFacts = .unknown,
        threshold: String = tunedThreshold,
        extra: String = "",
        verdict: String? = nil
    ) throws -> String? {
        var text = try changed("confidence >= threshold", to: "\(variable) == \(variable)")
        text = try text.replacing(once: tunedThreshold, with: "\(threshold)\n\(extra)")
        text = try text.replacing(once: "label == \"fault\"", with: "\(variable) == \(variable)")
        let (set, diagnostics) = read(text)
        let policy = try #require(set?.policies.first, "\(diagnostics)")
        let evaluator = PolicyEvaluator(policy)
        var readings = ReadingBatch(fieldCount: 4)
        let now = WallTime(nanoseconds: 0)
        let row = ReadingBatch.Row(
            message: 0,
            index: 0,
            device: "d",
            deviceTime: now,
            sequence: nil
        )
        readings.append(row, values: [.absent, .absent, .absent, .absent])
        let found = Finding.Classification(
            label: "fault",
            score: 0.5,
            confidence: 0.5,
            probabilities: [0.25, 0.25, 0.5]
        )
        let model = ModelReference(name: "wear", version: "1")
        let situation = Situation(
            finding: Finding(
                model: model,
                outcome: .classification(found),
                latency: .zero,
                stage: 2
            ),
            topic: "",
            captures: ["1", "2"],
            bound: bound,
            now: now
        )
        if let verdict {
            let word = Verdict(
                label: verdict,
                confidence: 0.9,
                endpoint: "central",
                model: model,
                latency: .zero
            )
            _ = evaluator.actions(situation, readings: readings, row: 0, verdict: word)
        } else {
            _ = evaluator.decide(situation, readings: readings, row: 0)
        }
        return evaluator.observed().first { $0.variable == variable }?.value
    }

    @Test func `the threshold is the one tuned for the cloud's model that answers`() throws {
        let thresholds = """
            threshold:
              - { value: 0.7, bound: 2%, certainty: 95%, cloud: wear-large/2 }
              - { value: 0.9, bound: 2%, certainty: 95%, cloud: wear-large/3 }
            """
        func threshold(_ cloud: String?) throws -> String? {
            var bound = BoundFacts.unknown
            bound.cloud = cloud
            return try value("threshold", bound: bound, threshold: thresholds)
        }
        #expect(try threshold("wear-large/2") == "0.7")
        #expect(try threshold("wear-large/3") == "0.9")
        // Nobody tuned one for this: nothing counts as sure.
        #expect(try threshold("wear-large/4") == "double(\"Infinity\")")
    }

    @Test func `the probability of an alarm is that of its labels together`() throws {
        #expect(try value("alarm", extra: Self.costs) == "0.75")
        #expect(try value("alarm", extra: Self.costs, verdict: "worn") == "1.0")
        #expect(try value("alarm", extra: Self.costs, verdict: "healthy") == "0.0")
    }

    @Test func `costs give the two thresholds, and tuned ones come before them`() throws {
        #expect(try value("threshold.low", extra: Self.costs) == "0.0002")
        #expect(try value("threshold.high", extra: Self.costs) == "0.98")
        let tuned = "threshold: { value: 0.9, low: 0.1, high: 0.7 }"
        #expect(try value("threshold.low", threshold: tuned, extra: Self.costs) == "0.1")
        #expect(try value("threshold.high", threshold: tuned) == "0.7")
    }

    @Test func `where no threshold applies nothing is sure`() throws {
        let other = "threshold: { value: 0.1, model: ffffffffffff }"
        #expect(try value("threshold", threshold: other) == "double(\"Infinity\")")
        #expect(
            try value("threshold.low", threshold: other, extra: Self.costs)
                == "double(\"-Infinity\")"
        )
        #expect(
            try value("threshold.high", threshold: other, extra: Self.costs)
                == "double(\"Infinity\")"
        )
    }

    @Test func `a broken bound makes nothing sure where the policy says so`() throws {
        var broken = BoundFacts.unknown
        broken.isBroken = true
        #expect(try value("threshold", bound: broken) == "0.88")
        let widening = "when_bound_broken: escalate"
        #expect(try value("threshold", bound: broken, extra: widening) == "double(\"Infinity\")")
        #expect(try value("threshold", extra: widening) == "0.88")
    }

    @Test func `the state of the bound and the stage are variables`() throws {
        let facts = BoundFacts(
            estimate: 0.01,
            lower: 0.002,
            upper: 0.03,
            samples: 420,
            isBroken: true
        )
        #expect(try value("bound.holds", bound: facts) == "false")
        #expect(try value("bound.estimate", bound: facts) == "0.03")
        #expect(try value("bound.samples", bound: facts) == "420")
        #expect(try value("bound.estimate") == "1.0")
        #expect(try value("stage") == "2")
    }

    @Test func `a bound that nobody tuned to is a warning`() throws {
        let text = try changed("confidence >= threshold", to: "bound.holds")
            .replacing(once: tunedThreshold, with: "threshold: 0.9")
        expect(
            findings(read(text).1).filter { $0.contains("bound.holds") },
            [
                "17:11+11 warning: `bound.holds` is used, and no threshold was tuned to a bound; "
                    + "`sluice tune` it"
            ]
        )
    }
}

extension String {
    /// The text with `old`, which must be there once, replaced.
    func replacing(once old: String, with new: String) throws -> String {
        let parts = split(separator: old, omittingEmptySubsequences: false)
        try #require(parts.count == 2, "`\(old)` is there once")
        return parts.joined(separator: new)
    }
}
