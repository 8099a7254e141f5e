// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Testing
import Vocabulary

@Suite struct `Rules that cannot be reached` {
    /// What is found in a policy whose rules have these conditions, in this order.
    private func found(_ conditions: String...) throws -> [String] {
        let rules = conditions.enumerated().map { index, condition in
            "  - { name: r\(index), when: '\(condition)', route: drop }"
        }
        let text = """
            policy: p
            match: { topic: plant/+line/machines/+machine/vibration }
            reading:
              device: "{line}"
              time: ts
              sequence: n
              fields: { temp: { path: t, type: number }, on: { path: o, type: flag }, other: x }
            model: wear
            escalate: [central]
            deadline: 250ms
            threshold: { value: 0.9, bound: 2%, certainty: 95% }
            costs: { alarm: [fault], miss: 100, false_alarm: 1, escalation: 0.02 }
            let: { hot: temp > 70.0 }
            rules:
            \(rules.joined(separator: "\n"))
              - { name: ask, when: 'hot && cloud.up', route: escalate, fallback: defer }
            otherwise: { route: act }
            actions: [{ log: true }]
            privacy: { send: [temp] }
            """
        return findings(read(text).1)
    }

    @Test func `after one that always holds`() throws {
        expect(
            try found("true", "temp > 1.0"),
            [
                "16:23+12 warning: `r1` can never be reached: `r0` always holds; put it before `r0`",
                "17:24+17 warning: `ask` can never be reached: `r0` always holds; put it before `r0`",
            ]
        )
    }

