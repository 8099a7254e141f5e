// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Gateway
import Testing
import Vocabulary

@Suite struct `A rehearsal` {
    private func rehearsal(_ files: [String: String] = Presses.files) throws -> Rehearsal {
        let folder = try SiteFolder(files)
        let findings = folder.check()
        let found = folder.shown(findings.diagnostics)
        return try Rehearsal(site: try #require(findings.site, "\(found)"), policy: "press")
    }

    private func one(
        _ want: String,
        _ facts: RehearsalFacts = RehearsalFacts(),
        _ files: [String: String] = Presses.files
    ) throws -> RehearsedReading {
        let payload = Array(Presses.payload(7, want: want).utf8)
        let readings = try rehearsal(files)
            .readings(topic: "plant/4/press", payload: payload, facts: facts)
        #expect(readings.count == 1)
        return try #require(readings.first)
    }

    private func verdict(_ label: String) -> Verdict {
        Verdict(
            label: label,
            confidence: 0.9,
            endpoint: "central",
            model: ModelReference(name: "press-large", version: "1"),
            latency: .milliseconds(40)
        )
    }

    private func shown(_ reading: RehearsedReading) -> [String] {
        reading.words.map { word in
            let actions = word.actions.map { $0.topic ?? "\($0.target)" }
            return "\(word.revision) \(word.standing) \(word.label ?? "-") \(actions)"
        }
    }

    @Test func `decodes, asks the model and decides`() throws {
        let reading = try one("act")
        #expect(reading.ruling.ruleName == "otherwise")
        #expect(reading.device == "4")
        #expect(reading.sequence == 7)
        #expect(reading.time == WallTime(nanoseconds: 1_700_000_000_000_000_000))
        #expect(reading.fields.first?.value == .number(3.5))
        #expect(reading.finding?.model.description == "pulse/1")
        #expect(reading.label == "fine")
        #expect(shown(reading) == ["0 final fine [\"notes/4\"]"])
        #expect(reading.sends.tensors.isEmpty && reading.sends.fields.isEmpty)
        let body = String(decoding: reading.actions[0].body, as: UTF8.self)
        #expect(body.contains(#""label":"fine""#))
    }

    @Test func `gives the same twice`() throws {
        let rehearsal = try rehearsal()
        let payload = Array(Presses.payload(7).utf8)
        let twice = try (0..<2).map { _ in
            try rehearsal.readings(topic: "plant/4/press", payload: payload)
        }
        #expect(twice[0][0].actions.map(\.body) == twice[1][0].actions.map(\.body))
    }

    @Test func `takes the finding it is given instead of the model's`() throws {
        let finding = Finding(
            model: ModelReference(name: "other", version: "9"),
            outcome: .classification(.init(label: "fault", score: 1, confidence: nil)),
            latency: .zero
        )
        let reading = try one("act", RehearsalFacts(finding: finding))
        #expect(shown(reading) == ["0 final fault [\"notes/4\", \"alerts/4\"]"])
    }

    @Test(arguments: [
        ("ask", RehearsalFacts.Answer.pending, [String]()),
        ("ask", .never, ["0 provisional fine [\"notes/4\"]"]),
        ("wait", .never, ["0 provisional fine []"]),
        ("forget", .never, ["0 final fine []"]),
        ("later", .pending, ["0 provisional fine []"]),
        ("never", .pending, ["0 final fine []"]),
        ("soon", .pending, ["0 provisional fine [\"notes/4\"]"]),
    ])
    func `says what is said without the cloud`(
        want: String,
        answer: RehearsalFacts.Answer,
        words: [String]
    ) throws {
        #expect(shown(try one(want, RehearsalFacts(answer: answer))) == words)
    }

    @Test func `acts on an answer in time`() throws {
        let reading = try one("ask", RehearsalFacts(answer: .inTime(verdict("fault"))))
        #expect(shown(reading) == ["0 final fault [\"notes/4\", \"alerts/4\"]"])
        #expect(reading.label == "fault")
        #expect(reading.sends.tensors == ["x"])
        #expect(reading.sends.fields == ["force"])
    }

    @Test(arguments: [
        ("ask", "fault", ["0 provisional fine [\"notes/4\"]", "1 corrected fault [\"alerts/4\"]"]),
        ("ask", "fine", ["0 provisional fine [\"notes/4\"]", "1 confirmed fine []"]),
        (
            "soon", "fault",
            ["0 provisional fine [\"notes/4\"]", "1 corrected fault [\"alerts/4\"]"]
        ),
        ("later", "fault", ["0 provisional fine []", "1 corrected fault [\"alerts/4\"]"]),
        ("forget", "fault", ["0 final fine []"]),
        ("act", "fault", ["0 final fine [\"notes/4\"]"]),
    ])
    func `confirms or corrects with a late answer, doing only what a late word may do`(
        want: String,
        label: String,
        words: [String]
    ) throws {
        #expect(shown(try one(want, RehearsalFacts(answer: .late(verdict(label))))) == words)
    }

    @Test func `does nothing more with a reading the cloud cannot be asked about`() throws {
        let files = try Presses.changing(
            "force: { path: force, type: number }",
            to: "force: { path: force, type: number, required: false }"
        )
        let rehearsal = try rehearsal(files)
        let payload = Array(#"{"n":1,"ts":1700000000000,"want":"ask"}"#.utf8)
        let asked = try rehearsal.readings(topic: "plant/4/press", payload: payload)
        let reading = try #require(asked.first)
        #expect(reading.sends.fault != nil)
        #expect(shown(reading) == ["0 final - [\"notes/4\"]"])
        let later = Array(#"{"n":1,"ts":1700000000000,"want":"later"}"#.utf8)
        let kept = try rehearsal.readings(topic: "plant/4/press", payload: later)
        #expect(kept.first?.words.isEmpty == true)
    }

    @Test func `says why a message is no reading`() throws {
        let rehearsal = try rehearsal()
        let wrong = #expect(throws: Rehearsal.Failure.self) {
            try rehearsal.readings(topic: "plant/4/lathe", payload: [])
        }
        #expect(
            wrong?.message == "the topic `plant/4/lathe` does not match `plant/+line/press`"
        )
        let broken = #expect(throws: Rehearsal.Failure.self) {
            try rehearsal.readings(topic: "plant/4/press", payload: Array("{".utf8))
        }
        #expect(broken?.message.hasPrefix("the payload does not decode (") == true)
    }

