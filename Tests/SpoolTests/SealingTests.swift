// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import TestKit
import Testing
import Vocabulary

@testable import Spool

@Suite struct `A sealed spool` {
    private let first: MasterKey
    private let second: MasterKey

    init() throws {
        first = try #require(MasterKey(bytes: [UInt8](repeating: 1, count: 32)))
        second = try #require(MasterKey(bytes: [UInt8](repeating: 2, count: 32)))
    }

    private func options(_ keys: MasterKey...) -> SpoolOptions {
        var options = SpoolOptions()
        options.keys = keys
        return options
    }

    private func letter(_ row: SpoolRow? = nil) -> DeadLetter {
        DeadLetter(
            time: WallTime(nanoseconds: 0),
            input: "vibration",
            topic: "plant/secret-press/vib",
            payload: Array("secret-payload".utf8),
            code: .syntax,
            text: "device `secret-press` sent no JSON",
            origin: row.map { DeadLetter.Origin($0) }
        )
    }

    private func holds(_ bytes: Data, _ word: String) -> Bool {
        [UInt8](bytes).firstRange(of: Array(word.utf8)) != nil
    }

    /// Stores rows, a letter, a drop and a setting about one device; returns the rows.
    @discardableResult
    private func fill(_ spool: SpoolStore) throws -> [Int64] {
        let ids = try spool.put(4, device: "secret-press", bytes: 700)
        try spool.put(1, .pending, device: "secret-press")
        try spool.put(1, .action, device: "secret-press", stream: "secret-press > secret-topic")
        try spool.put(1, .audit, device: "secret-press", stream: "3")
        let dropped = try spool.put(1, device: "secret-press")
        try spool.drop(dropped, .purged)
        var change = SpoolChange()
        change.deadLetters = [letter(try spool.row(ids[0]))]
        change.meta = [.init(key: "heads", value: Array("secret-press".utf8))]
        try spool.commit(change)
        return ids
    }

    @Test func `gives everything back under its own names`() throws {
        let place = try TemporarySpool()
        let spool = try place.open(options(first))
        let ids = try fill(spool)
        try spool.close()
        let again = try place.open(options(first))
        #expect(try again.meta("heads") == Array("secret-press".utf8))
        let rows = try again.lease([.deferral], limit: 10)
        #expect(rows.map(\.id) == ids)
        #expect(rows.allSatisfy { $0.device == "secret-press" && $0.body.count == 700 })
        let action = try #require(try again.lease([.action], limit: 1).first)
        #expect(action.stream == "secret-press > secret-topic")
        #expect(try again.lease([.audit], limit: 1).first?.stream == "3")
        var filter = SpoolFilter()
        filter.device = "secret-press"
        let listed = try again.rows(filter, limit: 10)
        #expect(listed.count == 7)
        #expect(listed.prefix(4).allSatisfy { $0.device == "secret-press" })
        let letters = try again.deadLetters(limit: 2)
        #expect(letters.first?.letter.text.contains("secret-press") == true)
        let whole = try #require(try again.deadLetter(1))
        #expect(whole.letter.payload == Array("secret-payload".utf8))
        #expect(whole.letter.topic == "plant/secret-press/vib")
        #expect(whole.letter.origin?.device == "secret-press")
    }

    @Test func `holds no name and no content in any byte of its files (G8)`() throws {
        let place = try TemporarySpool()
        let spool = try place.open(options(first))
        try fill(spool)
        var bytes = try Data(contentsOf: URL(filePath: place.path + "-wal"))
        try spool.close()
        bytes += try Data(contentsOf: URL(filePath: place.path))
        #expect(holds(bytes, "bearing-wear"))
        #expect(!holds(bytes, "secret"))
    }

    @Test func `refuses to start without its key, says which, and leaves the file alone`() throws {
        let place = try TemporarySpool()
        let spool = try place.open(options(first))
        try fill(spool)
        let copy = try place.copyAfterKill()
        func files() throws -> [Data] {
            try ["", "-wal"].map { try Data(contentsOf: URL(filePath: copy.path + $0)) }
        }
        let before = try files()
        for wrong in [options(), options(second)] {
            let error = #expect(throws: SpoolError.self) { try copy.open(wrong) }
            #expect(error?.code == .keyMissing)
            #expect(error?.message.contains(first.fingerprint) == true)
        }
        #expect(try files() == before)
        #expect(try copy.open(options(first)).take([.deferral]).count == 4)
    }

    @Test func `opens with an old key behind the new one, and lets the old one go in time`() throws
    {
        let place = try TemporarySpool()
        let ids = try fill(place.open(options(first)))
        do {
            let spool = try place.open(options(second, first))
            let fresh = try spool.put(2, device: "secret-press")
            // The stream keeps its name, so that the order holds over the change (G3).
            #expect(try spool.take([.deferral]) == ids + fresh)
            for _ in 0..<2 {
                try spool.perform(pages: 9) { ledger, db in try ledger.scrubSome(db) }
            }
        }
        let spool = try place.open(options(second))
        let sizes = try spool.lease([.deferral], limit: 9).map(\.body.count)
        #expect(sizes == [700, 700, 700, 700, 16, 16])
        #expect(try spool.deadLetter(1)?.isOpen == true)
        #expect(throws: SpoolError.self) { try place.open(options(first)) }
    }

    @Test func `reads rows from before it was sealed, in their order, and seals them in time`()
        throws
    {
        let place = try TemporarySpool()
        let ids = try fill(place.open())
        let spool = try place.open(options(first))
        let fresh = try spool.put(2, device: "secret-press")
        #expect(try spool.take([.deferral]) == ids + fresh)
        for _ in 0..<2 { try spool.perform(pages: 9) { ledger, db in try ledger.scrubSome(db) } }
        try spool.close()
        let bytes = try Data(contentsOf: URL(filePath: place.path))
        #expect(!holds(bytes, "secret"))
    }

