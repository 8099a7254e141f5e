// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Escalate
import FoundationEssentials
import MQTT
import Spool
import Sync
import Telemetry
import TestKit
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `A concluder` {
    // MARK: - In time

    @Test func `makes an answer in time the one and final word`() async throws {
        let rig = try Rig()
        let air = try rig.asks()
        await air.answered(.success(verdict("fault")))
        #expect(air.batch.isComplete)
        try air.batch.settle()
        #expect(try rig.rows().isEmpty)
        #expect(rig.publisher.topics == ["notes/4", "alerts/4"])
        #expect(rig.publisher.bodies.allSatisfy { $0.contains(#""revision":0"#) })
        #expect(rig.publisher.bodies.allSatisfy { $0.contains(#""standing":"final""#) })
        #expect(rig.publisher.bodies.allSatisfy { $0.contains(#""endpoint":"central/press""#) })
        #expect(try rig.words() == ["ask escalate final fault"])
        #expect(try rig.logged().map(\.endpoint) == ["central/press"])
    }

    @Test func `deletes the row of a question that is answered after the commit`() async throws {
        let rig = try Rig()
        let air = try rig.asks()
        try air.batch.settle()
        #expect(try rig.rows().map(\.kind) == [.escalation])
        await air.answered(.success(verdict("fine")))
        #expect(try rig.rows().isEmpty)
        #expect(rig.publisher.topics == ["notes/4"])
    }

    @Test(arguments: [false, true])
    func `keeps an alert that the broker does not take, free for the drain (G1)`(
        afterCommit: Bool
    ) async throws {
        let rig = try Rig()
        rig.publisher.answers(.failed(.notConnected))
        let air = try rig.asks()
        if afterCommit { try air.batch.settle() }
        await air.answered(.success(verdict("fault")))
        if !afterCommit { try air.batch.settle() }
        let rows = try rig.spool.lease([.action], limit: 10)
        #expect(rows.map(\.key) == ["\(air.id):0:note", "\(air.id):0:bell"])
        #expect(try rig.rows().count == 2)
    }

    // MARK: - Too late

    @Test func `acts provisionally at the deadline and confirms the same label later`() async throws
    {
        let rig = try Rig()
        let air = try rig.asks()
        try air.batch.settle()
        await air.answered(.failure(EscalationFailure(.deadline, "too slow")))
        #expect(rig.publisher.topics == ["notes/4"])
        #expect(rig.publisher.bodies[0].contains(#""standing":"provisional""#))
        // Somebody still waits for the word, so the row stays.
        #expect(try rig.rows().map(\.state) == [.leased])
        await air.late(.success(verdict("fine")))
        #expect(rig.publisher.topics == ["notes/4", "sluice/verdicts/press"])
        #expect(rig.publisher.bodies[1].contains(#""id":"\#(air.id):1:verdict""#))
        #expect(rig.publisher.bodies[1].contains(#""standing":"confirmed""#))
        #expect(try rig.rows().isEmpty)
        #expect(
            try rig.words() == ["ask escalate provisional fine", "ask escalate confirmed fine"]
        )
        #expect(try rig.logged().map(\.revision) == [0, 1])
    }

    @Test func `corrects another label, and does late what is not too old`() async throws {
        let rig = try Rig()
        let air = try rig.asks()
        try air.batch.settle()
        await air.answered(.failure(EscalationFailure(.deadline, "too slow")))
        await air.late(.success(verdict("fault")))
        #expect(rig.publisher.topics == ["notes/4", "sluice/verdicts/press", "alerts/4"])
        #expect(rig.publisher.bodies[1].contains(#""standing":"corrected""#))
        #expect(rig.publisher.bodies[2].contains(#""id":"\#(air.id):1:bell""#))
        #expect(try rig.rows().isEmpty)
    }

    @Test func `only tells of a correction when its action is too old`() async throws {
        let rig = try Rig()
        let air = try rig.asks()
        try air.batch.settle()
        await air.answered(.failure(EscalationFailure(.deadline, "too slow")))
        rig.clock.advance(by: .seconds(601))
        await air.late(.success(verdict("fault")))
        #expect(rig.publisher.topics == ["notes/4", "sluice/verdicts/press"])
    }

    @Test func `keeps a late word that the broker does not take`() async throws {
        let rig = try Rig()
        let air = try rig.asks()
        try air.batch.settle()
        await air.answered(.failure(EscalationFailure(.deadline, "too slow")))
        rig.publisher.answers(.failed(.notConnected))
        await air.late(.success(verdict("fault")))
        #expect(
            try rig.spool.lease([.action], limit: 10).map(\.key)
                == ["\(air.id):1:verdict", "\(air.id):1:bell"]
        )
        #expect(try rig.rows().count == 2)
    }

    @Test func `keeps the question for later when no late word comes`() async throws {
        let rig = try Rig()
        let air = try rig.asks()
        try air.batch.settle()
        await air.answered(.failure(EscalationFailure(.deadline, "too slow")))
        await air.late(.failure(EscalationFailure(.unavailable, "gone", retryAfter: .seconds(3))))
        let kept = try #require(try rig.kept())
        #expect(kept.row.kind == .deferral)
        #expect(kept.row.state == .delayed(.seconds(3)))
        #expect(kept.row.attempts == 0)
        #expect(kept.question.standing == "provisional")
        #expect(kept.question.revisions == 1)
        #expect(kept.question.actedOn == "fine")
    }

    // MARK: - Not at all

    @Test func `acts provisionally and keeps the question when the cloud is away`() async throws {
        let rig = try Rig()
        let air = try rig.asks()
        await air.answered(.failure(EscalationFailure(.unavailable, "open")))
        #expect(!air.batch.isComplete)
        try air.batch.settle()
        #expect(rig.publisher.topics == ["notes/4"])
        let kept = try #require(try rig.kept())
        #expect(kept.row.kind == .deferral)
        #expect(kept.row.state == .waiting)
        #expect(kept.question.actedOn == "fine")
    }

    @Test func `only keeps the question where the rule says to wait`() async throws {
        let rig = try Rig()
        let air = try rig.asks(fallback: .defer)
        await air.answered(.failure(EscalationFailure(.unavailable, "open")))
        try air.batch.settle()
        #expect(rig.publisher.topics.isEmpty)
        let kept = try #require(try rig.kept())
        #expect(kept.question.standing == "provisional")
        #expect(kept.question.actedOn == nil)
    }

    @Test(arguments: [false, true])
    func `drops and counts where the rule says to forget (G4)`(afterCommit: Bool) async throws {
        let rig = try Rig()
        let air = try rig.asks(fallback: .drop)
        if afterCommit { try air.batch.settle() }
        await air.answered(.failure(EscalationFailure(.unavailable, "open")))
        if !afterCommit {
            #expect(air.batch.isComplete)
            try air.batch.settle()
        }
        #expect(try rig.rows().isEmpty)
        #expect(rig.publisher.topics.isEmpty)
        #expect(try rig.words() == ["ask escalate final fine"])
        #expect(rig.count(#"sluice_decide_drops_total{reason="fallback"}"#) == 1)
    }

    @Test func `stays with what it forgot at the deadline, whatever comes later`() async throws {
        let rig = try Rig()
        let air = try rig.asks(fallback: .drop)
        try air.batch.settle()
        await air.answered(.failure(EscalationFailure(.deadline, "too slow")))
        await air.late(.success(verdict("fault")))
        #expect(rig.publisher.topics.isEmpty)
        #expect(try rig.words() == ["ask escalate final fine"])
        #expect(try rig.rows().isEmpty)
    }

    @Test func `buries a question that can never be answered`() async throws {
        let rig = try Rig()
        let air = try rig.asks()
        await air.answered(
            .failure(EscalationFailure(.refused, "no such model", isRepeatable: false))
        )
        try air.batch.settle()
        let letter = try #require(try rig.letters().first)
        #expect(letter.code == "refused")
        #expect(letter.topic == "plant/4/press")
        #expect(letter.text.contains("no such model"))
        #expect(try rig.rows().isEmpty)
        // What the rule says for want of an answer is done all the same.
        #expect(rig.publisher.topics == ["notes/4"])
    }

    @Test func `counts an attempt of a question whose answer made no sense`() async throws {
        let rig = try Rig()
        let air = try rig.asks()
        try air.batch.settle()
        await air.answered(.failure(EscalationFailure(.refused, "garbled")))
        let kept = try #require(try rig.kept())
        #expect(kept.row.attempts == 1)
        #expect(kept.row.kind == .deferral)
    }

    @Test func `tells nothing of the payload that no action asks for (G8)`() async throws {
        let rig = try Rig()
        let air = try rig.asks()
        try air.batch.settle()
        await air.answered(.failure(EscalationFailure(.deadline, "too slow")))
        await air.late(.success(verdict("fault")))
        #expect(rig.publisher.bodies.count == 3)
        #expect(rig.publisher.bodies.allSatisfy { !$0.contains("S-77") && !$0.contains("4711") })
    }

    @Test func `buries an action that cannot be written, and does the others`() async throws {
        let rig = try Rig(try Presses.changing("notes/{line}", to: "notes/{label}"))
        let air = try rig.asks()
        await air.answered(.success(verdict("fault#1")))
        try air.batch.settle()
        #expect(try rig.letters().map(\.code) == ["cannot_act"])
    }
}

