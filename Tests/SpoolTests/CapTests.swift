// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Spool
import TestKit
import Testing
import Vocabulary

@Suite struct `The cap` {
    static let small = SpoolOptions(maximumSize: 8 << 20)

    @Test(arguments: [SpoolOptions.WhenFull.dropOldest, .refuse], [200, 3000, 60_000])
    func `is never exceeded on disk, whatever is stored (G4)`(
        whenFull: SpoolOptions.WhenFull,
        bytes: Int
    ) throws {
        let place = try TemporarySpool()
        var options = Self.small
        options.whenFull = whenFull
        let spool = try place.open(options)
        var stored = 0
        var highest = 0
        for round in 0..<(14_000_000 / (bytes * 40 + 20_000)) {
            do {
                try spool.put(40, device: "d\(round % 50)", bytes: bytes)
                stored += 40
            } catch let error as SpoolError {
                #expect(error.code == .capReached && whenFull == .refuse)
            }
            highest = max(highest, place.bytesOnDisk)
        }
        #expect(highest <= options.maximumSize)
        #expect(highest > options.maximumSize / 2)
        let stats = try spool.stats()
        // A refused change may be stored in part; its caller repeats it.
        let accounted = stats.rows + stats.dropped(.spoolFull)
        #expect(whenFull == .refuse ? accounted >= stored : accounted == stored)
        #expect((stats.dropped(.spoolFull) > 0) == (whenFull == .dropOldest))
        #expect(try spool.rows(limit: .max).count == stats.rows)
        #expect(spool.facts.fill > 0.5)
    }

