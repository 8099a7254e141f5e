// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB

/// How far the spool has been looked through for damage.
struct Scrub {
    /// How many rows one second looks at, and how many bytes of content.
    static let rows = 128
    static let bytes = 1 << 20
    /// How long it rests between two passes, on the spool's clock.
    static let rest: Int64 = 3600 * 1_000_000_000

    var cursor: Int64 = 0
    var restsUntil: Int64 = 0
    /// Rows looked at since the file was opened.
    var seen = 0
}

/// A little each second: every row is read, checked, and sealed anew where its key is not the first.
///
/// So damage shows within the hour in a spool of a few hundred thousand rows, without opening having to
/// read it all, and a master key that was replaced can be forgotten once a pass is through.
extension Ledger {
    func scrubSome(_ db: Database) throws {
        guard totals.rows > 0, clock.now >= scrub.restsUntil else { return }
        var ids: [Int64] = []
        var bytes: Int64 = 0
        try db.each(Self.scrubbed, [scrub.cursor, Scrub.rows]) { row in
            guard bytes < Scrub.bytes else { return }
            ids.append(try row.integer(0))
            bytes += try row.integer(1)
        }
        for id in ids {
            scrub.cursor = id
            scrub.seen += 1
            switch try find(id, withBody: true, db) {
            case .damaged(let reason): try quarantine(id, reason, db)
            case .missing: throw Self.unlikeItsIndex
            case .row(let stored):
                let named = try db.integer("SELECT id FROM entries WHERE key = ?", [stored.row.key])
                guard named == id else { throw Self.unlikeItsIndex }
                try resealIfOld(stored, db)
            }
        }
        if ids.isEmpty {
            try resealLetters(db)
            scrub.cursor = 0
            scrub.restsUntil = clock.now &+ Scrub.rest
        }
    }

    static let scrubbed = """
        SELECT id, length(body) FROM entries WHERE id > ? ORDER BY id LIMIT ?
        """

    static let unlikeItsIndex = SpoolError(
        .corrupt,
        "the file is damaged: a row and what leads to it do not agree"
    )

    private func resealIfOld(_ stored: Stored, _ db: Database) throws {
        guard let keys = contents.keys, !(stored.seal.map { keys.isCurrent($0) } ?? false)
        else { return }
        try rewrite(stored, body: stored.row.body, kind: stored.row.kind, db)
        let names = [stored.row.device, stored.row.stream]
        if stored.row.kind != .audit,
            let sealed = try sealed(names, "stream \(stored.facts.stream)")
        {
            try db.run(
                "UPDATE streams SET names = ? WHERE id = ?",
                [Data(sealed), stored.facts.stream]
            )
        }
    }

    /// Writes a row's content, sealed or summed as the options say now; its place stays.
    func rewrite(_ old: Stored, body: [UInt8], kind: EntryKind, _ db: Database) throws {
        var facts = old.facts
        facts.kind = kind.rawValue
        if let keys = contents.keys {
            try keys.renew(db)
            facts.device = keys.hash(old.row.device)
        }
        let stored = try contents.stored(
            body,
            &facts,
            device: old.row.device,
            stream: old.row.stream
        )
        var before: (bytes: Int, seal: Int64?)?
        try db.each("SELECT length(body), seal FROM entries WHERE id = ?", [facts.id]) { row in
            before = (Int(try row.integer(0)), try row.optionalInteger(1))
        }
        guard let before else { return }
        try db.run(
            """
            UPDATE entries SET kind = ?, device = ?, body = ?, codec = ?, seal = ?, crc = ?
            WHERE id = ?
            """,
            [
                facts.kind, facts.device, Data(stored.bytes), stored.codec, stored.seal,
                stored.crc, facts.id,
            ]
        )
        totals.add(old.row.kind, old.row.priority, rows: -1, bytes: -before.bytes)
        totals.add(kind, old.row.priority, rows: 1, bytes: stored.bytes.count)
        totals.addSealed(before.seal, -1)
        totals.addSealed(stored.seal, 1)
    }
}
