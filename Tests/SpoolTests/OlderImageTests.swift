// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import TestKit
import Testing
import Vocabulary

@testable import Spool

/// What a damaged log costs, against what SQLite, which stops reading at the damage, still reads.
@Suite struct `The older images in a damaged log` {
    /// Where in a frame the damage is.
    enum Place: CaseIterable {
        case row
        case pageHead
        case frameHead
    }

    /// How many frames are damaged in each place; more with SLUICE_DAMAGE_ROUNDS.
    private static let rounds =
        ProcessInfo.processInfo.environment["SLUICE_DAMAGE_ROUNDS"].flatMap { Int($0) } ?? 20

    @Test(arguments: Place.allCases) func `give every row that SQLite still reads`(
        place: Place
    ) throws {
        let good = try LoggedSpool()
        var random = SplitMix64(seed: 5)
        for round in 0..<Self.rounds {
            let copy = try good.copy { log in
                let frame = Int(random.next() % UInt64((log.count - 32) / 4120))
                let draw = Int(random.next() >> 2)
                let offset =
                    switch place {
                    case .row: 24 + 8 + draw % 4088
                    case .pageHead: 24 + draw % 12
                    case .frameHead: draw % 24
                    }
                log[32 + frame * 4120 + offset] ^= 1 << ((draw >> 20) % 8)
            }
            let readable = try good.readable(copy).intersection(good.waiting)
            let spool = try copy.open()
            let back = try good.drained(spool)
            #expect(readable.subtracting(back).isEmpty, "round \(round)")
            let silent = good.waiting.count - back.count - (spool.salvage.map(\.told) ?? 0)
            // What SQLite itself takes for the end of the log is not known to be damage.
            #expect(spool.salvage == nil || silent <= 0, "round \(round)")
        }
    }

    @Test func `give a row whose newest bytes are damaged, and it is not told as damaged`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let first = try spool.put(1, bytes: 1200)
        // The page that the row is on is written once more with each of these.
        let more = try (0..<2).flatMap { _ in try spool.put(1, bytes: 1200) }
        let last = try (0..<4).flatMap { _ in try spool.put(1, bytes: 3900) }
        let copy = try place.copyAfterKill()
        let url = URL(filePath: copy.path + "-wal")
        var log = try Data(contentsOf: url)
        let body = [UInt8](repeating: UInt8(truncatingIfNeeded: first[0]), count: 1200)
        let images = log.ranges(of: body)
        #expect(images.count > 1)
        let newest = try #require(images.last)
        log[newest.lowerBound + 600] ^= 0x10
        try log.write(to: url)
        let again = try copy.open()
        let report = try #require(again.salvage)
        #expect(report.kept == 7 && report.damaged == 0 && report.missing == 0)
        #expect(try again.quarantined(limit: 9).isEmpty)
        #expect(try again.take([.deferral]) == first + more + last)
        #expect(try again.row(first[0])?.body == body)
    }

    @Test func `give no row that was deleted`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let ids = try (0..<12).flatMap { _ in try spool.put(1, bytes: 900) }
        try spool.acknowledge(Array(ids[3..<5]))
        let more = try (0..<4).flatMap { _ in try spool.put(1, bytes: 900) }
        let copy = try place.copyAfterKill()
        let url = URL(filePath: copy.path + "-wal")
        var log = try Data(contentsOf: url)
        // A row that stands on the page of the deleted ones.
        let body = [UInt8](repeating: UInt8(truncatingIfNeeded: ids[2]), count: 900)
        let newest = try #require(log.ranges(of: body).last)
        log[newest.lowerBound + 9] ^= 1
        try log.write(to: url)
        let again = try copy.open()
        #expect(again.salvage?.kept == 14)
        #expect(try again.take([.deferral]) == Array(ids[..<3] + ids[5...]) + more)
    }

    @Test func `are told from the newest by the frames' checksums`() throws {
        let good = try LoggedSpool()
        let log = try [UInt8](Data(contentsOf: URL(filePath: good.place.path + "-wal")))
        let frames = WriteAheadLog.frames(log)
        #expect(frames.count == (log.count - 32) / 4120)
        #expect(frames.allSatisfy { $0.isWhole && $0.end >= $0.start })
        let inner = try #require(frames.firstIndex { !$0.isCommit })
        #expect(frames[inner].end > frames[inner].start)

        func unwhole(_ place: Int, _ bits: UInt8 = 1) -> [Int] {
            var log = log
            log[place] ^= bits
            let frames = WriteAheadLog.frames(log)
            return frames.indices.filter { !frames[$0].isWhole }
        }
        let start = frames[9].start
        #expect(unwhole(start + 77) == [9])
        // Its page's number, its salt, and its checksum, from which the next one goes on.
        #expect(unwhole(start - 21) == [9])
        #expect(unwhole(start - 12) == [])
        #expect(unwhole(start - 1) == [9, 10])
        // The header's byte order: the frames say what it was.
        #expect(unwhole(3) == [])
    }

    @Test func `are whole only where their transaction ended`() throws {
        let good = try LoggedSpool()
        let log = try [UInt8](Data(contentsOf: URL(filePath: good.place.path + "-wal")))
        let frames = WriteAheadLog.frames(log)
        let last = try #require(frames.lastIndex { !$0.isCommit })
        let cut = WriteAheadLog.frames(Array(log[..<(frames[last].start + 4096)]))
        #expect(cut.count == last + 1)
        #expect(cut.last?.isWhole == false)
        #expect(cut.first?.isWhole == true)
        #expect(WriteAheadLog.frames([]).isEmpty)
        #expect(WriteAheadLog.frames(Array(log.prefix(100))).isEmpty)
    }
}