    @Test func `is kept by dropping the oldest of the lowest priority (G4)`() throws {
        let place = try TemporarySpool()
        let spool = try place.open(Self.small)
        let high = try spool.put(5, .deferral, .high, bytes: 10_000)
        let low = try spool.put(5, .action, .low, bytes: 10_000)
        let normal = try spool.put(5, .pending, .normal, bytes: 10_000)
        while try spool.stats().dropped(.spoolFull) < 3 {
            try spool.put(1, .deferral, .normal, device: "filler", bytes: 10_000)
        }
        #expect(try spool.row(low[2]) == nil && spool.row(low[3]) != nil)
        while try spool.stats().dropped(.spoolFull) < 7 {
            try spool.put(1, .deferral, .normal, device: "filler", bytes: 10_000)
        }
        #expect(try spool.row(low[4]) == nil)
        #expect(try spool.row(normal[1]) == nil && spool.row(normal[2]) != nil)
        for id in high { #expect(try spool.row(id) != nil) }
        #expect(try spool.drops(limit: 100).allSatisfy { $0.reason == .spoolFull })
    }

    @Test func `drops a new row rather than a more urgent one, and says so (G4)`() throws {
        let place = try TemporarySpool()
        let spool = try place.open(Self.small)
        var high = 0
        while try spool.stats().dropped(.spoolFull) == 0 {
            high += try spool.put(1, .deferral, .high, bytes: 50_000).count
        }
        let id = spool.reserveIDs(1).lowerBound
        var change = SpoolChange()
        change.inserts = [
            NewEntry(
                id: id,
                key: "k",
                kind: .deferral,
                priority: .low,
                device: "d",
                policy: "p",
                policyVersion: "v",
                body: [UInt8](repeating: 0, count: 50_000)
            )
        ]
        #expect(try spool.commit(change).droppedInserts == [id])
        #expect(try spool.stats().dropped(.spoolFull) == 2)
        #expect(try spool.stats().rows == high - 1)
    }

    @Test func `never drops a row somebody is working on`() throws {
        let place = try TemporarySpool()
        let spool = try place.open(Self.small)
        let owned = try spool.put(3, bytes: 1000, leased: true)
        while try spool.stats().dropped(.spoolFull) < 10 {
            try spool.put(1, bytes: 50_000)
        }
        for id in owned { #expect(try spool.row(id) != nil) }
    }

    @Test func `lets rows leave when it is full, and then others in`() throws {
        let place = try TemporarySpool()
        var options = Self.small
        options.whenFull = .refuse
        let spool = try place.open(options)
        var ids: [Int64] = []
        let error = #expect(throws: SpoolError.self) {
            while true { ids += try spool.put(1, bytes: 50_000) }
        }
        #expect(error?.code == .capReached && error?.isRetryable == true)
        #expect(spool.condition == .good)
        try spool.acknowledge(Array(ids.prefix(3)))
        try spool.put(1, bytes: 50_000)
    }

    @Test func `leaves no row without an owner when only a part of a change is stored (G1)`() throws
    {
        let place = try TemporarySpool()
        var options = Self.small
        options.whenFull = .refuse
        let spool = try place.open(options)
        let old = try spool.put(2)
        var change = SpoolChange()
        change.insertsAreLeased = true
        change.inserts = spool.reserveIDs(2_000).map { id in
            NewEntry(
                id: id,
                key: id % 100 == 0 ? "key-\(old[0])" : "key-\(id)",
                kind: .deferral,
                priority: .normal,
                device: "4/17",
                policy: "p",
                policyVersion: "v",
                body: [UInt8](repeating: 1, count: 8_000)
            )
        }
        let error = #expect(throws: SpoolError.self) { try spool.commit(change) }
        #expect(error?.code == .capReached)
        let stats = try spool.stats()
        #expect(stats.rows > 2, "a part is stored")
        #expect(stats.leased == 0)
        #expect(try spool.take([.deferral], 10_000).count == stats.rows)
    }

    @Test func `keeps a share for rows of high priority`() throws {
        let place = try TemporarySpool()
        var options = Self.small
        options.whenFull = .refuse
        options.reservedForHigh = 0.5
        let spool = try place.open(options)
        var normal = 0
        #expect(throws: SpoolError.self) {
            while true { normal += try spool.put(1, bytes: 50_000).count }
        }
        var high = 0
        #expect(throws: SpoolError.self) {
            while true { high += try spool.put(1, .deferral, .high, bytes: 50_000).count }
        }
        #expect(high > normal / 2 && normal > 10)
    }

    @Test func `holds when one large row displaces very many small ones`() throws {
        let place = try TemporarySpool()
        let spool = try place.open(Self.small)
        while try spool.stats().dropped(.spoolFull) == 0 {
            try spool.put(50, device: "d\(spool.facts.depth % 97)", bytes: 100)
        }
        try spool.put(1, .deferral, .high, bytes: 400_000)
        #expect(place.bytesOnDisk <= Self.small.maximumSize)
        #expect(try spool.stats().dropped(.spoolFull) > 500)
        #expect(try spool.rows(limit: .max).count == spool.facts.depth)
    }

    @Test func `refuses a row that no spool of this size could hold`() throws {
        let place = try TemporarySpool()
        let spool = try place.open(Self.small)
        let error = #expect(throws: SpoolError.self) { try spool.put(1, bytes: 4_000_000) }
        #expect(error?.code == .tooLarge && error?.isRetryable == false)
    }

    @Test func `cuts a change that is too large for one transaction`() throws {
        let place = try TemporarySpool()
        let spool = try place.open(Self.small)
        let ids = try spool.put(5000, bytes: 50)
        #expect(try spool.stats().rows == 5000)
        #expect(try spool.take([.deferral], 10_000) == ids)
        try spool.acknowledge(ids)
        #expect(spool.facts.depth == 0)
        #expect(place.bytesOnDisk <= Self.small.maximumSize)
    }

    @Test func `leaves dead letters their share when rows fill the rest`() throws {
        let place = try TemporarySpool()
        let spool = try place.open(Self.small)
        while try spool.stats().dropped(.spoolFull) == 0 { try spool.put(40, bytes: 1000) }
        var change = SpoolChange()
        change.deadLetters = [.sample(1), .sample(2)]
        try spool.commit(change)
        #expect(try spool.deadLetters(limit: 10).count == 2)
    }
}
