// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import Vocabulary

// Dead letters.
extension Ledger {
    /// The newest letter's number, among the spool's numbers.
    private static let lastLetter = "last_letter"
    /// What a letter takes beside its texts and payload, about.
    private static let letterOverhead = 128

    /// Sets a message aside, making room by letting older letters go.
    ///
    /// Those of messages go first: a flood of what cannot be read must not push out what was a row. It goes
    /// itself where only letters of rows are left.
    func keep(_ letter: DeadLetter, _ db: Database) throws {
        let (payload, size) = cut(letter)
        while !hasRoom(forLetterOf: size) {
            if try dropOldestMessage(db) { continue }
            guard letter.origin != nil else {
                totals.deadLettersDropped += 1
                return
            }
            guard try dropOldestDeadLetter(db) else { break }
        }
        guard try makeRoom(forDeadLetterOf: size, db) else {
            totals.deadLettersDropped += 1
            if let origin = letter.origin {
                try noteDrop(of: origin, bytes: payload.count, age: .zero, db)
            }
            return
        }
        try insert(letter, as: try nextLetter(db), payload: payload, db)
    }

    /// Makes a row a dead letter; where another letter would have to leave for it, it stays a row.
    ///
    /// A number that no row has, because its insert found one with its key, or no room, says nothing.
    func bury(_ burial: SpoolChange.Burial, _ db: Database) throws {
        guard try db.integer("SELECT 1 FROM entries WHERE id = ?", [burial.id]) != nil else {
            return
        }
        let size = cut(burial.letter).size
        guard hasRoom(forLetterOf: size), try usedPages(db) + 3 + size / 4000 <= room.limit else {
            return try release(.init(id: burial.id, delay: burial.delay), db)
        }
        try keep(burial.letter, db)
        try acknowledge(burial.id, db)
    }

    /// True when one more letter, a short one, would make another leave.
    var areLettersFull: Bool { !hasRoom(forLetterOf: Self.letterOverhead * 2) }

    private func hasRoom(forLetterOf size: Int) -> Bool {
        guard totals.deadLetters.rows > 0 else { return true }
        return totals.deadLetters.rows < options.deadLetterLimit
            && totals.deadLetters.bytes + size <= options.deadLetterBytes
    }

    /// What is kept of a letter's payload, and about what the letter takes.
    private func cut(_ letter: DeadLetter) -> (payload: [UInt8], size: Int) {
        let isRow = letter.origin != nil
        let cut = isRow ? options.deadLetterBytes / 2 : options.deadLetterPayloadLimit
        let payload = Array(letter.payload.prefix(cut))
        let texts = letter.topic.utf8.count + letter.text.utf8.count
        return (payload, payload.count + texts * 2 + Self.letterOverhead * 2)
    }

