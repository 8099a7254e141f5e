// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import TestKit
import Testing
import Vocabulary

@testable import Spool

@Suite struct `A damaged spool` {
    @Test func `is set aside whole, and what it held goes on in a new file`() throws {
        let store = try Wreck()
        try store.damage { file in file.replaceSubrange(0..<64, with: Data(count: 64)) }
        let wreck = try Data(contentsOf: URL(filePath: store.place.path))
        let spool = try store.place.open()
        let report = try #require(spool.salvage)
        #expect(try Data(contentsOf: URL(filePath: report.setAside)) == wreck)
        #expect(report.setAside.contains("/spool.sqlite.damaged-"))
        #expect(report.kept == store.rows.count && report.damaged == 0 && report.missing == 0)
        #expect(try store.drained(spool) == Set(store.rows.keys))
        #expect(try spool.meta("site_key") == Array(0..<32))
        #expect(try spool.deadLetters(limit: 5).map(\.letter.code) == ["syntax"])
        #expect(try spool.deadLetters(limit: 5).first?.letter.topic == "a/b")
        #expect(try spool.put(1).first ?? 0 > store.rows.keys.max() ?? 0)
    }

    @Test func `keeps order, priority, attempts and time to live`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let low = try spool.put(2, .deferral, .low, device: "a")
        let high = try spool.put(2, .deferral, .high, device: "a", timeToLive: .seconds(50))
        _ = try spool.take([.deferral])
        try spool.release(low + high, countsAttempt: true)
        try spool.close()
        let store = Wreck(place)
        try store.damage { file in file[60] ^= 0xFF }
        try store.damage { file in file[68] ^= 1 }
        let again = try place.open()
        #expect(again.salvage?.kept == 4)
        let rows = try again.lease([.deferral], limit: 9)
        #expect(rows.map(\.id) == high + low)
        #expect(rows.map(\.attempts) == [1, 1, 1, 1])
        #expect(rows[0].timeToLive ?? .zero > .zero && rows[3].timeToLive == nil)
    }

    @Test func `cut to nothing starts empty and says so`() throws {
        let store = try Wreck()
        try Data().write(to: URL(filePath: store.place.path))
        let spool = try store.place.open()
        #expect(spool.salvage?.kept == 0)
        #expect(try spool.put(1).count == 1)
    }

    @Test func `whose log is damaged in its middle loses nothing else of it`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        for _ in 0..<40 { try spool.put(1, bytes: 300) }
        let copy = try place.copyAfterKill()
        var log = try Data(contentsOf: URL(filePath: copy.path + "-wal"))
        log[log.count / 2 + 2000] ^= 4
        try log.write(to: URL(filePath: copy.path + "-wal"))
        let again = try copy.open()
        let report = try #require(again.salvage)
        #expect(report.kept >= 39 && report.kept + report.damaged + report.missing >= 40)
        #expect(try again.take([.deferral], 100).count == report.kept)
    }

    @Test func `whose log was cut off by a power cut is no damaged one`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        for _ in 0..<10 { try spool.put(1, bytes: 300) }
        let copy = try place.copyAfterKill()
        let log = try Data(contentsOf: URL(filePath: copy.path + "-wal"))
        for cut in [1, 100, 4000, 9000] {
            let torn = try place.copyAfterKill()
            try log.dropLast(cut).write(to: URL(filePath: torn.path + "-wal"))
            let again = try torn.open()
            #expect(again.salvage == nil)
            #expect(again.cutPages == 1, "the page of which a part is there")
            #expect(try again.take([.deferral], 100).count >= 8)
        }
    }

    @Test func `whose log does not fit at its end says how many pages were left out`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        for _ in 0..<10 { try spool.put(1, bytes: 300) }
        let killed = try place.copyAfterKill()
        let whole = try killed.open()
        #expect(whole.cutPages == 0)
        let source = try place.copyAfterKill()
        let log = try Data(contentsOf: URL(filePath: source.path + "-wal"))
        // In the last page, in its checksum, and in either half of its salt.
        for back in [4_000, 4_104, 4_112, 4_108] {
            let copy = try place.copyAfterKill()
            var damaged = log
            damaged[damaged.count - back] ^= 4
            try damaged.write(to: URL(filePath: copy.path + "-wal"))
            let again = try copy.open()
            #expect(again.salvage == nil)
            #expect(again.cutPages == 1)
            #expect(try again.take([.deferral], 100).count == 9)
        }
    }

    @Test func `found while it runs is replaced under way, and owners keep their rows`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let mine = try spool.put(5, device: "a", bytes: 200, leased: true)
        let others = try spool.put(25, device: "b", bytes: 200)
        try spool.perform(pages: 9) { _, db in
            // As if the row that a stream begins with had gone.
            try db.execute(sql: "UPDATE streams SET head = head + 1000 WHERE name = 'b'")
        }
        #expect(try spool.take([.deferral], 100) == others)
        #expect(spool.salvage?.kept == 30)
        try spool.acknowledge(mine + others)
        #expect(try spool.stats().rows == 0)
        #expect(spool.condition == .good)
    }

    @Test(arguments: [1, 2, 3]) func `is replaced whole or not at all, whenever the power goes`(
        step: Int
    ) throws {
        let store = try Wreck()
        let path = store.place.path
        try store.damage { file in file[0] ^= 0xFF }
        let time = store.place.clock
        let steps = SalvageSteps(path: path, time: time)
        switch step {
        case 1:
            // Before the new file is whole.
            _ = try SpoolFile.make(path: path + ".salvaged.new")
        case 2:
            // It is whole, and the old one still in its place.
            try FileManager.default.copyItem(atPath: path, toPath: path + ".salvaged")
        default:
            // The old one is aside.
            let twin = try Wreck()
            try twin.damage { file in file[0] ^= 0xFF }
            _ = try SalvageSteps(path: twin.place.path, time: time).replace(SpoolOptions())
            try FileManager.default.moveItem(atPath: twin.place.path, toPath: path + ".salvaged")
            try FileManager.default.moveItem(atPath: path, toPath: path + ".damaged-before")
            try steps.resume()
        }
        let spool = try store.place.open()
        #expect(try store.drained(spool).count == store.rows.count)
        #expect(!FileManager.default.fileExists(atPath: path + ".salvaged"))
    }

    /// How many stores are damaged; more with SLUICE_DAMAGE_ROUNDS.
    private static let rounds =
        ProcessInfo.processInfo.environment["SLUICE_DAMAGE_ROUNDS"].flatMap { Int($0) } ?? 100

    @Test(arguments: [false, true]) func `always starts, keeps what is intact, counts what is not`(
        isSealed: Bool
    ) throws {
        let good = try Wreck(isSealed: isSealed, isClosed: false)
        var random = SplitMix64(seed: isSealed ? 11 : 7)
        for round in 0..<(Self.rounds / 2) {
            let store = try good.copy()
            let hurt = try store.hurt(&random)
            let spool: SpoolStore
            do {
                spool = try store.place.open(store.options)
            } catch {
                Issue.record("round \(round), \(hurt): \(error)")
                continue
            }
            // Also what is wrong in them, which `drained` looks for.
            let back = try store.drained(spool)
            let lost = good.rows.count - back.count
            #expect(lost <= hurt.mostRows, "round \(round): \(hurt)")
            if lost > hurt.mostSilent {
                let report = spool.salvage
                let rows = (report?.damaged ?? 0) + (report?.missing ?? 0) + spool.damage.found
                let told = rows + (report?.lostPages ?? 0) + (report?.lostPlaces ?? 0)
                #expect(told > 0, "round \(round): \(lost) rows lost without a word: \(hurt)")
            }
            #expect(try spool.put(3).count == 3)
        }
    }
}

