// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import FoundationEssentials
import TestKit
import Testing
import Vocabulary

@testable import Spool

@Suite struct `A backup` {
    private let place: TemporarySpool
    private let spool: SpoolStore

    init() throws {
        place = try TemporarySpool()
        spool = try place.open()
    }

    private var copy: String { place.folder + "/copy.sqlite" }
    private let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    private func restore(_ path: String, force: Bool = false) throws -> SpoolRestore.Outcome {
        try SpoolRestore(path: path, now: now).run(from: copy, force: force)
    }

    @Test func `has every row, letter and setting, and opens as a spool`() async throws {
        try spool.put(500, device: "a", bytes: 2_000)
        var change = SpoolChange()
        change.meta.append(.init(key: "site_key", value: Array(0..<32)))
        change.deadLetters.append(
            DeadLetter(time: now, input: "i", topic: "t", payload: [1], code: .syntax, text: "x")
        )
        try spool.commit(change)
        #expect(try await spool.backUp(to: copy) > 1_000_000)
        let empty = try TemporarySpool()
        #expect(try restore(empty.path).rows == 500)
        let other = try empty.open()
        #expect(try other.stats().rows == 500)
        #expect(try other.row(500)?.body == spool.row(500)?.body)
        #expect(try other.meta("site_key") == Array(0..<32))
        #expect(try other.deadLetters(limit: 9).count == 1)
        #expect(try other.take([.deferral], 1_000).count == 500)
        #expect(other.reserveIDs(1).lowerBound > 500)
    }

    @Test func `is whole while rows come and go, and holds no commit up`() async throws {
        for _ in 0..<8 { try spool.put(500, device: "a", bytes: 4_000) }
        async let size = spool.backUp(to: copy)
        var longest = 0.0
        for _ in 0..<60 {
            let start = DispatchTime.now().uptimeNanoseconds
            try spool.put(5, device: "b", bytes: 4_000)
            try spool.acknowledge(try spool.take([.deferral], 3))
            longest = max(longest, Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9)
        }
        #expect(try await size > 16_000_000)
        // Far below what the whole copy takes; a bound a busy machine keeps.
        #expect(longest < 5)
        let empty = try TemporarySpool()
        _ = try restore(empty.path)
        let other = try empty.open()
        // Counters and rows are of one moment.
        let listed = try other.rows(limit: 10_000).count
        #expect(try other.stats().rows == listed)
        #expect(listed > 3_500)
    }

    @Test func `replaces no file, and one that cannot be made leaves none`() async throws {
        _ = try await spool.backUp(to: copy)
        await #expect(throws: SpoolError.self) { try await spool.backUp(to: copy) }
        await #expect(throws: SpoolError.self) {
            try await spool.backUp(to: place.folder + "/no/such/folder")
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: place.folder)
        #expect(!files.contains { $0.hasSuffix(".part") })
    }

    @Test func `fails when the spool is closed meanwhile`() async throws {
        try spool.close()
        await #expect(throws: SpoolError.self) { try await spool.backUp(to: copy) }
    }

    @Test func `is put in place of an older store, which is kept aside`() async throws {
        try spool.put(3)
        _ = try await spool.backUp(to: copy)
        try spool.close()
        // The same store as it was when the copy was made.
        let outcome = try restore(place.path, force: true)
        #expect(outcome.rows == 3)
        let aside = try #require(outcome.keptAside)
        #expect(FileManager.default.fileExists(atPath: aside))
        #expect(try place.open().stats().rows == 3)
    }

    @Test func `put in place twice in a second leaves both former stores (G1)`() async throws {
        try spool.put(3, device: "a")
        _ = try await spool.backUp(to: copy)
        var asides: Set<String> = []
        let other = try TemporarySpool()
        for rows in [5, 7, 9] {
            let former = try other.open()
            try former.put(rows, device: "b")
            try former.close()
            asides.insert(try #require(try restore(other.path, force: true).keptAside))
        }
        #expect(asides.count == 3)
        #expect(asides.allSatisfy { SpoolFile.size(of: $0) ?? 0 > 0 })
    }

    @Test func `whose restore was cut off between its steps is in place at the next start (G1)`()
        async throws
    {
        try spool.put(4, device: "a")
        _ = try await spool.backUp(to: copy)
        let other = try TemporarySpool()
        // As a kill leaves it: the former store is aside, the backup not yet in its place.
        try FileManager.default.copyItem(atPath: copy, toPath: other.path + ".salvaged")
        #expect(try other.open().stats().rows == 4)
        // And one whose draft has a log of another file beside it.
        let third = try TemporarySpool()
        try Data([1, 2, 3]).write(to: URL(filePath: third.path + ".restore-wal"))
        #expect(try restore(third.path).rows == 4)
        #expect(SpoolFile.size(of: third.path + ".restore-wal") == nil)
    }

    @Test func `whose restore was cut off does not read the former store's log (G1)`() async throws
    {
        let former = try TemporarySpool()
        let open = try former.open()
        try open.put(9, device: "b")
        try spool.put(4, device: "a")
        _ = try await spool.backUp(to: copy)
        // As a kill between the two renames of the former store leaves it.
        let other = try TemporarySpool()
        let files = FileManager.default
        try files.copyItem(atPath: former.path + "-wal", toPath: other.path + "-wal")
        try files.copyItem(atPath: copy, toPath: other.path + ".salvaged")
        let outcome = try restore(other.path)
        #expect(outcome.rows == 4)
        let aside = try #require(outcome.keptAside)
        #expect(SpoolFile.size(of: aside + "-wal") == nil)
        let names = try files.contentsOfDirectory(atPath: other.folder)
        #expect(names.contains { $0.contains(".before-restore-") && $0.hasSuffix("-wal") })
        #expect(try other.open().stats().rows == 4)
    }

    @Test func `is named where it is no database, and the present store stays`() throws {
        try spool.put(3)
        try spool.close()
        let text = [UInt8](repeating: UInt8(ascii: "x"), count: 20_000)
        try Data(text).write(to: URL(filePath: copy))
        let error = #expect(throws: SpoolError.self) { try restore(place.path, force: true) }
        #expect(error?.message.contains("the backup `\(copy)`") == true)
        #expect(try place.open().stats().rows == 3)
    }

    @Test func `is not put in place of a newer store, nor of another site's, unless forced`()
        async throws
    {
        try spool.put(3)
        _ = try await spool.backUp(to: copy)
        try spool.put(1)
        try spool.close()
        #expect(throws: SpoolError.self) { try restore(place.path) }
        #expect(try place.open().stats().rows == 4)

        let stranger = try TemporarySpool()
        let theirs = try stranger.open()
        var change = SpoolChange()
        change.meta.append(.init(key: "site_key", value: [9]))
        try theirs.commit(change)
        try theirs.close()
        #expect(throws: SpoolError.self) { try restore(stranger.path) }
        #expect(try restore(stranger.path, force: true).rows == 3)
    }

    @Test func `is not put in place of a store that is open, and nothing else is a backup`()
        async throws
    {
        _ = try await spool.backUp(to: copy)
        #expect(throws: SpoolError.self) { try restore(place.path, force: true) }
        let empty = try TemporarySpool()
        for bytes in [[UInt8](), Array("not a database at all".utf8)] {
            let file = place.folder + "/junk"
            try Data(bytes).write(to: URL(filePath: file))
            #expect(throws: SpoolError.self) {
                try SpoolRestore(path: empty.path, now: now).run(from: file, force: true)
            }
        }
        #expect(!FileManager.default.fileExists(atPath: empty.path))
        #expect(!FileManager.default.fileExists(atPath: empty.path + ".restore"))
    }
}
