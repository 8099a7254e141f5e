// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Ingest
import MQTT
import Spool
import TestKit
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `A message path` {
    @Test func `acts on a burst at once and leaves nothing on disk`() throws {
        let rig = try Rig()
        let path = rig.path()
        let commits = try rig.spool.stats().commits
        path.receive(rig.burst(Presses.payload(1), Presses.payload(2)))
        #expect(rig.publisher.topics == ["notes/4", "notes/4"])
        #expect(path.isComplete)
        try path.settle()
        #expect(path.unsettledSince == nil)
        #expect(try rig.spool.stats().commits == commits)
        #expect(try rig.words() == Array(repeating: "otherwise act final fine", count: 2))
    }

    @Test func `keeps an action that the broker has not acknowledged (G1)`() throws {
        let rig = try Rig()
        rig.publisher.answers(nil)
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        #expect(!path.isComplete)
        #expect(path.unsettledSince == rig.clock.now)
        try path.settle()
        let row = try #require(try rig.rows().first)
        #expect(row.kind == .action)
        #expect(row.priority == .high)
        #expect(row.state == .leased)
        #expect(row.key.hasSuffix(":0:note"))
        rig.publisher.settle(.acknowledged)
        #expect(try rig.rows().isEmpty)
    }

    @Test func `hands an action that failed to the drain`() throws {
        let rig = try Rig()
        rig.publisher.answers(.failed(.notConnected))
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        try path.settle()
        let rows = try rig.spool.lease([.action], limit: 10)
        #expect(rows.map(\.attempts) == [1])
    }

    @Test func `routes by the policy's rules`() throws {
        let rig = try Rig()
        let path = rig.path()
        path.receive(
            rig.burst(
                Presses.payload(1, want: "ask"),
                Presses.payload(2, want: "later"),
                Presses.payload(3, want: "never"),
                Presses.payload(4, want: "soon"),
                Presses.payload(5, want: "quiet")
            )
        )
        try path.settle()
        let rows = try rig.rows()
        #expect(rows.map(\.kind) == [.escalation, .deferral, .deferral])
        #expect(rows.map(\.priority) == [.normal, .low, .normal])
        #expect(rows.map(\.state) == [.leased, .waiting, .waiting])
        #expect(rig.publisher.topics == ["notes/4"])
        #expect(rig.count(#"sluice_decide_drops_total{reason="policy"}"#) == 1)
        #expect(rig.count(#"sluice_decide_decisions_total{route="act"}"#) == 2)
        #expect(try rig.letters().isEmpty)
        let words = try rig.words()
        #expect(words.contains("later defer provisional fine"))
        #expect(words.contains("soon act provisional fine"))
        #expect(words.contains("never drop final fine"))
    }

    @Test func `keeps of a question only what may leave, beside its own payload (G8)`() throws {
        let rig = try Rig()
        let path = rig.path()
        let payload = Presses.payload(1, want: "later", force: 8.25)
        path.receive(rig.burst(payload))
        try path.settle()
        let listed = try #require(try rig.rows().first)
        let row = try #require(try rig.spool.row(listed.id))
        let question = try OpenDecision.decoded(row.body)
        #expect(question.outbound.tensors.map(\.name) == ["x"])
        #expect(question.outbound.tensors.map(\.values) == [[8.25]])
        #expect(question.endpoints == ["central/press"])
        #expect(question.standing == nil)
        #expect(question.local.label == "fine")
        #expect(question.local.model == "pulse")
        #expect(Array(question.payload) == Array(payload.utf8))
    }

    @Test func `buries what does not decode and goes on (G7)`() throws {
        let rig = try Rig()
        let path = rig.path()
        path.receive(
            rig.burst("not json", #"{"n":1}"#, "", Presses.payload(4), #"{"n":5,"force":"x"}"#)
        )
        #expect(rig.publisher.topics == ["notes/4"])
        #expect(!path.isComplete)
        try path.settle()
        let letters = try rig.letters()
        #expect(letters.count == 4)
        #expect(letters.allSatisfy { $0.input == "presses" && $0.topic == "plant/4/press" })
        #expect(letters.allSatisfy { !$0.code.isEmpty && !$0.text.isEmpty })
        let id = try #require(try rig.spool.deadLetters(limit: 1).first?.id)
        #expect(try rig.spool.deadLetter(id)?.letter.payload == Array("not json".utf8))
    }

    @Test func `buries a message that is too long, with its beginning`() throws {
        let rig = try Rig()
        let path = rig.path()
        path.refuse(
            topic: Topic(name: "plant/4/press", index: 0, generation: 0),
            reason: "2 MiB, 1 MiB is allowed",
            payloadPrefix: [1, 2]
        )
        #expect(path.unsettledSince == rig.clock.now)
        try path.settle()
        #expect(try rig.letters().map(\.code) == ["too_large"])
    }

    @Test func `counts a message that no policy is about`() throws {
        let rig = try Rig()
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1), on: "office/door"))
        #expect(path.isComplete)
        #expect(rig.publisher.topics.isEmpty)
        #expect(rig.count("sluice_ingest_unmatched_messages_total") == 1)
    }

    @Test func `does not decide a copy again`() throws {
        let rig = try Rig()
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        try path.settle()
        path.receive(rig.burst(Presses.payload(1), isDuplicate: true))
        #expect(path.isComplete)
        #expect(rig.publisher.topics == ["notes/4"])
        #expect(rig.count("sluice_decode_copies_total") == 1)
    }

    @Test func `decides what was given back again, under the same ids (G2)`() throws {
        let rig = try Rig()
        rig.publisher.answers(.failed(.notConnected))
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        path.abandon()
        #expect(path.isComplete)
        #expect(path.unsettledSince == nil)
        rig.publisher.answers(.acknowledged)
        path.receive(rig.burst(Presses.payload(1), isDuplicate: true))
        try path.settle()
        let ids = try rig.logged().map(\.id)
        #expect(ids.count == 2)
        #expect(Set(ids).count == 1)
        #expect(try rig.rows().isEmpty)
    }

    @Test func `gives a reading the same id in every run of the site (G2)`() throws {
        func id() throws -> String? {
            let rig = try Rig()
            let path = rig.path()
            path.receive(rig.burst(Presses.payload(1)))
            return try rig.logged().first?.id
        }
        let first = try #require(try id())
        #expect(try id() == first)
    }

    @Test func `does a durable action only after the commit`() throws {
        let rig = try Rig(
            try Presses.changing(
                "publish: { topic: \"notes/{line}\" }",
                to: "publish: { topic: \"notes/{line}\" }\n    order: durable"
            )
        )
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        #expect(rig.publisher.topics.isEmpty)
        #expect(!path.isComplete)
        try path.settle()
        #expect(rig.publisher.topics == ["notes/4"])
        #expect(try rig.rows().isEmpty)
    }

    @Test func `takes over a new set of policies between two bursts`() throws {
        let rig = try Rig()
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        let other = try Rig(
            try Presses.changing("notes/{line}", to: "memos/{line}")
        )
        rig.board.replace(digest: "d2", policies: other.board.edition.policies)
        path.receive(rig.burst(Presses.payload(2)))
        #expect(rig.publisher.topics == ["notes/4", "memos/4"])
        // What was learnt about the devices outlives the new edition.
        try path.settle()
        path.receive(rig.burst(Presses.payload(1), isDuplicate: true))
        #expect(rig.count("sluice_decode_copies_total") == 1)
    }

    @Test func `decides by fields alone where the policy has no model`() throws {
        let rig = try Rig([
            "sluice.yaml": try Presses.configuration.replacing(
                once: "models: { path: models }",
                with: "decisions: {}"
            ),
            "Policies/press/policy.yaml": """
            policy: press
            match: { topic: plant/+line/press }
            reading: { device: "{line}", sequence: n, fields: { force: { path: force, type: number } } }
            rules:
              - { name: hard, when: force > 10.0, route: act }
            otherwise: { route: drop }
            actions:
              - { name: bell, publish: { topic: "alerts/{line}" } }
            """,
        ])
        let path = rig.path()
        path.receive(
            rig.burst(Presses.payload(1, force: 11), Presses.payload(2, force: 9))
        )
        #expect(rig.publisher.topics == ["alerts/4"])
        #expect(try rig.words() == ["hard act final -", "otherwise drop final -"])
        #expect(path.isComplete)
    }

    @Test func `buries the message of an action whose topic cannot be made`() throws {
        let rig = try Rig(try Presses.changing("notes/{line}", to: "notes/{device}"))
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1), on: "plant//press"))
        try path.settle()
        #expect(rig.publisher.topics.isEmpty)
        let letters = try rig.letters()
        #expect(letters.count == 1)
    }

    @Test func `puts a slow model's readings aside and decides them under the same ids`() throws {
        let rig = try Rig { $0.paces = [.slow] }
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1), Presses.payload(2)))
        #expect(rig.publisher.topics.isEmpty)
        #expect(!path.isComplete)
        try path.settle()
        let rows = try rig.spool.lease([.pending], limit: 10)
        #expect(rows.count == 2)
        let worker = rig.path(.worker)
        worker.decide(try rows.map { try PendingMessage.decoded($0.body) })
        worker.open.change.acknowledgements += rows.map(\.id)
        try worker.settle()
        #expect(rig.publisher.topics == ["notes/4", "notes/4"])
        #expect(try rig.rows().isEmpty)
        let decided = try rig.logged().map(\.id)
        #expect(rows.map(\.key) == decided.map { "\($0):pending" })
    }

    @Test func `buries what was put aside for a policy that is gone`() throws {
        let rig = try Rig { $0.paces = [.slow] }
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        try path.settle()
        let row = try #require(try rig.spool.lease([.pending], limit: 10).first)
        rig.board.replace(digest: "d2", policies: [])
        let worker = rig.path(.worker)
        worker.decide([try PendingMessage.decoded(row.body)])
        try worker.settle()
        #expect(try rig.letters().map(\.code) == ["no_policy"])
    }

    @Test func `writes the epoch of a counter that began again with its commit`() throws {
        let rig = try Rig()
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(5_000)))
        try path.settle()
        path.receive(rig.burst(Presses.payload(1, force: 7)))
        #expect(!path.isComplete)
        try path.settle()
        let epochs = try EpochRecord.load(
            policy: "press",
            lane: "presses",
            from: rig.spool
        ).epochs
        #expect(epochs.map(\.device) == ["4"])
        #expect(epochs.map(\.epoch) == [1])
        let other = try EpochRecord.load(policy: "other", lane: "presses", from: rig.spool)
        #expect(other.epochs.isEmpty)
    }

    @Test func `fails to settle on a closed spool, and loses nothing when given back`() throws {
        let rig = try Rig()
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1, want: "later")))
        try rig.spool.close()
        #expect(throws: SettleFailure.self) { try path.settle() }
        path.abandon()
        #expect(path.isComplete)
    }
}

