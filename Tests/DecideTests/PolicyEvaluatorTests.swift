// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Testing
import Vocabulary

@Suite struct `Policy evaluator` {
    private let now = WallTime(nanoseconds: 1_750_000_000_123_000_000)

    private func evaluator(_ text: String = soundPolicy) throws -> PolicyEvaluator {
        let (set, diagnostics) = read(text)
        return PolicyEvaluator(try #require(set?.policies.first, "\(diagnostics)"))
    }

    private func readings(
        temp: FieldValue = .number(50),
        other: FieldValue = .absent,
        time: WallTime? = nil
    ) -> ReadingBatch {
        var batch = ReadingBatch(fieldCount: 4)
        for number in [0.1, 0.2, 0.3] { batch.appendSample(number) }
        let row = ReadingBatch.Row(
            message: 0,
            index: 0,
            device: "4/17",
            deviceTime: time ?? now,
            sequence: 7
        )
        batch.append(row, values: [.samples(0..<3), temp, .text("S1"), other])
        return batch
    }

    private func situation(
        label: String = "fault",
        confidence: Double? = 0.97,
        up: Bool = false,
        left: Interval = .milliseconds(200)
    ) -> Situation {
        let found = Finding.Classification(
            label: label,
            score: confidence ?? 0.5,
            confidence: confidence,
            probabilities: [0.01, 0.02, 0.97]
        )
        let model = ModelReference(name: "wear", version: "3")
        var cloud = CloudFacts.absent
        cloud.isUp = up
        cloud.p95 = .milliseconds(84)
        return Situation(
            finding: Finding(
                model: model,
                outcome: .classification(found),
                latency: .milliseconds(2)
            ),
            topic: "plant/4/machines/17/vibration",
            captures: ["4", "17"],
            payload: { .object([(name: "unit", value: .number(21))]) },
            cloud: cloud,
            deadlineLeft: left,
            now: now
        )
    }

    private func holds(_ condition: String, _ situation: Situation? = nil) throws -> Bool {
        let text = try changed("confidence >= threshold", to: "'\(condition)'")
        let evaluator = try evaluator(text)
        let ruling = evaluator.decide(
            situation ?? self.situation(),
            readings: readings(),
            row: 0
        )
        #expect(evaluator.failures.isEmpty)
        return ruling.ruleIndex == 0
    }

    @Test func `the first rule that holds wins`() throws {
        let evaluator = try evaluator()
        let sure = evaluator.decide(situation(up: true), readings: readings(), row: 0)
        #expect(sure.ruleName == "sure")
        #expect(sure.route == .act)
        #expect(sure.ruleIndex == 0)
        let hard = evaluator.decide(
            situation(confidence: 0.6, up: true),
            readings: readings(),
            row: 0
        )
        #expect(hard.ruleName == "ask")
        #expect(hard.fallback == .actProvisionally)
    }

    @Test func `otherwise holds when nothing else does`() throws {
        let ruling = try evaluator().decide(
            situation(confidence: 0.6),
            readings: readings(),
            row: 0
        )
        #expect(ruling.ruleIndex == nil)
        #expect(ruling.ruleName == "otherwise")
        #expect(ruling.isProvisional)
        #expect(ruling.priority == .high)
        #expect(ruling.failedConditions == 0)
    }

    @Test func `a missing confidence is an error that is recorded, and the rule does not hold`()
        throws
    {
        let evaluator = try evaluator()
        let ruling = evaluator.decide(
            situation(confidence: nil, up: true),
            readings: readings(),
            row: 0
        )
        #expect(ruling.ruleName == "ask")
        #expect(ruling.failedConditions == 1)
        #expect(
            evaluator.failures == [
                ConditionFailure(name: "sure", message: "`confidence` has no value")
            ]
        )
        let next = evaluator.decide(situation(), readings: readings(), row: 0)
        #expect(next.failedConditions == 0)
        #expect(next.ruleName == "sure")
    }

    @Test func `a failed model has neither label nor confidence, and says so`() throws {
        var failed = situation()
        failed.finding?.outcome = .failed(reason: "budget")
        #expect(try holds("model.failed", failed))
        let evaluator = try evaluator()
        #expect(evaluator.decide(failed, readings: readings(), row: 0).failedConditions == 1)
        #expect(evaluator.actions(failed, readings: readings(), row: 0).isEmpty)
        #expect(evaluator.failures.map(\.name) == ["bell"])
    }

