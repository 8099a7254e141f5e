// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import TestKit
import Testing
import Vocabulary

@Suite struct `Who owns a row` {
    @Test func `nobody where it is free, among rows that are leased to who stores them`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let ids = Array(spool.reserveIDs(2))
        var change = SpoolChange()
        change.insertsAreLeased = true
        change.inserts = [.row(ids[0], "owned", on: "a"), .row(ids[1], "free", on: "b")]
        change.inserts[1].isFree = true
        try spool.commit(change)
        #expect(try spool.stats().leased == 1)
        #expect(try spool.take() == [ids[1]])
    }

    @Test func `nobody where it is free and was there already`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let first = try spool.put(1)[0]
        var change = SpoolChange()
        change.insertsAreLeased = true
        change.inserts = [.row(spool.reserveIDs(1).lowerBound, "key-\(first)", on: "4/17")]
        change.inserts[0].isFree = true
        #expect(try spool.commit(change).alreadyThere.map(\.isLeasedToCaller) == [false])
        #expect(try spool.take() == [first])
    }

    @Test func `and what was leased and not begun has no attempt to its name`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let id = try spool.put(1, .pending)[0]
        for _ in 0..<3 {
            #expect(try spool.lease([.pending], limit: 1).map(\.attempts) == [1])
            var change = SpoolChange()
            change.releases = [.init(id: id)]
            change.releases[0].takesAttemptBack = true
            try spool.commit(change)
        }
        #expect(try spool.row(id)?.attempts == 0)
    }

    @Test func `is found by the beginning of its key`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let id = try spool.put(1)[0]
        #expect(try spool.hasRow(keyPrefix: "key-"))
        #expect(try spool.hasRow(keyPrefix: "key-\(id)"))
        #expect(try !spool.hasRow(keyPrefix: "key-\(id):"))
        #expect(try !spool.hasRow(keyPrefix: "kez"))
    }
}

extension NewEntry {
    fileprivate static func row(_ id: Int64, _ key: String, on device: String) -> NewEntry {
        NewEntry(
            id: id,
            key: key,
            kind: .deferral,
            priority: .normal,
            device: device,
            policy: "p",
            policyVersion: "v",
            body: []
        )
    }
}