@Suite struct `A case desk` {
    @Test func `makes a row the question that it was`() throws {
        let rig = try Rig()
        let row = try rig.deferred()
        guard case .question(let question) = rig.desk.question(of: row) else {
            Issue.record("it is no question")
            return
        }
        #expect(question.key.description == row.key)
        #expect(question.endpoints == ["central/press"])
        #expect(question.deadline == nil)
        #expect(!question.isLive)
        #expect(question.outbound.tensors.map(\.values) == [[3.5]])
    }

    @Test func `makes a row that cannot be read a letter`() throws {
        let rig = try Rig()
        var row = try rig.deferred()
        row.body = Array("{}".utf8)
        guard case .letter(let letter) = rig.desk.question(of: row) else {
            Issue.record("it is a question")
            return
        }
        #expect(letter.code == "unreadable")
        #expect(letter.input == "deferral")
        #expect(letter.topic == row.key)
        #expect(letter.payload == row.body)
    }

    @Test func `makes a row whose policy is gone a letter, with its message`() throws {
        let rig = try Rig()
        let row = try rig.deferred()
        let empty = CaseDesk(
            concluder: rig.concluder,
            board: PolicyBoard(digest: "d", policies: []),
            time: rig.clock,
            trail: rig.parts.trail,
            key: rig.parts.key
        )
        guard case .letter(let letter) = empty.question(of: row) else {
            Issue.record("it is a question")
            return
        }
        #expect(letter.code == "no_policy")
        #expect(letter.topic == "plant/4/press")
        #expect(letter.payload == Array(Presses.payload(1, want: "later").utf8))
    }