    @Test(arguments: [
        ("temp > 10.0", "temp > 20.0"),
        ("temp >= 10.0", "temp > 10.0"),
        ("temp >= 10.0", "temp == 10.0"),
        ("temp != 5.0", "temp < 5.0"),
        ("confidence >= threshold", "confidence > threshold"),
        ("threshold <= confidence", "confidence >= threshold && cloud.up"),
        ("cloud.up", "cloud.up && cloud.p95 < deadline.left"),
        ("cloud.up || on", "on"),
        (#"label in ["a", "b"]"#, #"label == "b""#),
        (#"label in ["a", "b", "c"]"#, #"label in ["c", "a"]"#),
        (#"label != "worn""#, #"label == "fault""#),
        ("temp > 70.0", "hot && on"),
        ("hot", "temp > 71.0"),
        ("temp * 1.8 > 3.0", "(temp*1.8) > 4.0"),
        ("!(cloud.up && on)", "!on"),
        ("on", "!!on && temp > 1.0"),
        ("other.kind.startsWith(\"a\")", "temp > 1.0 && other.kind.startsWith(\"a\")"),
        ("temp > 1.0 || temp < -1.0", "temp > 2.0 || temp < -2.0"),
        ("cloud.p95 < duration(\"2s\")", "cloud.p95 < duration(\"1s\")"),
        ("queue.depth > 5", "queue.depth > 6"),
        ("cloud.breaker != \"open\"", "cloud.breaker == \"closed\""),
    ])
    func `after one that holds whenever it does`(first: String, second: String) throws {
        let found = try found(first, second).filter { $0.contains("`r1`") }
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.contains("`r1` can never be reached: `r0` holds whenever") == true)
    }

    @Test(arguments: [
        ("temp > 20.0", "temp > 10.0"),
        ("temp > 10.0", "temp >= 10.0"),
        ("cloud.up && on", "cloud.up"),
        ("temp != 5.0", "temp <= 5.0"),
        // What has no value is in the one case an error and in the other not.
        ("confidence >= 0.0", "temp > 1.0"),
        ("temp > 1.0", "!(temp <= 1.0)"),
        ("temp > 1.0 || temp <= 1.0", "on"),
        (#"label == "a""#, #"label != "b""#),
        ("confidence >= threshold", "confidence >= threshold.low"),
        ("temp > 10.0", "other.temp > 20.0"),
        ("temp > 10.0 && on", "temp > 20.0"),
        ("other == false", "other != true"),
        ("queue.depth > 6", "queue.depth > 5"),
        ("has(other.a)", "has(other.b)"),
        ("cloud.up || on", "hot"),
    ])
    func `and one that may be reached is left alone`(first: String, second: String) throws {
        let found = try found(first, second).filter { $0.contains("`r1` can never") }
        #expect(found.isEmpty, "\(found)")
    }

    @Test func `where the rules before it leave nothing together`() throws {
        expect(
            try found("cloud.up", "!cloud.up", "on").filter { $0.contains("`r2` can") },
            [
                "17:23+4 warning: `r2` can never be reached: the rules before it leave nothing for "
                    + "it"
            ]
        )
        #expect(try found("on", "!on", "temp > 1.0").allSatisfy { !$0.contains("`r2` can") })
    }

    @Test func `the same condition twice`() throws {
        expect(
            try found("on && cloud.up", "cloud.up && on"),
            [
                "16:23+16 warning: `r1` can never be reached: `r0` holds whenever it does; take one "
                    + "of them out"
            ]
        )
    }
}

@Suite struct `Conditions that can never be true` {
    private func found(_ condition: String) throws -> [String] {
        let text = try changed("confidence >= threshold", to: "'\(condition)'")
        return findings(read(text).1)
    }

    @Test(arguments: [
        ("confidence > 1.0", "confidence", "lies between 0 and 1"),
        ("confidence < 0.0", "confidence", "lies between 0 and 1"),
        ("1.5 <= score", "score", "lies between 0 and 1"),
        ("cloud.p95 < duration(\"0s\")", "cloud.p95", "is never negative"),
        ("deadline.left <= duration(\"-1s\")", "deadline.left", "is never negative"),
        ("stage < 1", "stage", "begins at 1"),
        ("cloud.breaker == \"ajar\"", "cloud.breaker", "is `closed`, `open` or `half_open`"),
        ("queue.fill > 1.2", "queue.fill", "lies between 0 and 1"),
    ])
    func `by the range of a variable`(condition: String, name: String, what: String) throws {
        expect(
            try found(condition),
            [
                "17:12+\(condition.count) warning: `\(condition)` is never true: `\(name)` \(what)"
            ]
        )
        #expect(try !found("!(\(condition))").contains { $0.hasPrefix("17:") })
    }

    @Test func `also where it is only a part`() throws {
        expect(
            try found("cloud.up && (margin > 2.0 || temp > 1.0)"),
            [
                "17:25+12 warning: `margin > 2.0` is never true: `margin` lies between 0 and 1"
            ]
        )
    }

    @Test(arguments: [
        "temp > 2.0 && temp < 1.0", "cloud.up && !cloud.up",
        #"label == "worn" && label == "fault""#,
        "temp == 1.0 && temp != 1.0", #"label in ["worn"] && label != "worn""#,
        "temp > 2.0 && (temp < 1.0 || temp == 2.0)",
    ])
    func `by parts that contradict each other`(condition: String) throws {
        expect(
            try found(condition),
            [
                "17:11+\(condition.count + 2) warning: the condition can never be true: its parts "
                    + "contradict each other"
            ]
        )
    }

    @Test func `because it is false`() throws {
        expect(
            try found("1 > 2"),
            ["17:11+7 warning: the condition is always false"]
        )
    }
}

@Suite struct `What a policy cannot mean` {
    @Test func `a fallback that acts where nothing can be done`() throws {
        let text = try changed(
            "when: cloud.up && cloud.p95 < deadline.left",
            to: "when: label == \"worn\""
        )
        expect(
            findings(read(text).1),
            [
                "22:15+17 warning: the fallback acts, and no action can be done for the rule's "
                    + "readings; `fallback: defer` says what happens"
            ]
        )
    }

    @Test func `a model that takes longer than the deadline`() throws {
        var slow = plant
        slow.models["wear"]?.budget = .milliseconds(300)
        expect(
            findings(read(soundPolicy, in: slow).1),
            [
                "14:11+5 warning: the model `wear` may take 300ms, longer than the deadline; give "
                    + "readings more time, or the model a smaller `budget`; or say in a rule what "
                    + "becomes of readings whose finding would be late: `when: model.skipped`"
            ]
        )
    }

    @Test func `a hold that holds nothing`() throws {
        expect(
            try findings(changing: "{ of: 5, at_least: 3, quiet: 60s }", to: "{ of: 1 }"),
            [
                "28:5+4 warning: `hold` holds nothing back: one of the last one reading, and no "
                    + "`quiet`; say `of` and `at_least`, or how long it is `quiet`"
            ]
        )
    }

    @Test func `two retained messages on one topic`() throws {
        let rival = """
            publish: { topic: a, retain: true }
              - { name: second, publish: { topic: a, retain: true } }
            """
        let text = try changed(
            "publish: { topic: \"alerts/{line}/{machine}\", qos: 1 }",
            to: rival.replacing("\n", with: "\n")
        ).replacing(once: "    hold: { of: 5, at_least: 3, quiet: 60s }\n", with: "")
        expect(
            findings(read(text).1),
            [
                "28:39 warning: another action keeps its message on `a` too: the later one wins; "
                    + "give each retained message a topic of its own"
            ]
        )
    }

    @Test func `a condition that costs more than it may`() throws {
        let digits = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"
        func nested(_ depth: Int) -> String {
            depth == 0 ? "1" : "\(digits).map(x\(depth), \(nested(depth - 1)))"
        }
        let found = try findings(
            changing: "confidence >= threshold",
            to: "'size(\(nested(6))) > 3'"
        )
        #expect(found.count == 1)
        #expect(found.first?.contains("error: the condition costs at least ") == true, "\(found)")
        #expect(
            found.first?.hasSuffix("ended after 1000000; make its lists or macros smaller") == true
        )
        let near =
            "\(digits).exists(x, \(digits).exists(y, \(digits).exists(z, \(digits).exists(w, "
            + "\(digits).exists(v, x + y + z + w + v == int(temp))))))"
        let warned = try findings(changing: "confidence >= threshold", to: "'\(near)'")
        #expect(warned.count == 1)
        #expect(warned.first?.contains("warning: the condition costs up to ") == true, "\(warned)")
    }
}

@Suite struct `What may leave the site` {
    private func found(_ body: String, send: String = "[vib, temp]") throws -> [String] {
        let text = try changed(
            "publish: { topic: \"alerts/{line}/{machine}\", qos: 1 }",
            to: "webhook: { url: \"https://x.example\" }\n    payload: '\(body)'"
        ).replacing(once: "send: [vib, temp]", with: "send: \(send)")
        return findings(read(text).1)
    }

    @Test func `captures and the device only where they are named`() throws {
        expect(
            try found("{{line}} {{device}}"),
            [
                "28:15+8 error: `line` may not leave the site; add it to `privacy.send`, or leave "
                    + "it out here",
                "28:24+10 error: `device` may not leave the site; add it to `privacy.send`, or "
                    + "leave it out here",
            ]
        )
        #expect(try found("{{line}} {{device}}", send: "[vib, temp, line, device]").isEmpty)
    }

    @Test func `the topic with all that it captures`() throws {
        expect(
            try found("{{topic}}", send: "[vib, temp, line]"),
            [
                "28:15+9 error: `topic` may not leave the site; add `machine` to `privacy.send`, "
                    + "or leave it out here"
            ]
        )
        #expect(try found("{{topic}}", send: "[vib, line, machine]").isEmpty)
    }

    @Test func `named expressions only where their parts may`() throws {
        let text = try changed(
            "deadline: 250ms",
            to: "deadline: 250ms\nlet: { a: temp, b: serial }"
        )
        .replacing(once: "confidence >= threshold", with: "a > 1.0 && b == \"\"")
        let policy = try #require(read(text).0?.policies.first)
        #expect(!policy.privacy.withheld.contains("a"))
        #expect(policy.privacy.withheld.isSuperset(of: ["b", "serial", "device", "topic", "line"]))
    }
}
