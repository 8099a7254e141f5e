// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import TestKit
import Testing
import Vocabulary

@testable import Spool

@Suite struct `The lease table` {
    @Test func `holds a leased row until it is released or gone`() {
        var table = LeaseTable()
        table.lease(1)
        table.lease(2)
        #expect(table.hold(on: 1, now: 0) == .leased && table.leased == 2)
        table.release(1, until: nil, now: 0)
        table.forget(2)
        table.forget(3)
        #expect(table.hold(on: 1, now: 0) == nil && table.hold(on: 2, now: 0) == nil)
        #expect(table.leased == 0)
    }

    @Test func `holds a delayed row until its time`() {
        var table = LeaseTable()
        table.release(1, until: 10, now: 0)
        #expect(table.hold(on: 1, now: 9) == .delayed(until: 10))
        #expect(table.hold(on: 1, now: 10) == nil)
    }

    @Test func `goes back to where it was when the transaction is not stored`() {
        var table = LeaseTable()
        table.lease(1)
        table.release(2, until: 10, now: 0)
        table.keep()
        table.forget(1)
        table.lease(2)
        table.lease(3)
        table.lease(1)
        table.undo()
        #expect(table.hold(on: 1, now: 0) == .leased)
        #expect(table.hold(on: 2, now: 0) == .delayed(until: 10))
        #expect(table.hold(on: 3, now: 0) == nil)
        #expect(table.leased == 1 && table.delayed == 1)
    }

    @Test func `ends the delays that what has happened ends, and no other`() {
        let ends: [DelayEnd] = [.reached, .answered, .word]
        for end in ends {
            var table = LeaseTable()
            for (id, own) in ends.enumerated() {
                table.release(Int64(id), until: 10, ends: own, now: 0)
            }
            table.lease(3)
            table.keep()
            table.endDelays(by: end)
            let held = ends.indices.filter { table.hold(on: Int64($0), now: 0) != nil }
            #expect(held == ends.indices.filter { ends[$0] > end })
            #expect(table.hold(on: 3, now: 0) == .leased)
            #expect(table.delayed == held.count)
            table.undo()
            #expect(table.delayed == 3)
        }
    }

    @Test func `remembers a bounded number of delays, those that passed leaving first`() {
        var table = LeaseTable(delayLimit: 2)
        table.release(1, until: 10, now: 0)
        table.release(2, until: 20, now: 0)
        table.release(3, until: 20, now: 0)
        #expect(table.hold(on: 3, now: 0) == nil && table.delayed == 2)
        table.release(4, until: 30, now: 15)
        #expect(table.hold(on: 4, now: 15) == .delayed(until: 30))
        #expect(table.hold(on: 2, now: 15) == .delayed(until: 20) && table.delayed == 2)
    }

    @Test func `keeps a row with its owner when the acknowledgement is not stored`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let ids = try spool.put(2)
        _ = try spool.take([.deferral], 1)
        var wrong = SpoolChange()
        wrong.acknowledgements = [ids[0]]
        wrong.replacements = [.init(id: ids[1], kind: .action, body: [])]
        wrong.releases = [.init(id: ids[0])]
        #expect(throws: SpoolError.self) { try spool.commit(wrong) }
        wrong.releases = []
        wrong.replacements = []
        wrong.inserts = [.sample(ids[1], key: "fresh"), .sample(99, key: "other")]
        #expect(throws: SpoolError.self) { try spool.commit(wrong) }
        #expect(try spool.take().isEmpty)
        #expect(try spool.stats().leased == 1)
    }

    @Test func `owns no row whose insert was not stored`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let id = try spool.put(1)[0]
        let new = spool.reserveIDs(1).lowerBound
        var wrong = SpoolChange()
        wrong.insertsAreLeased = true
        wrong.inserts = [
            .sample(new, key: "new"), .sample(id, key: "takes a number that is taken"),
        ]
        #expect(throws: SpoolError.self) { try spool.commit(wrong) }
        #expect(try spool.stats().leased == 0)
        wrong.insertsAreLeased = false
        wrong.inserts.removeLast()
        try spool.commit(wrong)
        #expect(try spool.take() == [id, new])
    }
}

extension NewEntry {
    fileprivate static func sample(_ id: Int64, key: String) -> NewEntry {
        NewEntry(
            id: id,
            key: key,
            kind: .deferral,
            priority: .normal,
            device: "4/17",
            policy: "p",
            policyVersion: "v",
            body: []
        )
    }
}