/// A spool as kill -9 leaves it, all of it in its log: rows of many sizes came, some left.
private struct LoggedSpool {
    let place: TemporarySpool
    /// The rows that wait.
    var waiting: Set<Int64> = []
    private var bodies: [Int64: [UInt8]] = [:]

    init() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        var random = SplitMix64(seed: 3)
        for turn in 0..<70 {
            var change = SpoolChange()
            for id in spool.reserveIDs(1 + turn % 2) {
                let size = turn % 11 == 10 ? 9000 : 100 + Int(random.next() % 1600)
                let body = (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                bodies[id] = body
                waiting.insert(id)
                change.inserts.append(
                    NewEntry(
                        id: id,
                        key: "key-\(id)",
                        kind: .deferral,
                        priority: .normal,
                        device: "line-\(id % 7)",
                        policy: "p",
                        policyVersion: "v",
                        body: body
                    )
                )
            }
            try spool.commit(change)
            if turn % 3 == 2, let left = bodies.keys.sorted().dropFirst(turn / 2).first,
                waiting.remove(left) != nil
            {
                try spool.acknowledge([left])
            }
        }
        self.place = try place.copyAfterKill()
    }

    /// A copy whose log is damaged.
    func copy(_ damage: (inout Data) -> Void) throws -> TemporarySpool {
        let copy = try place.copyAfterKill()
        let url = URL(filePath: copy.path + "-wal")
        var log = try Data(contentsOf: url)
        damage(&log)
        try log.write(to: url)
        return copy
    }

    /// The rows that SQLite reads as they were stored.
    func readable(_ damaged: TemporarySpool) throws -> Set<Int64> {
        let copy = try damaged.copyAfterKill()
        let queue = try DatabaseQueue(path: copy.path)
        defer { try? queue.close() }
        return try queue.read { db in
            var found: Set<Int64> = []
            for row in try Row.fetchAll(db, sql: "SELECT id, body FROM entries") {
                let (id, body): (Int64, Data) = (row["id"], row["body"])
                if bodies[id].map({ Data($0) }) == body { found.insert(id) }
            }
            return found
        }
    }

    /// The rows that come back; each must be what was stored.
    func drained(_ spool: SpoolStore) throws -> Set<Int64> {
        var back: Set<Int64> = []
        while true {
            let found = try spool.lease([.deferral], limit: 50)
            guard !found.isEmpty else { return back }
            for row in found {
                #expect(bodies[row.id] == row.body && row.key == "key-\(row.id)")
                back.insert(row.id)
            }
            try spool.acknowledge(found.map(\.id))
        }
    }
}

extension SalvageReport {
    fileprivate var told: Int { damaged + missing + lostPlaces + lostPages * 100 }
}