    private func insert(
        _ letter: DeadLetter,
        as id: Int64,
        payload: [UInt8],
        _ db: Database
    ) throws {
        var shown = letter
        var payload = payload
        var names: [UInt8]?
        if let keys = contents.keys {
            try keys.renew(db)
            let texts = [
                letter.topic, letter.text, letter.origin?.device ?? "",
                letter.origin?.stream ?? "",
            ]
            names = try keys.seal([UInt8](names: texts), with: Self.facts(ofLetter: id))
            payload = try keys.seal(payload, with: Self.facts(ofLetter: id))
            shown.topic = keys.hash(letter.topic)
            shown.text = ""
            shown.origin?.device = keys.hash(letter.origin?.device ?? "")
            shown.origin?.stream = letter.origin?.stream.map { keys.hash($0) }
        }
        let origin = shown.origin
        try db.run(
            """
            INSERT INTO dead_letters
              (id, time, input, topic, code, text, attempts, payload_bytes, payload,
              kind, priority, device, stream, policy, policy_version, row_key, time_to_live,
              names, seal)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                id, letter.time.nanoseconds, letter.input, shown.topic, letter.code, shown.text,
                letter.attempts, letter.payload.count, Data(payload), origin?.kind.rawValue,
                origin?.priority.rawValue, origin?.device, origin?.stream, origin?.policy,
                origin?.policyVersion, origin?.key, origin?.timeToLive?.nanoseconds,
                names.map { Data($0) }, contents.keys?.current.id,
            ]
        )
        totals.deadLetters.rows += 1
        totals.deadLetters.bytes += payload.count + (names?.count ?? 0) + Self.letterOverhead
        totals.deadLetters.bytes += shown.topic.utf8.count + shown.text.utf8.count
        totals.addSealed(contents.keys?.current.id, 1)
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
        try drop(letter: id, db)
        return true
    }

    /// Lets the oldest letter of a message go; false when there is none.
    private func dropOldestMessage(_ db: Database) throws -> Bool {
        let oldest = """
            SELECT id FROM dead_letters WHERE id >= ? AND kind IS NULL ORDER BY id LIMIT 1
            """
        guard let id = try db.integer(oldest, [oldestMessage]) else {
            oldestMessage = Int64(try Totals.number(Self.lastLetter, db)) + 1
            return false
        }
        oldestMessage = id
        totals.deadLettersDropped += 1
        try removeDeadLetter(id, db)
        return true
    }

    /// Lets a letter go; one that was a row is recorded as every row that is given up.
    private func drop(letter id: Int64, _ db: Database) throws {
        totals.deadLettersDropped += 1
        guard let stored = try deadLetter(id, db), let origin = stored.letter.origin else {
            try removeDeadLetter(id, db)
            return
        }
        let age = clock.wallTime - stored.letter.time
        try removeDeadLetter(id, db)
        try noteDrop(of: origin, bytes: stored.payloadBytes, age: age, db)
    }

    /// Deletes a letter that was dealt with; true when it was there.
    @discardableResult
    func removeDeadLetter(_ id: Int64, _ db: Database) throws -> Bool {
        var isThere = false
        try db.each(
            """
            DELETE FROM dead_letters WHERE id = ?
            RETURNING length(payload) + length(CAST(topic AS BLOB)) + length(CAST(text AS BLOB))
              + coalesce(length(names), 0), seal
            """,
            [id]
        ) { row in
            totals.deadLetters.rows -= 1
            totals.deadLetters.bytes -= Int(try row.integer(0)) + Self.letterOverhead
            totals.addSealed(try row.optionalInteger(1), -1)
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
            "SELECT \(Self.letterColumns) FROM dead_letters WHERE id > ? ORDER BY id LIMIT ?",
            [cursor, limit]
        ) { row in
            letters.append(try letter(row, payload: []))
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
            letter = try self.letter(row, payload: try row.bytes(18))
        }
        return letter
    }

    /// Seals the letters of other keys, and plain ones, anew.
    func resealLetters(_ db: Database) throws {
        guard let keys = contents.keys else { return }
        var old: [Int64] = []
        try db.each("SELECT id, seal FROM dead_letters") { row in
            let isCurrent = try row.optionalInteger(1).map { keys.isCurrent($0) } ?? false
            if !isCurrent, old.count < Scrub.rows { old.append(try row.integer(0)) }
        }
        for id in old {
            // One that cannot be opened stays as it is, under its old key.
            guard let stored = try deadLetter(id, db), stored.isOpen else { continue }
            try removeDeadLetter(id, db)
            try insert(stored.letter, as: id, payload: stored.letter.payload, db)
            // Cut once, it tells its whole length still.
            let whole = "UPDATE dead_letters SET payload_bytes = ? WHERE id = ?"
            try db.run(whole, [stored.payloadBytes, id])
        }
    }

    private static let letterColumns = """
        id, time, input, topic, code, text, attempts, payload_bytes, kind, priority, device, stream,
          policy, policy_version, row_key, time_to_live, names, seal
        """

    private static func facts(ofLetter id: Int64) -> [UInt8] { Array("letter \(id)".utf8) }

    private func letter(_ row: Row, payload: [UInt8]) throws -> StoredDeadLetter {
        let id = try row.integer(0)
        var letter = DeadLetter(
            time: WallTime(nanoseconds: try row.integer(1)),
            input: try row.text(2),
            topic: try row.text(3),
            payload: payload,
            code: try row.text(4),
            text: try row.text(5),
            attempts: Int(try row.integer(6)),
            origin: try Self.origin(row)
        )
        var isOpen = true
        if let epoch = try row.optionalInteger(17) {
            isOpen = open(&letter, names: try row.bytes(16), epoch: epoch, id: id)
        }
        return StoredDeadLetter(
            id: id,
            letter: letter,
            payloadBytes: Int(try row.integer(7)),
            isOpen: isOpen
        )
    }

    /// Puts names and payload in place of what hides them; false when they cannot be opened.
    private func open(
        _ letter: inout DeadLetter,
        names: [UInt8],
        epoch: Int64,
        id: Int64
    ) -> Bool {
        let facts = Self.facts(ofLetter: id)
        let isListed = letter.payload.isEmpty
        var plain = try? contents.keys?.open(names, epoch: epoch, with: facts)
        let payload =
            isListed ? [] : try? contents.keys?.open(letter.payload, epoch: epoch, with: facts)
        guard let names = plain?.removeNames(4), let payload else {
            letter.text = "damaged: its seal does not fit what it holds"
            letter.payload = []
            return false
        }
        letter.payload = payload
        letter.topic = names[0]
        letter.text = names[1]
        letter.origin?.device = names[2]
        letter.origin?.stream = names[3].isEmpty ? nil : names[3]
        return true
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
