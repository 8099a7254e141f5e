// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
public import Vocabulary

/// A row that could not be read and was set aside.
public struct QuarantinedRow: Sendable {
    /// Its number in the quarantine.
    public var id: Int64
    /// When it was found.
    public var time: WallTime
    /// What is wrong with it.
    public var reason: String
    /// What it takes, in bytes, about.
    public var bytes: Int
    /// Its number as a row, and what it was, as far as that can be read.
    public var row: Int64?
    /// See `row`.
    public var key: String?
    /// See `row`.
    public var kind: EntryKind?
    /// See `row`.
    public var priority: Priority?
    /// See `row`; a keyed hash in a sealed row that does not open.
    public var device: String?
    /// See `row`.
    public var policy: String?
    /// Its content as it was found, expanded and opened where that is still possible; empty in lists.
    public var body: [UInt8] = []
}

/// What became of a row that was to leave the quarantine.
public enum QuarantineRelease: Equatable, Sendable {
    /// It is a row of the spool again, under this number.
    case released(Int64)
    /// It stays where it is: why.
    case refused(String)
    /// There is none of that number.
    case missing
}

extension Ledger {
    private static let asFound = """
        SELECT id, time, reason, size, row_id, key, kind, priority, device, policy FROM quarantine
        """
    /// The columns that `read` wants; without checksum where it is not to be looked at.
    private static func asRow(unchecked: Bool) -> String {
        """
        SELECT row_id, key, kind, priority, device, policy, policy_version, attempts, stored_at,
          stored_clock, expires, stream, NULL, NULL, length(body), 0, body, codec, seal,
          \(unchecked ? "NULL" : "crc") FROM quarantine WHERE id = ?
        """
    }

    /// Rows in quarantine, newest first, without content.
    func quarantined(before cursor: Int64, limit: Int, _ db: Database) throws -> [QuarantinedRow] {
        var rows: [QuarantinedRow] = []
        let sql = Self.asFound + " WHERE id < ? ORDER BY id DESC LIMIT ?"
        try db.each(sql, [cursor, limit]) { row in rows.append(try Self.quarantined(row)) }
        return rows
    }

    /// One row in quarantine, with its content.
    func quarantined(_ id: Int64, _ db: Database) throws -> QuarantinedRow? {
        var found: QuarantinedRow?
        try db.each(Self.asFound + " WHERE id = ?", [id]) { row in
            found = try Self.quarantined(row)
        }
        guard found != nil else { return nil }
        if case .row(let stored) = try look(id, unchecked: true, db) {
            found?.body = stored.row.body
            found?.device = stored.row.device
        } else {
            try db.each("SELECT CAST(body AS BLOB) FROM quarantine WHERE id = ?", [id]) { row in
                found?.body = (try? row.bytes(0)) ?? []
            }
        }
        return found
    }

    /// Stores a row of the quarantine again, as the newest of its stream, under the number `new`.
    ///
    /// Unchecked, a row whose checksum does not fit is taken as it is; one whose seal does not fit never is.
    func release(
        quarantined id: Int64,
        as new: Int64,
        unchecked: Bool,
        _ db: Database
    ) throws -> QuarantineRelease {
        let row: SpoolRow
        var hasOwnNames = false
        switch try look(id, unchecked: unchecked, db) {
        case .missing: return .missing
        case .damaged(let reason): return .refused(reason)
        case .row(let stored):
            row = stored.row
            hasOwnNames = stored.seal != nil
        }
        var entry = NewEntry(
            id: new,
            key: row.key,
            kind: row.kind,
            priority: row.priority,
            device: row.device,
            stream: hasOwnNames ? row.stream : nil,
            sink: Self.sink(of: row),
            policy: row.policy,
            policyVersion: row.policyVersion,
            timeToLive: row.timeToLive,
            attempts: row.attempts,
            body: row.body
        )
        entry.value = 1
        var change = SpoolChange()
        change.inserts = [entry]
        let receipt = try apply(change, db)
        if receipt.droppedInserts.contains(new) { return .refused("the spool is full") }
        try remove(quarantined: id, db)
        // A row of its key came again meanwhile: that one is it.
        return .released(receipt.alreadyThere.first?.existing ?? new)
    }

    /// Deletes a row of the quarantine for good; true when it was there.
    @discardableResult
    func remove(quarantined id: Int64, _ db: Database) throws -> Bool {
        var size: Int64?
        try db.each("DELETE FROM quarantine WHERE id = ? RETURNING size", [id]) { row in
            size = try row.integer(0)
        }
        guard let size else { return false }
        totals.quarantined.rows -= 1
        totals.quarantined.bytes -= Int(size)
        return true
    }

    private func look(_ id: Int64, unchecked: Bool, _ db: Database) throws -> Found {
        var found = Found.missing
        try db.each(Self.asRow(unchecked: unchecked), [id]) { row in
            found = self.read(row, withBody: true, now: clock.now)
        }
        return found
    }

    private static func quarantined(_ row: Row) throws -> QuarantinedRow {
        QuarantinedRow(
            id: try row.integer(0),
            time: WallTime(nanoseconds: try row.integer(1)),
            reason: try row.text(2),
            bytes: Int(try row.integer(3)),
            row: try? row.integer(4),
            key: try? row.text(5),
            kind: try? row.oneOf(EntryKind.self, 6),
            priority: try? row.oneOf(Priority.self, 7),
            device: try? row.text(8),
            policy: try? row.text(9)
        )
    }
}

extension SpoolStore {
    /// Rows in quarantine before `cursor` (a number in the quarantine), newest first, without content.
    public func quarantined(
        before cursor: Int64 = .max,
        limit: Int
    ) throws(SpoolError) -> [QuarantinedRow] {
        try perform(pages: 0) { ledger, db in
            try ledger.quarantined(before: cursor, limit: limit, db)
        }
    }

    /// One row in quarantine, with its content; nil when it is not there.
    public func quarantinedRow(_ id: Int64) throws(SpoolError) -> QuarantinedRow? {
        try perform(pages: 0) { ledger, db in try ledger.quarantined(id, db) }
    }

    /// Makes a row of the quarantine a row of the spool again, the newest of its stream.
    ///
    /// It is checked once more, because what was wrong may have been mended. With `unchecked` a row
    /// whose checksum does not fit is taken as it is, which is for a person to say who looked at it;
    /// one whose seal does not fit cannot be opened and never is.
    public func release(
        quarantined id: Int64,
        unchecked: Bool = false
    ) throws(SpoolError) -> QuarantineRelease {
        let new = reserveIDs(1).lowerBound
        guard let bytes = try quarantinedRow(id)?.bytes else { return .missing }
        return try perform(pages: 16 + SpoolChange.pagesPerRow + bytes / 2000) { ledger, db in
            try ledger.release(quarantined: id, as: new, unchecked: unchecked, db)
        }
    }

    /// Deletes rows of the quarantine for good; how many were there.
    @discardableResult
    public func purge(quarantined ids: [Int64]) throws(SpoolError) -> Int {
        try perform(pages: 4 + ids.count * 3) { ledger, db in
            try ids.reduce(0) { $0 + (try ledger.remove(quarantined: $1, db) ? 1 : 0) }
        }
    }
}