    @Test func `publishes the cloud's word on a deferred reading as its first revision`()
        async throws
    {
        let rig = try Rig()
        let row = try rig.deferred()
        let change = await rig.desk.conclude(row, verdict("fault"))
        #expect(change.isEmpty)
        #expect(rig.publisher.topics == ["sluice/verdicts/press", "alerts/4"])
        #expect(rig.publisher.bodies[0].contains(#""revision":1"#))
        #expect(rig.publisher.bodies[0].contains(#""standing":"corrected""#))
    }

    @Test func `publishes a word once, however often its row comes back (G2)`() async throws {
        let rig = try Rig()
        let row = try rig.deferred()
        _ = await rig.desk.conclude(row, verdict("fault"))
        _ = await rig.desk.conclude(row, verdict("fault"))
        #expect(rig.publisher.topics == ["sluice/verdicts/press", "alerts/4"])
    }

    @Test func `finishes a row under the policy that it was decided under`() async throws {
        let rig = try Rig()
        let row = try rig.deferred()
        let other = try Rig(try Presses.changing("alerts/{line}", to: "sirens/{line}"))
        rig.board.replace(digest: "d2", policies: other.board.edition.policies)
        _ = await rig.desk.conclude(row, verdict("fault"))
        #expect(rig.publisher.topics == ["sluice/verdicts/press", "alerts/4"])
    }

    @Test func `survives a row whose topic its policy does not match any more`() async throws {
        let rig = try Rig()
        var files = try Presses.changing("plant/+line/press", to: "works/+line/press")
        files["Policies/press/policy.yaml"] = try files["Policies/press/policy.yaml"]?
            .replacing(once: #"device: "{line}""#, with: "device: all")
        let row = try rig.deferred()
        let later = try Rig(files)
        let change = await later.desk.conclude(row, verdict("fault"))
        #expect(change.deadLetters.map(\.code) == ["cannot_act"])
        #expect(later.publisher.topics == ["sluice/verdicts/press"])
    }

    @Test func `tells of a word that the topic of late words cannot carry`() async throws {
        let rig = try Rig([
            "sluice.yaml": Presses.configuration + "\nverdicts: { topic: \"v/{device}\" }\n",
            "models/pulse/1/model.yaml": Presses.model,
            "Policies/press/policy.yaml": try Presses.policy.replacing(
                once: #"device: "{line}""#,
                with: "device: all"
            ),
        ])
        let row = try rig.deferred()
        var question = try OpenDecision.decoded(row.body)
        question.device = "a+b"
        var hostile = row
        hostile.body = question.encoded()
        let change = await rig.desk.conclude(hostile, verdict("fine"))
        #expect(rig.publisher.topics.isEmpty)
        #expect(change.deadLetters.map(\.code) == ["cannot_act"])
    }
}

@Suite struct `What the last run left in the air` {
    @Test func `applies the fallbacks that the last run owed, once (G1, G2)`() async throws {
        let first = try Rig()
        let air = try first.asks()
        try air.batch.settle()
        let rig = try Rig(on: first.temporary.copyAfterKill())
        #expect(rig.spool.wasUncleanExit)
        await rig.resume()
        let kept = try #require(try rig.kept(.deferral))
        #expect(kept.row.kind == .deferral)
        #expect(kept.row.state == .waiting)
        #expect(kept.question.standing == "provisional")
        #expect(kept.question.actedOn == "fine")
        let keys = try rig.spool.lease([.action], limit: 10).map(\.key)
        #expect(rig.publisher.topics.count + keys.count == 1)
        #expect(keys.allSatisfy { $0 == "\(air.id):0:note" })
        let words = try rig.words()
        #expect(words == ["ask escalate provisional fine"])
        await rig.resume()
        #expect(try rig.words() == words)
    }

