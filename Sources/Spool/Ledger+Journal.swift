// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import Vocabulary

extension Ledger {
    private static let attemptLimit = 10_000
    /// The newest letter's number, among the spool's numbers.
    private static let lastLetter = "last_letter"
    /// What a letter takes beside its texts and payload, about.
    private static let letterOverhead = 128

    /// Sets a message aside, making room by letting the oldest letters go.
    func keep(_ letter: DeadLetter, _ db: Database) throws {
        let isRow = letter.origin != nil
        let payload = letter.payload.prefix(
            isRow ? options.deadLetterBytes / 2 : options.deadLetterPayloadLimit
        )
        let texts = letter.topic.utf8.count + letter.text.utf8.count
        let size = payload.count + texts + Self.letterOverhead
        while totals.deadLetters.rows >= options.deadLetterLimit
            || (totals.deadLetters.bytes + size > options.deadLetterBytes
                && totals.deadLetters.rows > 0)
        {
            guard try dropOldestDeadLetter(db) else { break }
        }
        guard try makeRoom(forDeadLetterOf: size, db) else {
            totals.deadLettersDropped += 1
            return
        }
        try db.run(
            """
            INSERT INTO dead_letters
              (id, time, input, topic, code, text, attempts, payload_bytes, payload,
              kind, priority, device, stream, policy, policy_version, row_key, time_to_live)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                try nextLetter(db), letter.time.nanoseconds, letter.input, letter.topic,
                letter.code, letter.text,
                letter.attempts, letter.payload.count, Data(payload),
                letter.origin?.kind.rawValue, letter.origin?.priority.rawValue,
                letter.origin?.device, letter.origin?.stream, letter.origin?.policy,
                letter.origin?.policyVersion, letter.origin?.key,
                letter.origin?.timeToLive?.nanoseconds,
            ]
        )
        totals.deadLetters.rows += 1
        totals.deadLetters.bytes += size
    }

    /// A number that no letter ever had, so that an operator's word is never about another one.
    private func nextLetter(_ db: Database) throws -> Int64 {
        let newest = try db.integer("SELECT max(id) FROM dead_letters") ?? 0
        let next = max(newest, Int64(try Totals.number(Self.lastLetter, db))) + 1
        try Totals.setNumber(Self.lastLetter, Int(next), db)
        return next
    }

    /// Lets the oldest letter go; false when there is none.
    func dropOldestDeadLetter(_ db: Database) throws -> Bool {
        guard let id = try db.integer("SELECT min(id) FROM dead_letters") else { return false }
        try removeDeadLetter(id, db)
        totals.deadLettersDropped += 1
        return true
    }

    /// Deletes a letter that was dealt with; true when it was there.
    @discardableResult
    func removeDeadLetter(_ id: Int64, _ db: Database) throws -> Bool {
        var isThere = false
        try db.each(
            """
            DELETE FROM dead_letters WHERE id = ?
            RETURNING length(payload) + length(CAST(topic AS BLOB)) + length(CAST(text AS BLOB))
            """,
            [id]
        ) { row in
            totals.deadLetters.rows -= 1
            totals.deadLetters.bytes -= Int(try row.integer(0)) + Self.letterOverhead
            isThere = true
        }
        return isThere
    }

    /// Letters after `cursor`, oldest first, without their payloads.
    func deadLetters(
        after cursor: Int64,
        limit: Int,
        _ db: Database
    ) throws -> [StoredDeadLetter] {
        var letters: [StoredDeadLetter] = []
        try db.each(
            """
            SELECT \(Self.letterColumns) FROM dead_letters WHERE id > ? ORDER BY id LIMIT ?
            """,
            [cursor, limit]
        ) { row in
            letters.append(try Self.letter(row, payload: []))
        }
        return letters
    }

    /// One letter with its payload.
    func deadLetter(_ id: Int64, _ db: Database) throws -> StoredDeadLetter? {
        var letter: StoredDeadLetter?
        try db.each(
            "SELECT \(Self.letterColumns), payload FROM dead_letters WHERE id = ?",
            [id]
        ) { row in
            letter = try Self.letter(row, payload: try row.bytes(16))
        }
        return letter
    }

    private static let letterColumns = """
        id, time, input, topic, code, text, attempts, payload_bytes,
          kind, priority, device, stream, policy, policy_version, row_key, time_to_live
        """

    private static func letter(_ row: Row, payload: [UInt8]) throws -> StoredDeadLetter {
        StoredDeadLetter(
            id: try row.integer(0),
            letter: DeadLetter(
                time: WallTime(nanoseconds: try row.integer(1)),
                input: try row.text(2),
                topic: try row.text(3),
                payload: payload,
                code: try row.text(4),
                text: try row.text(5),
                attempts: Int(try row.integer(6)),
                origin: try origin(row)
            ),
            payloadBytes: Int(try row.integer(7))
        )
    }

    private static func origin(_ row: Row) throws -> DeadLetter.Origin? {
        guard try row.optionalInteger(8) != nil else { return nil }
        var origin = DeadLetter.Origin(
            key: try row.text(14),
            kind: try row.oneOf(EntryKind.self, 8),
            priority: try row.oneOf(Priority.self, 9),
            policy: try row.text(12)
        )
        origin.device = try row.text(10)
        origin.stream = try? row.text(11)
        origin.policyVersion = try row.text(13)
        origin.timeToLive = try row.optionalInteger(15).map { Interval(nanoseconds: $0) }
        return origin
    }
}

// The journal of attempts: which messages were being worked on when the process ended.
extension Ledger {
    /// Counts one more attempt for each message; returns how many that makes.
    func begin(_ keys: [AttemptKey], _ db: Database) throws -> [Int] {
        var counts: [Int] = []
        for key in keys {
            try db.each(
                """
                INSERT INTO attempts (high, low, count, touched) VALUES (?, ?, 1, ?)
                ON CONFLICT (high, low) DO UPDATE SET count = count + 1, touched = excluded.touched
                RETURNING count
                """,
                [Int64(bitPattern: key.high), Int64(bitPattern: key.low), clock.now]
            ) { row in
                counts.append(Int(try row.integer(0)))
            }
        }
        // Messages that never came again must not stay for ever; bounded by one burst more than this.
        try db.run(
            """
            DELETE FROM attempts WHERE touched < (
              SELECT touched FROM attempts ORDER BY touched DESC LIMIT 1 OFFSET ?)
            """,
            [Self.attemptLimit]
        )
        return counts
    }

    /// The message's processing ended, whatever came of it.
    func finish(_ key: AttemptKey, _ db: Database) throws {
        try db.run(
            "DELETE FROM attempts WHERE high = ? AND low = ?",
            [Int64(bitPattern: key.high), Int64(bitPattern: key.low)]
        )
    }

    /// Writes one setting.
    func set(_ setting: SpoolChange.MetaValue, _ db: Database) throws {
        guard let value = setting.value else {
            try db.run("DELETE FROM meta WHERE key = ?", [setting.key])
            return
        }
        try db.run(
            "REPLACE INTO meta (key, value) VALUES (?, ?)",
            [setting.key, Data(value)]
        )
    }

    /// The settings whose names begin with `prefix`.
    func settings(prefix: String, _ db: Database) throws -> [(key: String, value: [UInt8])] {
        var settings: [(String, [UInt8])] = []
        try db.each(
            "SELECT key, value FROM meta WHERE key >= ?1 AND substr(key, 1, length(?1)) = ?1",
            [prefix]
        ) { row in
            settings.append((try row.text(0), try row.bytes(1)))
        }
        return settings
    }
}
