// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import TestKit
import Testing
import Vocabulary

@testable import Gateway

/// Presses without a model: whatever is read is told of.
private enum Plain {
    static func files(force: String = "force") -> [String: String] {
        [
            "sluice.yaml": """
            site: { name: plant-4 }
            broker: { url: mqtt://127.0.0.1:1883 }
            inputs:
              - { name: presses, topics: ["plant/+/press"] }
            policies: { path: Policies }
            spool: { path: spool.sqlite }
            """,
            "Policies/press/policy.yaml": """
            policy: press
            match: { topic: plant/+line/press }
            reading:
              device: "{line}"
              time: ts
              sequence: n
              fields: { force: { path: \(force), type: number } }
            otherwise: { route: act }
            actions:
              - { name: note, when: force > 0.0, publish: { topic: "notes/{line}" } }
            """,
        ]
    }
}

@Suite struct `A dead letter that is sent again` {
    private func worked(_ rig: Rig) {
        let worker = PendingWorker(parts: rig.parts, logger: silence)
        worker.work(.all, limit: 100) { false }
    }

    @Test func `is decided under the identity it would have had, once the policy is mended`() throws
    {
        let wrong = try Rig(Plain.files(force: "weight"))
        let path = wrong.path()
        path.receive(wrong.burst(Presses.payload(1)))
        try path.settle()
        #expect(try wrong.letters().count == 1)
        try wrong.spool.close()

        let rig = try Rig(Plain.files(), on: wrong.temporary)
        let id = try #require(try rig.spool.deadLetters(limit: 1).first?.id)
        try LetterDesk(spool: rig.spool).requeue(id)
        #expect(try rig.letters().isEmpty)
        worked(rig)
        #expect(rig.publisher.topics == ["notes/4"])
        #expect(try rig.rows().isEmpty)

        // The same message from the broker has the same id.
        let fresh = try Rig(Plain.files())
        let other = fresh.path()
        other.receive(fresh.burst(Presses.payload(1)))
        try other.settle()
        #expect(try rig.logged().map(\.id) == fresh.logged().map(\.id))
    }

    @Test func `comes back as a letter while nothing is mended`() throws {
        let rig = try Rig(Plain.files(force: "weight"))
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        try path.settle()
        let first = try #require(try rig.spool.deadLetters(limit: 1).first)
        try LetterDesk(spool: rig.spool).requeue(first.id)
        worked(rig)
        let again = try #require(try rig.spool.deadLetters(limit: 1).first)
        #expect(again.id != first.id)
        #expect(again.letter.code == first.letter.code)
        // Sent again once more, it is to be known by the lane that it came by.
        #expect(again.letter.input == first.letter.input && again.letter.input != "pending")
        #expect(try rig.rows().isEmpty)
    }

    @Test func `comes back where no policy matches its topic, and where a model remembers`() throws
    {
        let rig = try Rig()
        for topic in ["elsewhere/1", "plant/4/press"] {
            var change = SpoolChange()
            change.deadLetters.append(
                DeadLetter(
                    time: rig.clock.wallTime,
                    input: "presses",
                    topic: topic,
                    payload: Array(Presses.payload(1).utf8),
                    code: .noFinding,
                    text: "t"
                )
            )
            try rig.spool.commit(change)
        }
        for letter in try rig.spool.deadLetters(limit: 9) {
            try LetterDesk(spool: rig.spool).requeue(letter.id)
        }
        worked(rig)
        #expect(try rig.letters().map(\.code) == ["no_policy", "out_of_order"])
    }

    @Test func `is edited before, and keeps its identity by the device's counter`() throws {
        let rig = try Rig(Plain.files())
        let path = rig.path()
        path.receive(rig.burst(#"{"n":7,"ts":1700000000000,"force":"#))
        try path.settle()
        let id = try #require(try rig.spool.deadLetters(limit: 1).first?.id)
        let desk = LetterDesk(spool: rig.spool)
        let new = try desk.edit(id, payload: Array(Presses.payload(7).utf8))
        #expect(new != id)
        #expect(throws: LetterDesk.Refusal.self) { try desk.requeue(id) }
        try desk.requeue(new)
        worked(rig)
        #expect(rig.publisher.topics == ["notes/4"])
    }

    @Test func `that was a row becomes that row again, under its key, and no second one (G2)`()
        throws
    {
        let rig = try Rig()
        let row = try rig.deferred()
        var change = SpoolChange()
        change.deadLetters.append(rig.desk.deadLetter(of: row, code: .refused, reason: "r"))
        change.acknowledgements.append(row.id)
        try rig.spool.commit(change)
        #expect(try rig.rows().isEmpty)
        let letter = try #require(try rig.spool.deadLetters(limit: 1).first)
        #expect(letter.letter.origin?.key == row.key)
        try LetterDesk(spool: rig.spool).requeue(letter.id)
        let again = try #require(try rig.rows().first)
        #expect(again.key == row.key)
        #expect(again.kind == row.kind)
        #expect(again.policyVersion == row.policyVersion)
        #expect(again.attempts == 0)
        #expect(try rig.spool.row(again.id)?.body == row.body)
        // One that is there already is not doubled.
        try rig.spool.commit(change)
        let twin = try #require(try rig.spool.deadLetters(limit: 1).first)
        try LetterDesk(spool: rig.spool).requeue(twin.id)
        #expect(try rig.rows().count == 1)
    }

    @Test func `is refused content that no row of its kind has`() throws {
        let rig = try Rig()
        let row = try rig.deferred()
        var change = SpoolChange()
        change.deadLetters.append(rig.desk.deadLetter(of: row, code: .refused, reason: "r"))
        try rig.spool.commit(change)
        let id = try #require(try rig.spool.deadLetters(limit: 1).first?.id)
        let desk = LetterDesk(spool: rig.spool)
        #expect(throws: LetterDesk.Refusal.self) { try desk.edit(id, payload: Array("{}".utf8)) }
        #expect(throws: LetterDesk.Refusal.self) { try desk.edit(99, payload: []) }
        #expect(try rig.letters().count == 1)
    }

    @Test func `is found by what it was`() throws {
        let rig = try Rig()
        let row = try rig.deferred()
        var change = SpoolChange()
        change.deadLetters.append(rig.desk.deadLetter(of: row, code: .refused, reason: "r"))
        try rig.spool.commit(change)
        let path = rig.path()
        path.receive(rig.burst("no json"))
        try path.settle()
        var filter = LetterFilter()
        filter.policy = "press"
        #expect(try rig.spool.deadLetters(filter, limit: 9).map(\.letter.code) == ["refused"])
        filter = LetterFilter()
        filter.input = "presses"
        #expect(try rig.spool.deadLetters(filter, limit: 9).count == 1)
        filter = LetterFilter()
        filter.kind = .deferral
        #expect(try rig.spool.deadLetters(filter, limit: 9).count == 1)
        filter.olderThan = .seconds(60)
        #expect(try rig.spool.deadLetters(filter, limit: 9).isEmpty)
        rig.clock.advance(by: .seconds(61))
        #expect(try rig.spool.purgeDeadLetters(filter) == 1)
        #expect(try rig.letters().count == 1)
    }
}