    @Test func `drops what its rule forgets`() async throws {
        let first = try Rig()
        let air = try first.asks(fallback: .drop)
        try air.batch.settle()
        let rig = try Rig(on: first.temporary.copyAfterKill())
        await rig.resume()
        #expect(try rig.rows().isEmpty)
        #expect(try rig.spool.stats().dropped.map(\.reason) == [.fallback])
        #expect(rig.publisher.topics.isEmpty)
    }

    @Test func `leaves alone what had its first word`() async throws {
        let first = try Rig()
        let row = try first.deferred()
        let rig = try Rig(on: first.temporary.copyAfterKill())
        await rig.resume()
        #expect(try rig.rows().map(\.key) == [row.key])
        #expect(try rig.words().isEmpty)
    }
}

// MARK: - Pieces

/// A question in the air.
private struct Air {
    let rig: Rig
    let batch: OpenBatch
    let flight: Flight
    let id: String

    func answered(_ result: Result<Verdict, EscalationFailure>) async {
        rig.concluder.post(.answered(flight, result))
        await finished()
    }

    func late(_ result: Result<Verdict, EscalationFailure>) async {
        rig.concluder.post(.late(flight, result))
        await finished()
    }

    private func finished() async {
        await withCheckedContinuation { done in flight.next { done.resume() } }
    }
}

private func verdict(_ label: String) -> Verdict {
    Verdict(
        label: label,
        confidence: 0.97,
        endpoint: "central/press",
        model: ModelReference(name: "press-large", version: "7"),
        latency: .milliseconds(80)
    )
}

extension Rig {
    /// A reading whose question is under way; its batch is not settled.
    fileprivate func asks(fallback: Fallback = .actProvisionally) throws -> Air {
        let bound = try #require(board.edition.policies.first)
        let id = "000102030405060708090a0b0c0d0e0f"
        let json = """
            {"format":1,"id":"\(id)","policy":"press","policyVersion":"\(bound.policy.version)",
            "device":"4","time":\(clock.wallTime.nanoseconds),"sequence":1,"rule":"ask",
            "route":"escalate","priority":1,"fallback":"\(fallback.rawValue)","revisions":0,
            "local":{"label":"fine","score":0,"model":"pulse","modelVersion":"1"},
            "endpoints":["central/press"],"tensors":[{"name":"x","values":[3.5]}],
            "topic":"plant/4/press","index":0,
            "payload":"\(Data(Presses.payload(1, want: "ask").utf8).base64EncodedString())"}
            """
        let question = try OpenDecision.decoded(Array(json.utf8))
        let batch = OpenBatch(spool: spool) {}
        let obligation = batch.owe(
            MessagePath.entry(question, as: .escalation, bound.policy)
        )
        let flight = Flight(
            question,
            obligation: obligation,
            bound: bound,
            observed: [("want", "\"ask\"")],
            holds: HoldDesk(),
            arrival: clock.now
        )
        return Air(rig: self, batch: batch, flight: flight, id: id)
    }

    /// The row of a reading that was put off, leased.
    fileprivate func deferred() throws -> SpoolRow {
        let path = path()
        path.receive(burst(Presses.payload(1, want: "later")))
        try path.settle()
        log.flush()
        try FileManager.default.removeItem(atPath: folder.path + "/decisions.jsonl")
        return try #require(try spool.lease([.deferral], limit: 10).first)
    }

    /// The row that is left of a kind, with the question in it.
    fileprivate func kept(
        _ kind: EntryKind? = nil
    ) throws -> (row: SpoolRow, question: OpenDecision)? {
        let rows = try rows().filter { kind == nil || $0.kind == kind }
        guard rows.count == 1, let row = try spool.row(rows[0].id) else { return nil }
        return (row, try OpenDecision.decoded(row.body))
    }

    fileprivate var desk: CaseDesk {
        CaseDesk(
            concluder: concluder,
            board: board,
            time: clock,
            trail: parts.trail,
            key: parts.key
        )
    }

    fileprivate func resume() async {
        await Resumption(spool: spool, concluder: concluder, board: board, logger: silence).run()
    }
}