    @Test func `knows the site's policies only`() throws {
        let site = try #require(try SiteFolder(Presses.files).check().site)
        let failure = #expect(throws: Rehearsal.Failure.self) {
            try Rehearsal(site: site, policy: "lathe")
        }
        #expect(failure?.message == "there is no policy `lathe`; there is `press`")
    }

    @Test func `decides recorded readings again, all at once`() throws {
        let rehearsal = try rehearsal()
        func recorded(_ want: String, topic: String = "plant/4/press") -> RecordedReading {
            RecordedReading(
                topic: topic,
                device: "4",
                fields: [("want", .text(want)), ("force", .number(2)), ("gone", .flag(true))]
            )
        }
        var given = recorded("act")
        given.facts.finding = Finding(
            model: ModelReference(name: "pulse", version: "1"),
            outcome: .classification(.init(label: "fault", score: 1, confidence: nil)),
            latency: .zero
        )
        let rulings = rehearsal.rulings([
            recorded("act"), recorded("ask", topic: "elsewhere"), recorded("ask"), given,
        ])
        let shown = rulings.map { ruling in
            ruling.map {
                "\($0.ruling.ruleName) \($0.finding?.classification?.label ?? "-") \($0.actions)"
            } ?? "none"
        }
        #expect(
            shown == ["otherwise fine [0]", "none", "ask fine []", "otherwise fault [0, 1]"]
        )
    }

    @Test func `rehearses one recorded reading in full`() throws {
        let recorded = RecordedReading(
            topic: "plant/4/press",
            device: "4",
            fields: [("want", .text("soon")), ("force", .samples([1, 2]))]
        )
        let reading = try rehearsal().reading(recorded)
        #expect(reading.ruling.ruleName == "soon")
        #expect(reading.fields[0].value == .samples([1, 2]))
        #expect(reading.observed.contains { $0.variable == "want" && $0.value == "\"soon\"" })
    }
}
