// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import TestKit
import Testing
import Vocabulary

@testable import Spool

@Suite struct `The cost of a look` {
    @Test(arguments: [
        StreamWalk.nextHeads, StreamWalk.nextRow, StreamWalk.nextHeadsOfPolicy,
        StreamWalk.nextPolicy, Ledger.rowWithBody, Ledger.slice, Ledger.expired,
        Ledger.parkedOfStream, Ledger.parkedAfter, DebtWalk.nextStreams, Ledger.lowestValue,
        ThinningOut.streamOf, Ledger.scrubbed,
        Ledger.oldestHead, Ledger.oldestOfStream, "SELECT max(id) FROM entries",
        "SELECT id FROM entries WHERE key = ?", "DELETE FROM entries WHERE id = ?",
        "DELETE FROM streams WHERE id = ?",
        "SELECT id FROM streams WHERE way = ? AND priority = ? AND name = ?",
    ]) func `does not grow with the backlog: every statement goes by an index (G5)`(
        sql: String
    ) throws {
        let place = try TemporarySpool()
        try place.open().close()
        let queue = try DatabaseQueue(path: place.path)
        let plan = try queue.read { db in
            try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql, arguments: .nulls(in: sql))
                .compactMap { $0["detail"] as String? }
        }
        #expect(!plan.isEmpty)
        #expect(plan.allSatisfy { !$0.contains("SCAN") && !$0.contains("TEMP B-TREE") })
    }

    @Test(arguments: [10, 2000]) func `does not grow with what waits behind a row under way`(
        backlog: Int
    ) throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        try spool.put(backlog, device: "a")
        _ = try spool.take([.deferral], 1)
        try spool.put(5, device: "b")
        let steps = try spool.perform(pages: 0) { ledger, db in
            var steps = 0
            var walk = StreamWalk(ways: [.cloud], priority: .normal)
            while let step = try walk.next(db) {
                steps += 1
                guard ledger.leases.hold(on: step.id, now: 0) == nil else { continue }
                try walk.continue(after: step, db)
            }
            return steps
        }
        #expect(steps == 6)
    }

    @Test(arguments: [10, 2000]) func `does not grow with what waits for other policies`(
        backlog: Int
    ) throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        for index in 0..<backlog {
            try spool.put(1, .pending, device: "d\(index)", policy: "slow")
        }
        try spool.put(3, .pending, device: "e", policy: "slower")
        let steps = try spool.perform(pages: 0) { _, db in
            var steps = 0
            let slower = StreamWalk.Place(way: .decide, policy: "slower")
            var walk = StreamWalk(places: [slower], priority: .normal)
            while let step = try walk.next(db) {
                steps += 1
                try walk.continue(after: step, db)
            }
            return steps
        }
        #expect(steps == 3)
    }
}

extension StatementArguments {
    fileprivate static func nulls(in sql: String) -> StatementArguments {
        StatementArguments(sql.filter { $0 == "?" }.map { _ in nil as Int? })
    }
}
