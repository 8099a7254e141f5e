// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Escalate
import MQTT
import Spool
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

    @Test func `keeps a question that was refused once, as the refusal may be a mistake (G1)`()
        async throws
    {
        let rig = try Rig()
        let air = try rig.asks()
        try air.batch.settle()
        await air.answered(
            .failure(EscalationFailure(.refused, "no such model", isRepeatable: false))
        )
        let kept = try #require(try rig.kept())
        #expect(kept.row.attempts == 1)
        #expect(kept.row.kind == .deferral)
        #expect(try rig.letters().isEmpty)
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
