// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Testing
import Vocabulary

@Suite struct `A policy over several topics` {
    private func read(match: String, from: String) -> (PolicySet?, [String]) {
        let text = """
            policy: pump
            match: \(match)
            reading:
              device: "{line}"
              time: ts
              fields:
                temp: { path: value, type: number, from: \(from) }
            otherwise: { route: act, provisional: false }
            actions:
              - { name: note, publish: { topic: "notes/{line}" } }
            """
        let nothing = Surroundings(models: [:], endpoints: [], inputs: [])
        let (set, diagnostics) = DecideTests.read(text, in: nothing)
        return (set, diagnostics.map(\.message))
    }

    @Test func `reads topics that name the same levels in any order`() throws {
        let (set, messages) = read(
            match: #"{ topics: ["plant/+line/+site/vibration", "air/+site/+line"] }"#,
            from: "air/+/+"
        )
        #expect(messages == [])
        let match = try #require(set?.policies.first?.match)
        #expect(match.names == ["line", "site"])
        #expect(match.captures(in: "plant/4/south/vibration") == ["4", "south"])
        #expect(match.captures(in: "air/south/4") == ["4", "south"])
        #expect(match.captures(in: "water/south/4") == nil)
        let spec = try #require(set?.policies.first?.reading)
        #expect(spec.carried(by: "air/south/4") == [true])
        #expect(spec.carried(by: "plant/4/south/vibration") == [false])
    }

    @Test(
        arguments: [
            (
                "{ topics: [a/+line, b/+machine] }", "a/+",
                "the topics of a policy name the same levels; the first names line"
            ),
            (
                "{ topics: [a/+line], topic: a/+line }", "a/+",
                "`topic` and `topics`: give one of them"
            ),
            ("{ topics: [a/+line] }", "b/+", "none of the policy's topics matches `b/+`"),
        ]
    )
    func `says what is wrong`(_ match: String, _ from: String, _ message: String) {
        let (_, messages) = read(match: match, from: from)
        #expect(messages.contains(message), "\(messages)")
    }
}
