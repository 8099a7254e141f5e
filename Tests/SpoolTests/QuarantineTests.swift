// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import TestKit
import Testing
import Vocabulary

@testable import Spool

@Suite struct `The quarantine` {
    /// A spool of three rows, the first of which was changed behind its back and set aside.
    private func damaged(
        _ change: String,
        _ options: SpoolOptions = SpoolOptions()
    ) throws -> (place: TemporarySpool, spool: SpoolStore, ids: [Int64]) {
        let place = try TemporarySpool()
        let spool = try place.open(options)
        let ids = try spool.put(3, device: "4/17", bytes: 40)
        try spool.perform(pages: 9) { _, db in
            try db.execute(sql: "UPDATE entries SET \(change) WHERE id = \(ids[0])")
        }
        #expect(try spool.take([.deferral], 1) == [ids[1]])
        try spool.acknowledge([ids[1]])
        return (place, spool, ids)
    }

    private var key: MasterKey? { MasterKey(bytes: [UInt8](repeating: 9, count: 32)) }

    private func sealed() throws -> SpoolOptions {
        var options = SpoolOptions()
        options.keys = [try #require(key)]
        return options
    }

    @Test func `shows what a row was and what is left of it`() throws {
        let (place, spool, ids) = try damaged("body = CAST('other' AS BLOB)")
        let listed = try #require(try spool.quarantined(limit: 5).first)
        #expect(listed.row == ids[0] && listed.kind == .deferral && listed.device == "4/17")
        #expect(listed.reason.contains("checksum") && listed.body.isEmpty)
        #expect(try spool.quarantinedRow(listed.id)?.body == Array("other".utf8))
        #expect(try spool.quarantinedRow(99) == nil)
        #expect(try spool.quarantined(before: listed.id, limit: 5).isEmpty)
        withExtendedLifetime(place) {}
    }

    @Test func `lets a row go only when it fits again, or when told not to look`() throws {
        let (place, spool, ids) = try damaged("policy = 'other'")
        let found = try #require(try spool.quarantined(limit: 5).first)
        let refused = try spool.release(quarantined: found.id)
        #expect(refused == .refused("its checksum does not fit what it holds"))
        #expect(try spool.stats().quarantined == 1)
        guard case .released(let new) = try spool.release(quarantined: found.id, unchecked: true)
        else {
            Issue.record("not released")
            return
        }
        #expect(new > ids[2])
        let row = try #require(try spool.row(new))
        #expect(row.policy == "other" && row.key == "key-\(ids[0])" && row.body.count == 40)
        #expect(try spool.stats().quarantined == 0 && spool.stats().rows == 2)
        #expect(try spool.release(quarantined: found.id) == .missing)
        withExtendedLifetime(place) {}
    }

    @Test func `lets a row go whose trouble was mended`() throws {
        let (place, spool, ids) = try damaged("policy = 'other'")
        try spool.perform(pages: 9) { _, db in
            try db.execute(sql: "UPDATE quarantine SET policy = 'bearing-wear'")
        }
        guard case .released = try spool.release(quarantined: 1) else {
            Issue.record("not released")
            return
        }
        #expect(try spool.take([.deferral]) == [ids[2]] + [ids[2] + 1])
        withExtendedLifetime(place) {}
    }

    @Test func `never lets a row go that its seal does not fit`() throws {
        let (place, spool, _) = try damaged("body = zeroblob(80)", try sealed())
        for unchecked in [false, true] {
            guard case .refused = try spool.release(quarantined: 1, unchecked: unchecked) else {
                Issue.record("released")
                return
            }
        }
        #expect(try spool.quarantinedRow(1)?.device?.hasPrefix("#") == true)
        #expect(try spool.purge(quarantined: [1, 2]) == 1)
        #expect(try spool.stats().quarantined == 0)
        withExtendedLifetime(place) {}
    }

    @Test func `gives a sealed row back to its device and stream`() throws {
        let (place, spool, ids) = try damaged("expires = 5", try sealed())
        try spool.perform(pages: 9) { _, db in
            try db.execute(sql: "UPDATE quarantine SET expires = NULL")
        }
        guard case .released(let new) = try spool.release(quarantined: 1) else {
            Issue.record("not released")
            return
        }
        #expect(try spool.row(new)?.device == "4/17")
        #expect(try spool.take([.deferral]) == [ids[2], new])
        withExtendedLifetime(place) {}
    }
}
