// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Escalate
import FoundationEssentials
import Spool
import Sync
import Telemetry
import TestKit
import Testing
import Vocabulary

@testable import Gateway

/// A question in the air.
struct Air {
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
        while rig.concluder.underWay > 0 { await Task.yield() }
    }
}

func verdict(_ label: String) -> Verdict {
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
    func asks(fallback: Fallback = .actProvisionally) throws -> Air {
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
            grounds: Grounds(
                observed: [("want", "\"ask\"")],
                finding: question.localFinding,
                cloud: .absent,
                deadlineLeft: .milliseconds(200),
                deadline: .milliseconds(250),
                fallback: fallback
            ),
            holds: HoldDesk(),
            arrival: clock.now
        )
        return Air(rig: self, batch: batch, flight: flight, id: id)
    }

    /// The row of a reading that was put off, leased.
    func deferred() throws -> SpoolRow {
        let path = path()
        path.receive(burst(Presses.payload(1, want: "later")))
        try path.settle()
        log.flush()
        try FileManager.default.removeItem(atPath: folder.path + "/decisions.jsonl")
        return try #require(try spool.lease([.deferral], limit: 10).first)
    }

    /// The row that is left of a kind, with the question in it.
    func kept(
        _ kind: EntryKind? = nil
    ) throws -> (row: SpoolRow, question: OpenDecision)? {
        let rows = try rows().filter { kind == nil || $0.kind == kind }
        guard rows.count == 1, let row = try spool.row(rows[0].id) else { return nil }
        return (row, try OpenDecision.decoded(row.body))
    }

    var desk: CaseDesk {
        CaseDesk(
            concluder: concluder,
            board: board,
            time: clock,
            trail: parts.trail,
            key: parts.key,
            bounds: parts.bounds
        )
    }

    func resume() async {
        await Resumption(spool: spool, concluder: concluder, board: board, logger: silence).run()
    }
}
