// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Escalate
import FoundationEssentials
import Telemetry
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `The story of a decision` {
    private func stories(_ rig: Rig, _ prefix: String = "") throws -> [DecisionStory] {
        rig.log.flush()
        let path = rig.folder.path + "/decisions.jsonl"
        let found = try DecisionArchive(path: path).find(prefix)
        #expect(found.damaged == 0)
        let policies = rig.board.edition.policies.map(\.policy)
        return found.ids.compactMap { DecisionStory($0, found, policies: policies) }
    }

    @Test func `is told of an escalation from the log alone`() async throws {
        let rig = try Rig()
        let air = try rig.asks()
        try air.batch.settle()
        await air.answered(.failure(EscalationFailure(.deadline, "too slow")))
        await air.late(.success(verdict("fault")))
        let all = try stories(rig)
        let story = try #require(all.first)
        #expect(all.count == 1)
        #expect(story.decisionId == air.id.description)
        #expect(story.rule == "ask" && story.route == "escalate")
        #expect(story.fallback == "act_provisionally")
        #expect(story.findings.map(\.model) == ["pulse/1"])
        #expect(story.deadline?.totalMs == 250)
        #expect(story.cloud != nil)
        #expect(story.conditions.map(\.name) == ["ask", "wait"])
        #expect(story.conditions.map(\.outcome) == [.held, .wouldNotHold])
        #expect(story.conditions[1].ways.map { $0.map(\.words) } == [[#"want "wait""#]])
        #expect(story.words.map(\.standing) == ["provisional", "corrected"])
        #expect(story.words[0].actions == [.init(name: "note", target: "notes/4")])
        #expect(story.words[1].actions == [.init(name: "bell", target: "alerts/4")])
        #expect(story.words[1].answer?.label == "fault")
        #expect(story.notes.isEmpty)
    }

    @Test func `is the rehearsed one where nothing else was different`() throws {
        let rig = try Rig()
        let path = rig.path()
        let payload = Presses.payload(7, want: "soon")
        path.receive(rig.burst(payload))
        let logged = try #require(try stories(rig).first)
        let site = try #require(rig.folder.check().site)
        let rehearsed = try site.stories(
            ofPolicy: "press",
            topic: "plant/4/press",
            payload: Array(payload.utf8),
            facts: RehearsalFacts()
        )
        #expect(rehearsed.map(\.conditions) == [logged.conditions])
        #expect(rehearsed.first?.observed == logged.observed)
        #expect(rehearsed.first?.rule == "soon")
    }

    @Test func `shows logged values only when the policy has changed`() throws {
        let rig = try Rig()
        rig.path().receive(rig.burst(Presses.payload(7, want: "soon")))
        rig.log.flush()
        let found = try DecisionArchive(path: rig.folder.path + "/decisions.jsonl").find("")
        let other = try Rig(Presses.changing("max_age: 10m", to: "max_age: 11m"))
        let policies = other.board.edition.policies.map(\.policy)
        let story = try #require(DecisionStory(found.ids[0], found, policies: policies))
        #expect(story.conditions.isEmpty)
        #expect(story.observed["want"] == "\"soon\"")
        #expect(story.notes.count == 1 && story.notes[0].contains("has changed since"))
        #expect(story.text.contains(#"want = "soon""#))
        let none = try #require(DecisionStory(found.ids[0], found, policies: []))
        #expect(none.notes[0].contains("cannot be read"))
    }

    @Test func `is found by a prefix among damaged lines and in the rotated part`() throws {
        let folder = try SiteFolder([:])
        func line(_ id: String, _ rule: String) -> String {
            #"{"logged":"x","decision_id":"\#(id)","rule":"\#(rule)"}"# + "\n"
        }
        try folder.write("d.jsonl.1", line("aa11", "old") + "garbage\n" + line("bb11", "b"))
        try folder.write(
            "d.jsonl",
            line("aa22", "new") + #"{"logged":"x","decision_id":"aa33","rule":7}"# + "\n"
                + line("aa44", "cut").dropLast(4)
        )
        let archive = DecisionArchive(path: folder.path + "/d.jsonl")
        #expect(try archive.find("aa").ids == ["aa11", "aa22"])
        #expect(try archive.find("AA1").ids == ["aa11"])
        #expect(try archive.find("aa").damaged == 2)
        #expect(try archive.find("cc").ids.isEmpty)
        #expect(throws: DecisionArchive.Failure.self) {
            try DecisionArchive(path: folder.path + "/none").find("a")
        }
    }

    @Test func `comes back from its JSON`() throws {
        let rig = try Rig()
        rig.path().receive(rig.burst(Presses.payload(7, want: "soon")))
        let story = try #require(try stories(rig).first)
        let json = DecisionStory.json([story])
        #expect(json.contains("\"decision_id\"") && json.contains("\"left_ms\""))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        #expect(try decoder.decode([DecisionStory].self, from: Data(json.utf8)) == [story])
    }

    @Test func `does without grounds that would make a line too long`() throws {
        let rig = try Rig()
        let long = String(repeating: "x", count: 600)
        var grounds = Grounds(observed: (0..<80).map { ("v\($0)", long) })
        grounds.fallback = .drop
        let id = DecisionID(high: 1, low: 2)
        let decision = Decision(
            id: id,
            policy: "press",
            policyVersion: "1",
            device: String(repeating: "d", count: 4_000),
            time: WallTime(nanoseconds: 0),
            rule: "ask",
            route: .escalate,
            standing: .final
        )
        rig.parts.trail.record(decision, grounds: grounds, latency: .zero)
        let story = try #require(try stories(rig, id.description).first)
        #expect(story.device.utf8.count <= 512)
        #expect(story.notes.contains { $0.contains("too long") })
    }

    // MARK: - Facts

    @Test func `takes facts as text`() throws {
        var facts = RehearsalFacts()
        try facts.take(
            "cloud.up=true, deadline.left=60ms,label=fault,confidence=71%,answer=fine,queue.fill=0.5",
            timeout: .milliseconds(900)
        )
        #expect(facts.cloud.isUp && facts.cloud.breaker == .closed)
        #expect(facts.cloud.p95 == .milliseconds(900))
        #expect(facts.deadlineLeft == .milliseconds(60))
        #expect(facts.finding?.classification?.confidence == 0.71)
        #expect(facts.verdict?.label == "fine")
        #expect(facts.queue.fill == 0.5)
    }

    @Test(arguments: [
        "cloud", "cloud.uq=true", "cloud.up=yes", "deadline.left=60", "queue.depth=-1",
        "confidence=2", "cloud.breaker=ajar", "=", "bound.samples=1.5",
    ])
    func `refuses facts that it does not know`(text: String) {
        #expect(throws: RehearsalFacts.Refusal.self) {
            var facts = RehearsalFacts()
            try facts.take(text, timeout: .zero)
        }
    }
}