/// A spool with rows of many sizes, and ways to hurt it.
struct Wreck {
    struct Row: Equatable {
        var device: String
        var body: [UInt8]
    }

    struct Hurt: CustomStringConvertible {
        var description: String
        /// The most rows that it may cost.
        var mostRows: Int
        /// How many of them may go without a word: those of the log's last transactions, which cannot be
        /// told from ones that a power cut cut off.
        var mostSilent = 0
    }

    let place: TemporarySpool
    var rows: [Int64: Row] = [:]
    var options = SpoolOptions()

    init(_ place: TemporarySpool) {
        self.place = place
    }

    init(isSealed: Bool = false, isClosed: Bool = true) throws {
        place = try TemporarySpool()
        if isSealed, let key = MasterKey(bytes: [UInt8](repeating: 9, count: 32)) {
            options.keys = [key]
            options.compression = .zstd
        }
        var spool = try place.open(options)
        var random = SplitMix64(seed: 1)
        for turn in 0..<60 {
            var change = SpoolChange()
            for id in spool.reserveIDs(4) {
                let size = turn.isMultiple(of: 9) ? 9000 : 40 + Int(random.next() % 400)
                let body = (0..<size).map { _ in UInt8(truncatingIfNeeded: random.next()) }
                let device = "line-\(id % 7)"
                rows[id] = Row(device: device, body: body)
                change.inserts.append(
                    NewEntry(
                        id: id,
                        key: "key-\(id)",
                        kind: .deferral,
                        priority: .normal,
                        device: device,
                        policy: "p",
                        policyVersion: "v",
                        body: body
                    )
                )
            }
            try spool.commit(change)
            // Some of it is in the file, the rest in its log.
            if turn == 40 {
                try spool.close()
                spool = try place.open(options)
            }
        }
        var change = SpoolChange()
        change.meta = [.init(key: "site_key", value: Array(0..<32))]
        change.deadLetters = [
            DeadLetter(
                time: WallTime(nanoseconds: 1),
                input: "i",
                topic: "a/b",
                payload: [1, 2],
                code: .syntax,
                text: "t"
            )
        ]
        try spool.commit(change)
        // At once, before the log is emptied.
        if !isClosed { killed = try place.copyAfterKill() }
        try spool.close()
    }

