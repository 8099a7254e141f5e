// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import TestKit
import Testing
import Vocabulary

@testable import Spool

@Suite struct `Whose rows are taken first` {
    private func fair(_ spool: SpoolStore, _ limit: Int) throws -> [SpoolRow] {
        try spool.lease([.deferral], limit: limit, order: .smallestDebt)
    }

    private func owed(_ spool: SpoolStore) throws -> [String: [Int64]] {
        try spool.perform(pages: 0) { _, db in
            var owed: [String: [Int64]] = [:]
            try db.each("SELECT name, rows, debt FROM streams") { row in
                owed[try row.text(0)] = [try row.integer(1), try row.integer(2)]
            }
            return owed
        }
    }

    @Test func `a device with three rows does not wait for one with thousands`() throws {
        let spool = try TemporarySpool().open()
        try spool.put(2_000, device: "large")
        try spool.put(3, device: "small")
        let rows = try fair(spool, 16)
        #expect(rows.filter { $0.device == "small" }.count == 3)
        #expect(rows.filter { $0.device == "large" }.count == 13)
    }

    @Test
    func `a device with thousands has a quarter of every batch, however many small ones come`()
        throws
    {
        let spool = try TemporarySpool().open()
        try spool.put(2_000, device: "large")
        for round in 0..<5 {
            for device in 0..<40 { try spool.put(1, device: "r\(round)-\(device)") }
            let rows = try fair(spool, 32)
            #expect(rows.count == 32)
            #expect(rows.filter { $0.device == "large" }.count == 8)
            try spool.acknowledge(rows.map(\.id))
        }
    }

    @Test func `each device's rows are in their order, and none is given twice (G3)`() throws {
        let spool = try TemporarySpool().open()
        for index in 0..<400 { try spool.put(1, device: "d\(index * index % 17)") }
        var last: [String: Int64] = [:]
        var seen: Set<Int64> = []
        while true {
            let rows = try fair(spool, 30)
            if rows.isEmpty { break }
            for row in rows {
                #expect(row.id > last[row.device] ?? 0)
                #expect(seen.insert(row.id).inserted)
                last[row.device] = row.id
            }
            try spool.acknowledge(rows.map(\.id))
        }
        #expect(seen.count == 400)
    }

    @Test func `a stream whose first row is under way gives nothing`() throws {
        let spool = try TemporarySpool().open()
        try spool.put(5, device: "a")
        let first = try fair(spool, 2)
        #expect(first.count == 2)
        #expect(try fair(spool, 10).isEmpty)
        try spool.acknowledge(first.map(\.id))
        #expect(try fair(spool, 10).count == 3)
    }

    @Test func `what a stream is owed follows its rows, and survives a failed transaction`() throws
    {
        let place = try TemporarySpool()
        let spool = try place.open()
        try spool.put(5, device: "a")
        try spool.put(1, device: "b")
        #expect(try owed(spool) == ["a": [5, 3], "b": [1, 1]])
        let rows = try fair(spool, 10).filter { $0.device == "a" }
        try spool.acknowledge(Array(rows.map(\.id).prefix(2)))
        #expect(try owed(spool)["a"] == [3, 2])
        struct Broken: Error {}
        #expect(throws: SpoolError.self) {
            try spool.perform(pages: 16) { ledger, db in
                try ledger.drop(rows[3].id, .purged, db)
                throw Broken()
            }
        }
        #expect(try owed(spool)["a"] == [3, 2])
        try spool.purge(SpoolFilter())
        try spool.close()
        let again = try place.open()
        #expect(try owed(again)["a"]?.first == 3)
    }
}
