// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import TestKit
import Testing
import Vocabulary

@testable import Spool

@Suite struct `Head-room` {
    /// A second of the clock after another, with `growth` bytes more in each.
    private func room(after seconds: Int, growth: (Int) -> Int) -> HeadRoom {
        var room = HeadRoom()
        var bytes = 0
        for second in 0...seconds {
            room.observe(bytes: bytes, at: Int64(second) * 1_000_000_000)
            bytes += growth(second)
        }
        return room
    }

    @Test func `is what is free over the rate at which it fills`() throws {
        let left = try #require(room(after: 60) { _ in 1000 }.left(free: 3_600_000))
        #expect(abs(left.seconds - 3600) < 1)
    }

    @Test func `is endless while nothing grows, or almost nothing`() {
        #expect(room(after: 60) { _ in 0 }.left(free: 1000) == nil)
        #expect(room(after: 60) { _ in -5 }.left(free: 1000) == nil)
        #expect(room(after: 60) { _ in 1 }.left(free: 1 << 40) == nil)
        #expect(HeadRoom().left(free: 1000) == nil)
    }

    @Test func `is not foretold of the first seconds`() {
        #expect(room(after: 30) { _ in 1000 }.left(free: 1000) == nil)
    }

    @Test func `is nothing when nothing is free`() {
        #expect(room(after: 60) { _ in 10 }.left(free: -5) == .zero)
    }

    @Test func `is not upset by one burst, and follows what lasts`() throws {
        let burst = room(after: 1200) { $0 == 600 ? 60_000 : 100 }
        let before = try #require(room(after: 1200) { _ in 100 }.left(free: 1 << 20))
        #expect(try #require(burst.left(free: 1 << 20)).seconds > before.seconds / 2)
        let lasting = room(after: 3600) { $0 > 1200 ? 1000 : 10 }
        #expect(abs(lasting.rate - 1000) < 30)
    }

    @Test func `takes no notice of a clock that stands still`() {
        var room = HeadRoom()
        room.observe(bytes: 0, at: 5)
        room.observe(bytes: 100, at: 5)
        #expect(room.left(free: 1000) == nil)
    }
}

@Suite struct `A full spool` {
    private func options(_ policy: SpoolOptions.WhenFull) -> SpoolOptions {
        SpoolOptions(maximumSize: 8 << 20, whenFull: policy)
    }

    /// Stores rows of 20 kB until one has had to leave; returns the numbers of all.
    private func fill(_ spool: SpoolStore, value: (Int) -> Double = { _ in 0 }) throws -> [Int64] {
        var ids: [Int64] = []
        while try spool.stats().dropped(.spoolFull) == 0 {
            let id = spool.reserveIDs(1).lowerBound
            var change = SpoolChange()
            var entry = NewEntry(
                id: id,
                key: "key-\(id)",
                kind: .deferral,
                priority: .normal,
                device: "d\(id % 3)",
                policy: "p",
                policyVersion: "v",
                body: [UInt8](repeating: 7, count: 20_000)
            )
            entry.value = value(ids.count)
            change.inserts = [entry]
            try spool.commit(change)
            ids.append(id)
        }
        return ids
    }

    @Test func `lets the row go that is worth least, the oldest among equals`() throws {
        let place = try TemporarySpool()
        let spool = try place.open(options(.dropLowestValue))
        let ids = try fill(spool) { $0 == 7 || $0 == 9 ? 0.1 : 0.5 }
        let left = try spool.rows(limit: .max).map(\.id)
        #expect(left == ids.filter { $0 != ids[7] })
        #expect(try spool.drops(limit: 1).first?.key == "key-\(ids[7])")
    }

    @Test func `does not take a row that is worth less than all it has`() throws {
        let place = try TemporarySpool()
        let spool = try place.open(options(.dropLowestValue))
        let ids = try fill(spool) { 0.9 - Double($0) / 10_000 }
        #expect(try spool.rows(limit: .max).map(\.id) == Array(ids.dropLast()))
    }

    @Test func `thins every stream out evenly before it drops the oldest`() throws {
        let place = try TemporarySpool()
        let spool = try place.open(options(.thin))
        let first = try fill(spool)
        for _ in 0..<60 {
            _ = try spool.put(1, device: "d0", bytes: 20_000)
        }
        let left = Set(try spool.rows(limit: .max).map(\.id))
        let kept = first.prefix(60).filter { left.contains($0) }.count
        // The first of each stream is there still, and half of those after it.
        #expect(first.prefix(3).allSatisfy { left.contains($0) })
        #expect((28...34).contains(kept))
        #expect(try spool.stats().dropped(.spoolFull) >= 60)
    }

    @Test func `treats rows of each priority as it was told to`() throws {
        let place = try TemporarySpool()
        var options = options(.dropOldest)
        options.whenFullByPriority = [.normal: .refuse, .low: .thin]
        let spool = try place.open(options)
        let normal = try spool.put(100, .deferral, .normal, bytes: 20_000)
        var low: [Int64] = []
        while try spool.stats().dropped(.spoolFull) < 30 {
            low += try spool.put(1, .deferral, .low, bytes: 20_000)
        }
        let left = Set(try spool.rows(limit: .max).map(\.id))
        #expect(normal.allSatisfy { left.contains($0) })
        #expect(left.contains(low[0]) && !left.contains(low[1]) && left.contains(low[2]))
        // Rows of normal priority make the others leave, and none of their own.
        let error = #expect(throws: SpoolError.self) {
            while true { _ = try spool.put(1, .deferral, .normal, bytes: 20_000) }
        }
        #expect(error?.code == .capReached)
        let dropped = try spool.stats().dropped
        #expect(dropped.allSatisfy { $0.priority == .low })
    }

    @Test func `in memory takes rows and forgets them, and needs no disk`() throws {
        let place = try TemporarySpool()
        var options = SpoolOptions()
        options.durability = .memory
        let spool = try place.open(options)
        let ids = try spool.put(5)
        #expect(spool.isInMemory)
        #expect(try spool.take([.deferral]) == ids)
        try spool.close()
        #expect(SpoolFile.size(of: place.path) == nil)
        #expect(try place.open(options).rows(limit: 5).isEmpty)
    }
}
