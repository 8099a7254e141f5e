// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Escalate
import Spool
import Sync
import TestKit
import Testing
import Vocabulary

@testable import Gateway

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

    @Test func `parks a row whose policy is gone`() throws {
        let rig = try Rig()
        let row = try rig.deferred()
        let empty = CaseDesk(
            concluder: rig.concluder,
            board: PolicyBoard(digest: "d", policies: []),
            time: rig.clock,
            trail: rig.parts.trail,
            key: rig.parts.key,
            bounds: rig.parts.bounds
        )
        guard case .parked(.noPolicy) = empty.question(of: row) else {
            Issue.record("it is not parked")
            return
        }
    }

    @Test func `asks again about a row whose policy went while the cloud was asked`() async throws {
        let rig = try Rig()
        let row = try rig.deferred()
        rig.board.replace(digest: "d2", policies: [])
        // The version it was decided under is remembered, and forgotten by the next run.
        let other = try Rig(on: rig.temporary.copyAfterKill())
        other.board.replace(digest: "d3", policies: [])
        for number in 0..<64 { other.board.replace(digest: "\(number)", policies: []) }
        let desk = CaseDesk(
            concluder: other.concluder,
            board: PolicyBoard(digest: "d", policies: []),
            time: other.clock,
            trail: other.parts.trail,
            key: other.parts.key,
            bounds: other.parts.bounds
        )
        let change = await desk.conclude(row, verdict("fault"))
        #expect(change.parks.map(\.id) == [row.id])
        #expect(change.deadLetters.isEmpty)
        #expect(other.publisher.topics.isEmpty)
    }

    @Test func `publishes the cloud's word days later and after a restart, and rings no bell then`()
        async throws
    {
        let first = try Rig()
        let row = try first.deferred()
        try first.spool.close()
        first.clock.advance(by: .seconds(3 * 86_400))
        let rig = try Rig(on: first.temporary)
        let kept = try #require(try rig.spool.row(row.id))
        #expect(kept.body == row.body)
        _ = await rig.desk.conclude(kept, verdict("fault"))
        #expect(rig.publisher.topics == ["sluice/verdicts/press"])
        #expect(rig.publisher.bodies[0].contains(#""revision":1"#))
        let id = try OpenDecision.decoded(row.body).id
        #expect(rig.publisher.bodies[0].contains(id))
    }

    @Test func `leaves stored rows as they are when policies and configuration change`() throws {
        let first = try Rig()
        let row = try first.deferred()
        try first.spool.close()
        let rig = try Rig(
            try Presses.changing("route: defer, priority: low", to: "route: defer, priority: high"),
            on: first.temporary
        )
        let kept = try #require(try rig.spool.row(row.id))
        #expect(kept.policyVersion == row.policyVersion)
        #expect(kept.policyVersion != rig.board.edition.policies.first?.policy.version)
        #expect(kept.priority == .low)
        #expect(kept.body == row.body)
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
