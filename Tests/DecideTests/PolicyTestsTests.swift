// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Settings
import Testing
import Vocabulary

@testable import Decide

@Suite struct `Tests of a policy` {
    /// Runs cases beside the sound policy, in a folder of their own.
    private func report(
        _ cases: String?,
        on bench: (any PolicyTestBench)? = nil,
        filter: String? = nil
    ) throws -> PolicyTests.Report {
        var template = Array("/tmp/sluice-policies-XXXXXX".utf8CString)
        let made = try #require(mkdtemp(&template))
        let folder = String(cString: made)
        let home = folder + "/bearing-wear"
        mkdir(home, 0o700)
        defer {
            unlink(home + "/policy.yaml")
            unlink(home + "/tests.yaml")
            rmdir(home)
            rmdir(folder)
        }
        try write(soundPolicy, to: home + "/policy.yaml")
        if let cases { try write(cases, to: home + "/tests.yaml") }
        let (set, diagnostics) = PolicySet.load(folder: folder + "/", surroundings: plant)
        let policy = try #require(set?.policies.first, "\(diagnostics)")
        return PolicyTests.run(policy: policy, on: bench, filter: filter)
    }

    private func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }

    @Test func `findings of objects, and skipped ones, are given`() throws {
        let report = try report(
            """
            topic: plant/4/machines/17/vibration
            cases:
              - name: skipped
                given: { finding: { skipped: true }, cloud: { up: true } }
                expect: { route: escalate, rule: ask }
              - name: objects
                given: { finding: { detections: [{ label: bolt, score: 0.9, box: [0, 0, 1, 1] }] } }
                expect: { route: act, rule: otherwise }
              - name: no object
                given: { finding: { detections: [{ score: 2 }] } }
                expect: { route: act }
            """
        )
        #expect(report.outcomes.prefix(2).allSatisfy { $0.differences.isEmpty && $0.fault == nil })
        let problems = report.diagnostics.filter { $0.severity == .error }.map(\.message)
        #expect(problems.count == 2)
        #expect(problems.contains { $0.contains("`label`") })
    }

    @Test func `cases that hold pass, and rules no case reached are named`() throws {
        let report = try report(
            """
            topic: plant/4/machines/17/vibration
            cases:
              - name: sure
                given: { finding: { label: fault, confidence: 0.97 }, fields: { vib: [1, 2] } }
                expect: { route: act, rule: sure, publishes: ["alerts/4/17"] }
              - name: cut off
                given: { finding: { label: worn, confidence: 0.5 } }
                expect: { route: act, provisional: true, spooled: high, actions: [] }
            """
        )
        #expect(report.diagnostics.isEmpty)
        #expect(report.outcomes.map(\.differences) == [[], []])
        #expect(report.hasPassed)
        #expect(report.unreachedRules == ["ask"])
    }

    @Test func `a case that fails says what differs and what was seen`() throws {
        let report = try report(
            """
            topic: plant/4/machines/17/vibration
            cases:
              - name: wrong
                given: { finding: { label: fault, confidence: 0.5 }, cloud: { up: true } }
                expect: { route: act, rule: sure, publishes: ["alerts/4/17"] }
            """
        )
        #expect(!report.hasPassed)
        let outcome = try #require(report.outcomes.first)
        #expect(
            outcome.failure == "route: expected act, found escalate; "
                + "rule: expected sure, found ask; "
                + "publishes: expected alerts/4/17, found nothing"
        )
        #expect(outcome.line == 3 && outcome.column == 5)
        #expect(outcome.observed.contains { $0.variable == "confidence" && $0.value == "0.5" })
        #expect(outcome.rules.map(\.name) == ["sure", "ask"])
        #expect(outcome.rules.map(\.held) == [.no, .yes])
        #expect(outcome.rules[0].when == "confidence >= threshold")
    }

    @Test func `mistakes in the file have a place, and no case runs`() throws {
        let report = try report(
            """
            topic: plant/4/x
            cases:
              - name: wrong
                given: { findng: { label: fault }, fields: { tmp: 3 } }
                expect: { rule: shure }
            """
        )
        #expect(report.outcomes.isEmpty)
        #expect(!report.hasPassed)
        expect(
            findings(report.diagnostics),
            [
                "1:8+9 error: the topic `plant/4/x` does not match "
                    + "`plant/+line/machines/+machine/vibration`",
                "4:14+6 error: unknown key `findng` in `given`; did you mean `finding`?",
                "4:50+3 error: unknown field `tmp`; did you mean `temp`?",
                "5:21+5 error: `rule` wants `sure`, `ask` or `otherwise`; found `shure`; "
                    + "did you mean `sure`?",
            ]
        )
    }

    @Test func `no tests at all is a warning`() throws {
        let report = try report(nil)
        #expect(report.diagnostics.map(\.message) == ["the policy has no tests"])
        #expect(report.hasPassed)
        #expect(report.unreachedRules == ["sure", "ask", "otherwise"])
    }

    /// What one case of the sound policy finds different; its skip, where it was skipped.
    private func failure(
        given: String,
        expect: String,
        on bench: (any PolicyTestBench)? = nil
    ) throws -> String? {
        let report = try report(
            """
            topic: plant/4/machines/17/vibration
            cases:
              - name: one
                given: \(given)
                expect: \(expect)
            """,
            on: bench
        )
        #expect(findings(report.diagnostics) == [])
        let outcome = try #require(report.outcomes.first)
        return outcome.failure ?? outcome.skipped
    }

    private let asked = "{ finding: { label: worn, confidence: 0.5 }, cloud: { up: true } }"

    @Test(arguments: [
        ("{ label: worn, stage: 1, sends: [vib, temp], keeps_private: [serial, other] }", nil),
        ("{ label: fault }", "label: expected fault, found worn"),
        ("{ sends: [vib] }", "sends: expected vib, found vib, temp"),
        ("{ sends: [] }", "sends: expected nothing, found vib, temp"),
        ("{ keeps_private: [temp] }", "keeps_private: expected temp, found temp leaves"),
        ("{ fallback: drop }", "fallback: expected drop, found act_provisionally"),
        ("{ spooled: high }", "spooled: expected high, found normal"),
        ("{ provisional: true }", "provisional: expected true, found false"),
        ("{ actions: [bell] }", "actions: expected bell, found nothing"),
        ("{ readings: 2 }", "readings: expected 2, found 1"),
    ])
    func `compares what is expected, and nothing else`(expect: String, found: String?) throws {
        #expect(try failure(given: asked, expect: expect) == found)
    }

    @Test func `what is kept here sends nothing`() throws {
        let sure = "{ finding: { label: fault, confidence: 0.97 } }"
        #expect(try failure(given: sure, expect: "{ sends: [], keeps_private: [vib] }") == nil)
    }

    @Test func `the verdict's label is the last word`() throws {
        let given =
            "{ finding: { label: worn, confidence: 0.5 }, cloud: { up: true }, "
            + "verdict: { label: fault } }"
        #expect(try failure(given: given, expect: "{ label: fault, actions: [bell] }") == nil)
    }

    @Test func `without a bench a payload is skipped, with one it is run`() throws {
        let given = "{ payload: { vib: [1, 2.5], serial: \"7\" } }"
        let skipped = try failure(given: given, expect: "{ rule: sure }")
        #expect(skipped == "its payload wants the gateway's decoder and models")
        let bench = FakeBench()
        #expect(try failure(given: given, expect: "{ rule: ask, readings: 1 }", on: bench) == nil)
        #expect(bench.heard == [#"{"vib":[1,2.5],"serial":"7"}"#])
        let fault = try failure(given: "{ payload: broken }", expect: "{ rule: ask }", on: bench)
        #expect(fault == "no payload of mine")
        let none = try failure(given: "{ payload: none }", expect: "{ rule: ask }", on: bench)
        #expect(none == "the payload holds no reading, or none that completes the model's window")
        #expect(
            try failure(given: "{ payload: none }", expect: "{ readings: 0 }", on: bench) == nil
        )
    }

    @Test func `a tensor stands for the fields it is made of`() throws {
        let bench = FakeBench()
        #expect(try failure(given: asked, expect: "{ sends: [X] }", on: bench) == nil)
        #expect(try failure(given: asked, expect: "{ sends: [vib] }", on: bench) == nil)
        let lost = try failure(given: asked, expect: "{ keeps_private: [X] }", on: bench)
        #expect(lost == "keeps_private: expected X, found X leaves")
    }

    @Test func `only the cases asked for are run`() throws {
        let cases = """
            topic: plant/4/machines/17/vibration
            cases:
              - { name: first, given: { finding: { failed: true } }, expect: { rule: sure } }
              - { name: second, given: { finding: { failed: true } }, expect: { rule: otherwise } }
            """
        #expect(try report(cases, filter: "sec").outcomes.map(\.name) == ["second"])
        #expect(try report(cases, filter: "third").outcomes.isEmpty)
    }

    @Test func `mistakes about payloads have a place`() throws {
        let report = try report(
            """
            topic: plant/4/machines/17/vibration
            cases:
              - name: both
                given: { payload: "{}", fields: { temp: 1 } }
                expect: { rule: sure, alarm: 0.5 }
              - name: gone
                given: { payload_file: gone.json }
                expect: {}
              - name: near
                given: { finding: { label: worn, alarm: 0.2 } }
                expect: { keeps_private: [seriel] }
            """
        )
        let found = findings(report.diagnostics).map { text in
            text.split(separator: " ").filter { !$0.contains("/") }.joined(separator: " ")
        }
        #expect(
            found == [
                "4:29+6 error: `fields` comes from the payload; leave it out, or the payload",
                "5:27+5 error: the policy has no `costs`, and so no `alarm`",
                "7:28+9 error: there is no such file",
                "8:5+6 warning: the case expects nothing",
                "10:38+5 error: the policy has no `costs`, and so no `alarm`",
                "11:31+6 warning: nothing is called `seriel`; did you mean `serial`?",
            ]
        )
    }

    @Test func `a rule without a case is warned of at its own place`() throws {
        let report = try report(
            """
            topic: plant/4/machines/17/vibration
            cases:
              - { name: a, given: { finding: { failed: true } }, expect: { rule: otherwise } }
            """
        )
        let warned = findings(report.unreached).map { $0.prefix { $0 != ";" } }
        #expect(
            warned == [
                "16:11 warning: no case reaches the rule `sure`",
                "19:11 warning: no case reaches the rule `ask`",
            ]
        )
    }

    @Test func `any change to a policy's text gives a policy or an error`() {
        var seed: UInt64 = 7
        func random(_ bound: Int) -> Int {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(seed >> 33) % bound
        }
        let text = Array(soundPolicy.utf8)
        let alphabet = Array(" \n:{}[]\"'|>+#/$&*!-a0.%\\".utf8)
        for _ in 0..<1_500 {
            var bytes = text
            for _ in 0...random(4) {
                let index = random(bytes.count)
                switch random(3) {
                case 0: bytes[index] = alphabet[random(alphabet.count)]
                case 1: bytes.insert(alphabet[random(alphabet.count)], at: index)
                default: bytes.removeSubrange(index..<min(bytes.count, index + 1 + random(12)))
                }
            }
            let (set, diagnostics) = PolicySet.read([("p/policy.yaml", bytes)], surroundings: plant)
            #expect(set != nil || diagnostics.contains { $0.severity == .error })
        }
    }
}

/// A bench that holds one rule for every message.
private final class FakeBench: PolicyTestBench {
    private(set) var heard: [String] = []

    var outboundTensors: [(name: String, fields: [String])] { [("X", ["vib"])] }

    func results(of message: CaseMessage) throws(CaseFault) -> [CaseResult] {
        let text = String(decoding: message.payload, as: UTF8.self)
        heard.append(text)
        if text == "broken" { throw CaseFault("no payload of mine") }
        if text == "none" { return [] }
        let rule = Rule(
            name: "ask",
            route: .escalate,
            fallback: .actProvisionally,
            isProvisional: false,
            priority: .normal,
            place: SettingsPlace(line: 1, column: 1),
            condition: nil
        )
        return [CaseResult(ruling: Ruling(rule, index: 1))]
    }
}
