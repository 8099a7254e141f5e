// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Survey

@Suite struct `A drafted site` {
    private func heard(_ play: (inout Ear) -> Void) -> SurveyReport {
        var ear = Ear()
        play(&ear)
        return ear.report
    }

    private func draft(_ report: SurveyReport, reserved: Set<String> = ["value"]) -> SiteDraft {
        SiteDraft(report, broker: .init(url: "mqtt://b:1883"), site: "s", reserved: reserved)
    }

    private func text(_ draft: SiteDraft, _ path: String) -> String {
        draft.files.first { $0.path == path }?.text ?? ""
    }

    @Test func `has a policy with tests for each pattern`() {
        let draft = draft(
            heard { ear in
                for step in 0..<6 {
                    let time = Int((ear.now) * 1_000)
                    ear.hear(
                        "plant/a/pumps/p\(step % 3)/state",
                        #"{"ts":\#(time),"n":\#(step),"value":1.5,"m":{"flow":2},"name":"x"}"#
                    )
                }
            }
        )
        #expect(
            draft.files.map(\.path) == [
                "sluice.yaml", "models/unusual/1/model.yaml", "Policies/pumps-state/policy.yaml",
                "Policies/pumps-state/tests.yaml",
            ]
        )
        #expect(draft.remarks.isEmpty)
        #expect(text(draft, "sluice.yaml").contains(#"- "plant/a/pumps/+/state""#))
        let policy = text(draft, "Policies/pumps-state/policy.yaml")
        #expect(policy.contains(#"match: { topic: "plant/a/pumps/+pump/state" }"#))
        #expect(policy.contains(#"  time: "ts"\#n  time_unit: ms\#n  sequence: "n""#))
        #expect(policy.contains(#"    value_value: { path: "value", type: number }"#))
        #expect(policy.contains(#"    flow: { path: "m.flow", type: number }"#))
        #expect(policy.contains(#"topic: "sluice/notices/pumps-state/{pump}""#))
        #expect(!policy.contains("name: {"))
        let tests = text(draft, "Policies/pumps-state/tests.yaml")
        #expect(tests.contains(#"publishes: ["sluice/notices/pumps-state/p0"]"#))
        #expect(tests.contains(#""m": { "flow": 2 }"#))
    }

    @Test func `never hears its own notices`() {
        let draft = draft(
            heard { ear in
                ear.hear("x/a/b/c1", #"{"v":1}"#)
                ear.hear("y/a/b/c1", #"{"w":1}"#)
                ear.hear("z1/a/b/c1", #"{"v":1,"u":2}"#)
            }
        )
        #expect(draft.files.count == 8)
        for file in draft.files where file.path.hasSuffix("policy.yaml") {
            #expect(file.text.contains("sluice/notices/"))
        }
        var policy = try? PolicyDraft(
            heard { $0.hear("x/y1", #"{"v":1}"#) }.patterns[0],
            site: "s",
            reserved: [],
            taken: []
        )
        let before = policy?.text
        policy?.keepNoticesOut(of: ["+/+/+"])
        #expect(policy?.text != before)
        #expect(policy?.text.contains("/unusual\"") == true)
    }

    @Test func `leaves out what it cannot draft, and says so`() {
        let draft = draft(
            heard { ear in
                ear.hear("a/text", "hello")
                ear.hear("a/{evil}\"\n: x", #"{"w":1}"#)
                ear.hear("a/array", #"[{"v":1}]"#)
                ear.hear("a/words", #"{"v":"x"}"#)
                ear.hear("sluice/site/status", #"{"v":1}"#)
            }
        )
        #expect(draft.files.isEmpty)
        #expect(draft.remarks.count == 4)
    }

    @Test func `has a policy for payloads that are plain numbers`() {
        let draft = draft(
            heard { ear in
                for step in 0..<6 {
                    ear.hear("home/room\(step % 3)/temperature", "\(20.5 + Double(step % 2))")
                }
            }
        )
        #expect(draft.remarks.isEmpty)
        let policy = text(draft, "Policies/home-temperature/policy.yaml")
        #expect(policy.contains(#"match: { topic: "home/+level2/temperature" }"#))
        #expect(policy.contains(#"  device: "{level2}""#))
        #expect(policy.contains(#"    temperature: { path: "", type: number }"#))
        #expect(policy.contains("# heard: 20.5 to 21.5"))
        let tests = text(draft, "Policies/home-temperature/tests.yaml")
        #expect(tests.contains(#"payload: "21.5""#))
    }

    @Test func `a plain number whose topic gives it no name is called a number`() {
        for topic in ["home/r1", "home/value", "home/3d", "home/a b"] {
            let draft = draft(heard { ear in for step in 0..<4 { ear.hear(topic, "\(step * 3)") } })
            let policy = draft.files.first { $0.path.hasSuffix("/policy.yaml") }?.text ?? ""
            let name = ["home/r1": "r1", "home/value": "value_value"][topic] ?? "number"
            #expect(policy.contains("    \(name): { path: \"\", type: number }"))
        }
    }

    @Test func `has no policy for plain payloads that measure nothing`() {
        let draft = draft(
            heard { ear in
                for step in 0..<20 {
                    ear.hear("a/uptime", "\(step)")
                    ear.hear("b/on/x", step % 2 == 0 ? "true" : "false")
                    ear.hear("c/name/x/y", #""text""#)
                    ear.hear("d/now/x/y/z", "\(Int(ear.now))")
                }
            }
        )
        #expect(draft.files.isEmpty)
        #expect(draft.remarks.count == 4)
        #expect(draft.remarks.allSatisfy { $0.contains("no numbers that measure something") })
    }

    @Test func `watches no number whose name has a dot`() {
        let draft = draft(
            heard { ear in ear.hear("a/b", #"{"v":1,"m.flow":2,"o":{"x.y":3}}"#) }
        )
        let policy = draft.files.first { $0.path.hasSuffix("/policy.yaml") }?.text ?? ""
        #expect(policy.contains(#"v: { path: "v", type: number }"#))
        #expect(!policy.contains("flow") && !policy.contains("x.y"))
    }

    @Test func `has no policy for what gateways have decided`() {
        let draft = draft(
            heard { ear in
                ear.hear("notes/1", #"{"type":"io.sluice.decision","revision":0}"#)
                ear.hear("mine/1", #"{"type":"mine","v":0}"#)
            }
        )
        #expect(draft.files.count { $0.path.hasSuffix("/policy.yaml") } == 1)
        #expect(draft.remarks.count == 1)
    }

    @Test func `subscribes to no topic twice`() {
        #expect(SiteDraft.disjoint(["a/b", "a/+", "a/c", "+/+", "a/+/c"]) == ["+/+", "a/+/c"])
        #expect(SiteDraft.disjoint(["a/b", "a/c"]) == ["a/b", "a/c"])
    }

    @Test func `quotes whatever it is given`() {
        #expect(SiteDraft.quoted("a\"\\\n\u{85}é") == #""a\"\\\u000a\u0085é""#)
    }
}
