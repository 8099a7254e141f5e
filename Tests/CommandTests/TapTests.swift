// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Decode
import Testing

@testable import sluice

@Suite struct `A filter of tap` {
    private let line = #"""
        {"logged":"2026-11-21T14:45:01.123Z","decision_id":"7f3a91c2aabbccdd","revision":0,
        "policy":"bearing-wear","policy_version":"0123","device":"a/m01","sequence":7,
        "time":"2026-11-21T14:45:01Z","rule":"sure","route":"escalate","standing":"provisional",
        "label":"fault","confidence":0.55,"model":"bearing-wear/3","latency_ms":4.125,
        "answer":{"label":"worn","confidence":0.9},"actions":[{"name":"a","target":"alerts/a"}],
        "observed":{"temp":"81.5"}}
        """#

    private func admits(_ filter: String, _ line: String? = nil) throws -> Bool {
        try TapFilter(filter).admits(JSONValue(bytes: Array((line ?? self.line).utf8)))
    }

    @Test(arguments: [
        (#"route == "escalate" && confidence < 0.6"#, true),
        (#"route == "act""#, false),
        (#"policy.startsWith("bearing") && sequence == 7 && revision == 0"#, true),
        (#"time > timestamp("2026-11-21T00:00:00Z")"#, true),
        (#"answer.label == "worn" && double(observed.temp) > 80.0"#, true),
        (#"decision.actions.exists(a, a.target == "alerts/a")"#, true),
        // What a line has not does not hold, and neither does its opposite.
        (#"score > 0.5"#, false), (#"!(score > 0.5)"#, false), (#"has(finding.label)"#, false),
        (#"device.matches("(a+)+b")"#, false),
    ])
    func `holds or not`(filter: String, holds: Bool) throws {
        #expect(try admits(filter) == holds)
    }

    @Test func `is refused where it is no condition`() {
        for source in ["confidnce < 0.6", "confidence", "confidence <", ""] {
            #expect(throws: TapFilter.Refusal.self) { try TapFilter(source) }
        }
    }

    @Test func `admits no line that is no decision`() throws {
        #expect(try !admits("true", "[1]"))
        #expect(try admits("true", "{}"))
        #expect(try !admits("sequence > 1", #"{"sequence":"many"}"#))
    }

    @Test func `shows a decision in one line`() throws {
        let text = TapText(ink: Ink(isColoured: false))
        #expect(
            text.line(try JSONValue(bytes: Array(line.utf8)))
                == "14:45:01.123 escalate bearing-wear     a/m01          fault 0.55 by `sure` "
                + "provisional cloud says worn -> alerts/a 4.13 ms 7f3a91c2aabb"
        )
        #expect(text.line(.object([:])) == nil && text.line(.null) == nil)
        let evil = #"{"route":"act","policy":"p","device":"\u001b[2J\n\u202e"}"#
        let shown = try #require(text.line(try JSONValue(bytes: Array(evil.utf8))))
        #expect(shown.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E })
    }
}
