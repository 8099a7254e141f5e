// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Glibc
import Testing
import Vocabulary

@Suite struct `Tests of a policy` {
    /// Runs cases beside the sound policy, in a folder of their own.
    private func report(_ cases: String?) throws -> PolicyTests.Report {
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
        return PolicyTests.run(policy: policy)
    }

    private func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
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
            outcome.differences == [
                "rule: expected sure, found ask", "route: expected act, found escalate",
                "publishes: expected [\"alerts/4/17\"], found []",
            ]
        )
        #expect(outcome.observed.contains("confidence = 0.5"))
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