@Suite struct `A message path after a crash` {
    @Test func `counts a suspect on disk before it works on it, and settles it alone`() throws {
        let rig = try Rig()
        let path = try rig.recovering()
        path.receive(rig.burst(Presses.payload(1, want: "later"), isDuplicate: true))
        #expect(try rig.rows().count == 1)
        #expect(path.isComplete)
        let key = rig.attemptKey(Presses.payload(1, want: "later"))
        #expect(try rig.spool.beginAttempts([key]) == [1])
    }

    @Test func `buries a message that has ended the process three times (G7)`() throws {
        let rig = try Rig()
        let poison = Presses.payload(1)
        // Two runs that began to work on it and never came back, after the one that began all.
        _ = try rig.spool.beginAttempts([rig.attemptKey(poison)])
        _ = try rig.spool.beginAttempts([rig.attemptKey(poison)])
        let path = try rig.recovering()
        path.receive(rig.burst(poison, Presses.payload(2), isDuplicate: true))
        #expect(try rig.letters().map(\.code) == ["ends_process"])
        #expect(rig.publisher.topics == ["notes/4"])
        #expect(path.isComplete)
        #expect(try rig.spool.beginAttempts([rig.attemptKey(poison)]) == [1])
    }

    @Test func `does not blame a suspect for what came before it`() throws {
        let rig = try Rig()
        let path = try rig.recovering()
        let batch = rig.burst(Presses.payload(1, want: "later"))
        let copy = rig.burst(Presses.payload(2, want: "later"), isDuplicate: true)
        copy.withMessages(of: batch) { both in path.receive(both) }
        #expect(try rig.rows().count == 2)
    }