    @Test func `keeps what is replaced sealed`() throws {
        let place = try TemporarySpool()
        let spool = try place.open(options(first))
        let id = try spool.put(1, .escalation, device: "secret-press")[0]
        var change = SpoolChange()
        change.replacements = [.init(id: id, kind: .deferral, body: Array("secret-word".utf8))]
        try spool.commit(change)
        let row = try #require(try spool.row(id))
        #expect(row.body == Array("secret-word".utf8) && row.kind == .deferral)
        #expect(row.device == "secret-press")
    }

    @Test(arguments: [
        "UPDATE entries SET priority = 0", "UPDATE entries SET policy = 'other'",
        "UPDATE entries SET key = 'other'", "UPDATE entries SET expires = 99",
        "UPDATE entries SET device = '#00'", "UPDATE entries SET body = zeroblob(60)",
        "UPDATE entries SET crc = 7, seal = 77",
    ]) func `sets a row aside that was changed behind its back`(sql: String) throws {
        for options in [options(first), SpoolOptions()] {
            let place = try TemporarySpool()
            let spool = try place.open(options)
            let ids = try spool.put(2)
            try spool.perform(pages: 9) { _, db in
                try db.execute(sql: sql + " WHERE id = \(ids[0])")
            }
            #expect(try spool.take([.deferral]) == [ids[1]])
            let stats = try spool.stats()
            #expect(stats.quarantined == 1 && stats.damaged == 1 && stats.rows == 1)
            #expect(try spool.quarantined(limit: 5).map(\.row) == [ids[0]])
        }
    }

    @Test func `begins an epoch of its own at each opening, and forgets empty ones`() throws {
        let place = try TemporarySpool()
        for _ in 0..<5 { _ = try place.open(options(first)) }
        let spool = try place.open(options(first))
        let epochs = try spool.perform(pages: 0) { _, db in
            try db.integer("SELECT count(*) FROM seal_epochs")
        }
        #expect(epochs == 1)
    }

    @Test(arguments: ["raw", "hex", "base64"]) func `takes a key file as it is, in hex or Base64`(
        form: String
    ) throws {
        let bytes = [UInt8](100..<132)
        let file: [UInt8] =
            switch form {
            case "raw": bytes
            case "hex": Array((Hexadecimal.text(bytes) + "\n").utf8)
            default: Array((Data(bytes).base64EncodedString() + "\n").utf8)
            }
        let key = try #require(MasterKey(file: file))
        #expect(MasterKey(file: Array(key.base64.utf8))?.fingerprint == key.fingerprint)
        #expect(key.fingerprint == MasterKey(bytes: bytes)?.fingerprint)
        #expect(MasterKey(file: Array(file.dropLast(2))) == nil)
        #expect(MasterKey(file: []) == nil)
    }
}

@Suite struct `A compressed spool` {
    private var options: SpoolOptions {
        var options = SpoolOptions()
        options.compression = .zstd
        return options
    }

    @Test func `gives contents back, and leaves short and dense ones as they are`() throws {
        let place = try TemporarySpool()
        let spool = try place.open(options)
        try spool.put(1, bytes: 5000)
        try spool.put(1, bytes: 100)
        let rows = try spool.rows(limit: 5)
        #expect(rows[0].bodyBytes < 100 && rows[1].bodyBytes == 100)
        let whole = try spool.lease([.deferral], limit: 5)
        #expect(whole.map(\.body.count) == [5000, 100])
        try spool.acknowledge(whole.map(\.id))
        #expect(try spool.stats().cells.isEmpty)
    }

    @Test func `reads rows from before it was compressed, and the other way round`() throws {
        let place = try TemporarySpool()
        try place.open().put(1, bytes: 900)
        try place.open(options).put(1, bytes: 900)
        let spool = try place.open()
        #expect(try spool.lease([.deferral], limit: 5).map(\.body.count) == [900, 900])
    }

    @Test func `sets a frame aside that would grow beyond all bounds`() throws {
        let place = try TemporarySpool()
        let spool = try place.open(options)
        let id = try spool.put(1, bytes: 900)[0]
        try spool.perform(pages: 9) { _, db in
            // A frame that says it holds 2^40 bytes.
            let frame = Data([0x28, 0xB5, 0x2F, 0xFD, 0xE0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0])
            try db.execute(
                sql: "UPDATE entries SET body = ?, crc = NULL WHERE id = ?",
                arguments: [frame, id]
            )
        }
        #expect(try spool.take([.deferral]) == [])
        #expect(try spool.stats().quarantined == 1)
    }
}

@Suite struct `CRC-32C` {
    // RFC 3720, appendix B.4.
    @Test func `has the published values`() {
        #expect(sum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
        #expect(sum([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
        #expect(sum([UInt8](0..<32)) == 0x46DD_794E)
        #expect(sum(Array("123456789".utf8)) == 0xE306_9283)
    }

    @Test func `is the same in pieces`() {
        let bytes = [UInt8](0..<100)
        var pieces = CRC32C()
        for start in stride(from: 0, to: 100, by: 7) {
            pieces.add(Array(bytes[start..<min(100, start + 7)]))
        }
        #expect(pieces.value == sum(bytes))
    }

    private func sum(_ bytes: [UInt8]) -> UInt32 {
        var crc = CRC32C()
        crc.add(bytes)
        return crc.value
    }
}
