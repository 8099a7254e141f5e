// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import TestKit
import Testing
import Vocabulary

@testable import Spool

@Suite struct `A file of an earlier version` {
    private func place(_ version: Int) throws -> TemporarySpool {
        let place = try TemporarySpool()
        let fixture = try #require(Fixtures.path("spool-\(version).sqlite"))
        try FileManager.default.copyItem(atPath: fixture, toPath: place.path)
        return place
    }

    @Test(arguments: 1...4) func `keeps every row, letter, setting and count`(
        version: Int
    ) throws {
        let spool = try place(version).open()
        let rows = try spool.rows(limit: 100)
        #expect(rows.map(\.id) == Array(1...12))
        #expect(rows.map(\.key) == (1...12).map { "key-\($0)" })
        #expect(rows.map(\.attempts) == (1...12).map { $0 % 2 })
        for row in rows {
            let whole = try #require(try spool.row(row.id))
            #expect(whole.body == [UInt8](repeating: UInt8(row.id), count: Int(row.id) * 10))
        }
        #expect(rows.last?.timeToLive == .seconds(9000 - 60))
        #expect(try spool.meta("site_key") == Array(0..<32))
        #expect(try spool.beginAttempts([AttemptKey(high: 1, low: 2)]) == [2])
        let stats = try spool.stats()
        #expect(stats.rows == 12 && stats.deadLetters == 1 && stats.deadLettersDropped == 1)
        #expect(stats.dropped(.spoolFull) == 3)
        #expect(try spool.drops(limit: 10).map(\.key) == ["key-0"])
        let letter = try #require(try spool.deadLetter(1))
        #expect(letter.letter.topic == "a/4/17" && letter.letter.payload == Array("{{{".utf8))
        #expect(letter.letter.origin == nil)
        #expect(spool.pending(of: ["bearing-wear"]) == 4)
    }

    @Test(arguments: 1...4) func `drains in its order, old rows before new ones (G3)`(
        version: Int
    ) throws {
        let spool = try place(version).open()
        let fresh = try spool.put(2, device: "4/17")
        #expect(fresh == [13, 14])
        #expect(try spool.take([.deferral]) == [1, 4, 7, 10, 13, 14])
        try spool.acknowledge([1, 4, 7, 10, 13, 14])
        #expect(try spool.take([.action, .pending]) == [2, 3, 5, 6, 8, 9, 11, 12])
    }

    @Test func `finds the rows of a file that knew no policies`() throws {
        let spool = try place(1).open()
        let known = PolicySelection.only(["bearing-wear"])
        #expect(try spool.lease([.pending], of: known, limit: 99).isEmpty)
        #expect(try spool.lease([.pending], of: .except(["bearing-wear"]), limit: 99).count == 4)
    }

    @Test(arguments: 1...4) func `ends with the tables of a new file`(version: Int) throws {
        let old = try place(version)
        let new = try TemporarySpool()
        try old.open().close()
        try new.open().close()
        #expect(try schema(old.path) == schema(new.path))
    }

    private func schema(_ path: String) throws -> [String] {
        let queue = try DatabaseQueue(path: path)
        return try queue.read { db in
            let sql = "SELECT coalesce(sql, name) FROM sqlite_master ORDER BY type, name"
            return try String.fetchAll(db, sql: sql).map { $0.filter { !$0.isWhitespace } }
        }
    }
}

enum Fixtures {
    /// A file beside the tests' sources.
    static func path(_ name: String, file: String = #filePath) -> String? {
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) }
        return folder.map { $0 + "Fixtures/" + name }
    }
}
