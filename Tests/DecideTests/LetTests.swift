// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Testing
import Vocabulary

@Suite struct `Named expressions` {
    private func text(
        _ lets: String,
        when: String,
        also: String = "label == \"fault\""
    ) throws
        -> String
    {
        try changed("confidence >= threshold", to: "'\(when)'")
            .replacing(once: "deadline: 250ms", with: "deadline: 250ms\nlet: { \(lets) }")
            .replacing(once: "label == \"fault\"", with: also)
    }

    private func found(_ lets: String, when: String = "confidence >= threshold") throws -> [String]
    {
        findings(read(try text(lets, when: when)).1)
    }

    /// One reading's ruling and what the conditions tried saw of it.
    private func ruling(
        _ text: String,
        temp: FieldValue = .number(80)
    ) throws -> (rule: String, seen: [String], failures: [ConditionFailure]) {
        let (set, diagnostics) = read(text)
        let policy = try #require(set?.policies.first, "\(diagnostics)")
        let evaluator = PolicyEvaluator(policy)
        var readings = ReadingBatch(fieldCount: 4)
        for number in [1.0, 2.0, 3.0] { readings.appendSample(number) }
        let now = WallTime(nanoseconds: 0)
        readings.append(
            ReadingBatch.Row(message: 0, index: 0, device: "d", deviceTime: now, sequence: nil),
            values: [.samples(0..<3), temp, .absent, .absent]
        )
        let situation = Situation(finding: nil, topic: "", captures: ["1", "2"], now: now)
        // Twice: what was remembered of one reading is not taken for the next.
        _ = evaluator.decide(situation, readings: readings, row: 0)
        let ruling = evaluator.decide(situation, readings: readings, row: 0)
        let seen = evaluator.observed().map { "\($0.variable)=\($0.value)" }
        return (ruling.ruleName, seen, evaluator.failures)
    }

    @Test func `later ones use earlier ones, and rules and actions use both`() throws {
        let text = try text(
            "hot: temp > 70.0, 'tired': 'hot && vib[2] > 2.0'",
            when: "tired",
            also: "hot"
        )
        let policy = try #require(read(text).0?.policies.first)
        #expect(policy.lets.map(\.name) == ["hot", "tired"])
        #expect(policy.lets.map(\.source) == ["temp > 70.0", "hot && vib[2] > 2.0"])
        #expect(try ruling(text).rule == "sure")
        #expect(try ruling(text, temp: .number(60)).rule != "sure")
        #expect(try ruling(text).seen.suffix(2) == ["hot=true", "tired=true"])
    }

    @Test func `one that nothing comes to is not evaluated`() throws {
        let text = try text("odd: 1 / 0 > temp", when: "temp > 100.0 && odd")
        #expect(try !ruling(text).seen.contains { $0.hasPrefix("odd") })
        #expect(try ruling(text).failures.allSatisfy { $0.name != "sure" })
    }

    @Test func `one that fails makes the conditions that read it fail`() throws {
        let text = try text("hot: temp > 70.0", when: "hot || hot")
        let failed = try ruling(text, temp: .absent).failures.filter { $0.name == "sure" }
        #expect(failed == [ConditionFailure(name: "sure", message: "`temp` has no value")])
    }

    @Test func `macros inside and around one keep their variables apart`() throws {
        let text = try text(
            "top: 'vib.filter(v, vib.exists(w, w > v))'",
            when: "vib.all(v, v > 2.5 || top.exists(w, w == v))"
        )
        #expect(try ruling(text).rule == "sure")
    }

    @Test func `other types than bool are sub-expressions too`() throws {
        let text = try text("warm: temp - 20.0, kind: '\"a\" + device'", when: "warm > 59.0")
        #expect(findings(read(text).1).contains { $0.contains("`kind` is never used") })
        let both = try self.text(
            "warm: temp - 20.0, kind: '\"a\" + device'",
            when: "warm > 59.0 && kind == \"ad\""
        )
        #expect(try ruling(both).rule == "sure")
    }

    @Test func `names that mean something already are refused`() throws {
        expect(
            try found("label: temp > 1.0, line: temp > 1.0, temp: temp > 1.0, 'a-b': temp > 1.0"),
            [
                "15:8+5 error: `label` is a word of conditions and cannot name an expression; "
                    + "choose another name, such as `my_label`",
                "15:27+4 error: `line` already names a level of the topic; choose another name",
                "15:45+4 error: `temp` already names a field; choose another name",
                "15:63+5 error: `a-b` cannot be the name of an expression; use letters, digits "
                    + "and `_`, so that conditions can say it",
            ]
        )
    }

    @Test func `itself, a later one and a ring of them cannot be used`() throws {
        expect(
            try found("a: 'a > 1.0', b: c, c: temp > 1.0, d: 'e', e: 'f', f: 'd'"),
            [
                "15:12 error: `a` is defined by itself",
                "15:25 error: `c` is defined only after `b`; put `c` first",
                "15:47 error: `d` and `e` are defined by each other",
                "15:55 error: `e` and `f` are defined by each other",
            ]
        )
    }

    @Test func `a slip inside one has its own place`() throws {
        expect(
            try found("hot: temq > 1.0", when: "hot"),
            ["15:13+4 error: unknown variable `temq`; did you mean `temp`?"]
        )
    }

    @Test func `one that nothing uses is a warning, also where only such a one uses it`() throws {
        let hint = "leave it out, or use it in a rule, an action or a stage"
        expect(
            try found("a: temp > 1.0, b: a"),
            [
                "15:8 warning: `a` is never used; \(hint)",
                "15:23 warning: `b` is never used; \(hint)",
            ]
        )
        #expect(try found("a: temp > 1.0, b: a", when: "b").isEmpty)
    }
}