    private var killed: TemporarySpool?

    /// The files as they are now, in a folder of their own.
    func copy() throws -> Wreck {
        var copy = Wreck(try (killed ?? place).copyAfterKill())
        copy.rows = rows
        copy.options = options
        return copy
    }

    func damage(_ suffix: String = "", _ body: (inout Data) -> Void) throws {
        let url = URL(filePath: place.path + suffix)
        var bytes = try Data(contentsOf: url)
        body(&bytes)
        try bytes.write(to: url)
    }

    /// Flips bits, cuts the file off, or overwrites a page, in the file or its log.
    func hurt(_ random: inout SplitMix64) throws -> Hurt {
        let isLog = random.next().isMultiple(of: 4)
        let suffix = isLog ? "-wal" : ""
        let kind = random.next() % 4
        let flips = Int(random.next() % 8) + 1
        let draws = (0..<16).map { _ in Int(random.next() >> 2) }
        var hurt = Hurt(description: "", mostRows: 0)
        try damage(suffix) { file in
            switch kind {
            case 0, 1:
                for flip in 0..<flips {
                    file[draws[flip] % file.count] ^= 1 << (draws[flip + 8] % 8)
                }
                // What says where rows are on a page may cost all of its rows.
                hurt = Hurt(description: "\(flips) bits of \(suffix)", mostRows: flips * 24)
            case 2:
                let length = draws[0] % file.count
                file = file.prefix(length)
                hurt = Hurt(description: "\(suffix) cut to \(length)", mostRows: rows.count)
            default:
                let page = draws[0] % (file.count / 4096)
                let end = min((page + 1) * 4096, file.count)
                file.replaceSubrange(
                    (page * 4096)..<end,
                    with: Data((page * 4096..<end).map { UInt8(truncatingIfNeeded: $0 &* 31) })
                )
                hurt = Hurt(description: "page \(page + 1) of \(suffix)", mostRows: 48)
            }
        }
        // What of a cut file is still there must be kept.
        // Bytes of a row may also stand where a page had it before it was moved, and do not count there.
        if kind == 2 { hurt.mostRows = try unreadable() + (isLog ? 8 : 4) }
        if isLog { hurt.mostSilent = kind == 2 ? rows.count : 8 }
        return hurt
    }

    /// Rows whose content is in none of the files any more; all of them where it is not stored as it is.
    private func unreadable() throws -> Int {
        guard options.keys.isEmpty else { return rows.count }
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: place.path)))
        if let log = try? Data(contentsOf: URL(filePath: place.path + "-wal")) { bytes += log }
        // Its pieces on each of the pages that it takes are enough.
        var wanted: [UInt64: (row: Int64, piece: Int)] = [:]
        var missing: [Int64: Set<Int>] = [:]
        for (id, row) in rows {
            for piece in stride(from: row.body.count, to: 7, by: -1000) {
                wanted[key(row.body[(piece - 8)..<piece])] = (id, piece)
                missing[id, default: []].insert(piece)
            }
        }
        var window: UInt64 = 0
        for byte in bytes {
            window = window << 8 | UInt64(byte)
            if let found = wanted[window] { missing[found.row]?.remove(found.piece) }
        }
        return missing.count { !$1.isEmpty }
    }

    private func key(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The rows that come back; each must be what was stored.
    func drained(_ spool: SpoolStore) throws -> Set<Int64> {
        var back: Set<Int64> = []
        while true {
            let found = try spool.lease([.deferral], limit: 50)
            guard !found.isEmpty else { return back }
            for row in found where row.policy == "p" {
                #expect(rows[row.id]?.body == row.body && row.key == "key-\(row.id)")
                #expect(rows[row.id]?.device == row.device)
                back.insert(row.id)
            }
            try spool.acknowledge(found.map(\.id))
        }
    }
}