    @Test func `keeps open since when what follows a suspect waits`() throws {
        let rig = try Rig()
        rig.publisher.answers(nil)
        let path = try rig.recovering()
        let suspect = rig.burst(Presses.payload(1), isDuplicate: true)
        let fresh = rig.burst(Presses.payload(2))
        fresh.withMessages(of: suspect) { both in path.receive(both) }
        #expect(!path.isComplete)
        #expect(path.unsettledSince == rig.clock.now)
    }

    @Test func `takes the disk's refusal to the lane`() throws {
        let rig = try Rig()
        let path = try rig.recovering()
        try rig.spool.close()
        path.receive(rig.burst(Presses.payload(1), isDuplicate: true))
        #expect(rig.publisher.topics.isEmpty)
        #expect(!path.isComplete)
        #expect(throws: SettleFailure.self) { try path.settle() }
        path.abandon()
        #expect(path.isComplete)
    }
}

extension Rig {
    /// A lane's path whose first connection follows an unclean exit.
    fileprivate func recovering() throws -> MessagePath {
        let path = path(recovery: CrashRecovery(isActive: true))
        path.connected(sessionPresent: true, expectedSession: true, afterUncleanExit: true)
        return path
    }

    fileprivate func attemptKey(_ payload: String) -> AttemptKey {
        parts.key.attemptKey(topic: "plant/4/press", payload: Array(payload.utf8))
    }
}

extension Batch {
    /// Hands on a burst that has the messages of `earlier` first and then its own.
    fileprivate func withMessages(of earlier: Batch, _ body: (Batch) -> Void) {
        let both = Batch()
        both.arrival = arrival
        both.arrivalWallTime = arrivalWallTime
        for batch in [earlier, self] {
            for message in batch.messages {
                batch.payload(of: message).withUnsafeBytes { payload in
                    both.append(
                        topic: message.topic,
                        payload: payload,
                        qualityOfService: message.qualityOfService,
                        isRetained: message.isRetained,
                        isDuplicate: message.isDuplicate
                    )
                }
            }
        }
        body(both)
    }
}