    @Test(arguments: [
        "label == \"fault\" && score > 0.9 && probabilities[2] == 0.97",
        "model.name == \"wear\" && model.version == \"3\" && !model.failed",
        "model.latency == duration(\"2ms\")",
        "topic == \"plant/4/machines/17/vibration\" && line == \"4\" && machine == \"17\"",
        "device == \"4/17\" && temp == 50.0 && serial == \"S1\" && size(vib) == 3 && vib[1] == 0.2",
        "payload.unit * 1.8 + 32.0 > 69.0",
        "has(payload.unit) && !has(payload.missing)",
        "!cloud.up && cloud.breaker == \"open\" && cloud.in_flight == 0",
        "cloud.budget_left == 0.0 && cloud.p95 == duration(\"84ms\")",
        "deadline.total == duration(\"250ms\") && deadline.left == duration(\"200ms\")",
        "queue.depth == 0 && queue.fill == 0.0 && queue.oldest < duration(\"1s\")",
        "queue.head_room > duration(\"8000h\")",
        "threshold == 0.88 && !retained && time == now",
        "now > timestamp(\"2025-06-01T00:00:00Z\") && now.getFullYear() == 2025",
        "now.getHours(\"Europe/Berlin\") == 17",
    ])
    func `variables have their values`(condition: String) throws {
        #expect(try holds(condition))
    }

    @Test func `an absent field is an error, and null does not stand in for it`() throws {
        let text = try changed("confidence >= threshold", to: "temp > 40.0")
        let evaluator = try evaluator(text)
        let ruling = evaluator.decide(situation(), readings: readings(temp: .absent), row: 0)
        #expect(ruling.ruleIndex == nil)
        #expect(ruling.failedConditions == 1)
        let next = evaluator.decide(situation(), readings: readings(temp: .number(41)), row: 0)
        #expect(next.ruleIndex == 0)
    }

    @Test func `observed values are those of the conditions tried`() throws {
        let evaluator = try evaluator()
        _ = evaluator.decide(situation(), readings: readings(), row: 0)
        #expect(
            evaluator.observed().map { "\($0.variable)=\($0.value)" }
                == ["confidence=0.97", "threshold=0.88"]
        )
        _ = evaluator.decide(situation(confidence: nil, up: true), readings: readings(), row: 0)
        #expect(
            evaluator.observed().map { "\($0.variable)=\($0.value)" } == [
                "confidence=absent", "cloud.up=true", "cloud.p95=duration(\"0.084s\")",
                "deadline.left=duration(\"0.2s\")", "threshold=0.88",
            ]
        )
    }

    @Test func `the payload is asked for only when a condition reads it`() throws {
        var situation = situation()
        situation.payload = {
            Issue.record("nobody asked")
            return nil
        }
        _ = try evaluator().decide(situation, readings: readings(), row: 0)
    }

    @Test func `actions follow the label, and a verdict's stands in for the model's`() throws {
        let evaluator = try evaluator()
        let healthy = situation(label: "healthy")
        #expect(evaluator.actions(situation(), readings: readings(), row: 0) == [0])
        #expect(evaluator.actions(healthy, readings: readings(), row: 0).isEmpty)
        let verdict = Verdict(
            label: "fault",
            confidence: 0.99,
            endpoint: "central",
            model: ModelReference(name: "large", version: "1"),
            latency: .milliseconds(61)
        )
        #expect(
            evaluator.actions(healthy, readings: readings(), row: 0, verdict: verdict) == [0]
        )
    }

    /// A device may say any time that its payload can hold.
    @Test(arguments: [
        (Int64.min, -9_223_372_037), (.min + 145_224_192, -9_223_372_037), (-1, -1), (0, 0),
        (.max, 9_223_372_036),
    ])
    func `any time of a device can be judged`(nanoseconds: Int64, second: Int) throws {
        let text = try changed(
            "confidence >= threshold",
            to: "'int(time) == \(second)'"
        )
        let evaluator = try evaluator(text)
        let ruling = evaluator.decide(
            situation(),
            readings: readings(time: WallTime(nanoseconds: nanoseconds)),
            row: 0
        )
        #expect(evaluator.failures.isEmpty)
        #expect(ruling.ruleIndex == 0)
    }
}
