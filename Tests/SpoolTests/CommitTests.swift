// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import TestKit
import Testing
import Vocabulary

@Suite struct `What is committed` {
    @Test func `is there after reopening, in order (G1)`() throws {
        let place = try TemporarySpool()
        var ids: [Int64] = []
        do {
            let spool = try place.open()
            ids = try spool.put(5)
            try spool.close()
        }
        let spool = try place.open()
        #expect(try spool.take() == ids)
    }

    @Test func `is there in a copy of the files made while the spool is open (G1)`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let ids = try spool.put(5)
        try spool.acknowledge([ids[1]])
        let copy = try place.copyAfterKill()
        let again = try copy.open()
        #expect(again.wasUncleanExit)
        #expect(try again.take() == [ids[0], ids[2], ids[3], ids[4]])
        #expect(again.facts.depth == 4)
    }

    @Test func `keeps everything the caller gave`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let id = try spool.put(1, .action, .high, timeToLive: .seconds(60), bytes: 10_000)[0]
        place.clock.advance(by: .seconds(20))
        let row = try #require(try spool.row(id))
        #expect(row.key == "key-\(id)")
        #expect(row.kind == .action && row.priority == .high)
        #expect(row.device == "4/17" && row.stream == "4/17")
        #expect(row.policy == "bearing-wear" && row.policyVersion == "v1")
        #expect(row.age == .seconds(20) && row.timeToLive == .seconds(40))
        #expect(row.body == [UInt8](repeating: UInt8(id), count: 10_000))
        #expect(try spool.row(key: "key-\(id)")?.id == id)
        #expect(try spool.row(id + 1) == nil)
    }

    @Test func `is one row however often its key is stored`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let first = try spool.put(1)[0]
        let second = spool.reserveIDs(1).lowerBound
        var change = SpoolChange()
        change.insertsAreLeased = true
        change.inserts = [
            NewEntry(
                id: second,
                key: "key-\(first)",
                kind: .deferral,
                priority: .normal,
                device: "other",
                policy: "p",
                policyVersion: "v",
                body: []
            )
        ]
        let once = SpoolReceipt.Repeat(reserved: second, existing: first, isLeasedToCaller: true)
        #expect(try spool.commit(change).alreadyThere == [once])
        #expect(try spool.commit(change).alreadyThere.map(\.isLeasedToCaller) == [false])
        #expect(try spool.stats().rows == 1)
        try spool.release([first])
        #expect(try spool.take() == [first])
    }

    @Test func `gets numbers above all that are stored`() throws {
        let place = try TemporarySpool()
        let last: Int64
        do {
            let spool = try place.open()
            last = try #require(try spool.put(7).last)
        }
        let spool = try place.open()
        #expect(spool.reserveIDs(2) == (last + 1)..<(last + 3))
    }

    @Test func `keeps its place when its content is replaced`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let ids = try spool.put(3, .escalation)
        var change = SpoolChange()
        change.replacements = [.init(id: ids[0], kind: .deferral, body: [9, 9])]
        try spool.commit(change)
        let rows = try spool.lease([.escalation, .deferral], limit: 10)
        #expect(rows.map(\.id) == ids)
        #expect(rows[0].kind == .deferral && rows[0].body == [9, 9])
        let cells = try spool.stats().cells
        #expect(cells.map(\.kind) == [.escalation, .deferral])
        #expect(cells.map(\.bytes) == [32, 2])
    }

    @Test func `does not become a row that leaves another way`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let id = try spool.put(1, .escalation)[0]
        var change = SpoolChange()
        change.replacements = [.init(id: id, kind: .action, body: [])]
        let error = #expect(throws: SpoolError.self) { try spool.commit(change) }
        #expect(error?.code == .invalid)
        #expect(try spool.row(id)?.bodyBytes == 16)
    }

    @Test func `is told from a change that contradicts what is stored`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let id = try spool.put(1)[0]
        var wrong = SpoolChange()
        wrong.inserts = [
            NewEntry(
                id: id,
                key: "another",
                kind: .action,
                priority: .low,
                device: "d",
                policy: "p",
                policyVersion: "v",
                body: []
            )
        ]
        wrong.acknowledgements = [id]
        let error = #expect(throws: SpoolError.self) { try spool.commit(wrong) }
        #expect(error?.code == .invalid)
        #expect(try spool.row(id) != nil)
    }

    @Test func `is there for every lane that was told so, though they share an fsync (G1)`()
        async throws
    {
        let place = try TemporarySpool()
        let spool = try place.open()
        let said = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for lane in 0..<8 {
                group.addTask {
                    var ids: [Int64] = []
                    for turn in 0..<40 {
                        let new = try spool.put(2, device: "lane\(lane)", bytes: 100)
                        ids += new.dropFirst()
                        if turn % 4 == 0 {
                            try await spool.committed(.acknowledging(new[0]))
                        } else {
                            ids.append(new[0])
                        }
                    }
                    return ids
                }
            }
            return try await group.reduce(into: Set()) { $0.formUnion($1) }
        }
        let again = try place.copyAfterKill().open()
        #expect(Set(try again.rows(limit: .max).map(\.id)) == said)
        #expect(try spool.stats().commits <= 400)
    }
}

extension SpoolChange {
    fileprivate static func acknowledging(_ id: Int64) -> SpoolChange {
        var change = SpoolChange()
        change.acknowledgements = [id]
        return change
    }
}
