// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Vocabulary

extension Ledger {
    static let expired = """
        SELECT id FROM entries WHERE expires IS NOT NULL AND expires <= ? ORDER BY expires LIMIT ?
        """
    private static let recordLimit: Int64 = 1000

    /// Deletes a row that is given up: counted by reason, and remembered in the bounded record.
    func drop(_ id: Int64, _ reason: DropReason, _ db: Database) throws {
        var record: DropRecord?
        var isCounted = true
        try db.each(
            """
            DELETE FROM entries WHERE id = ?
            RETURNING stream, kind, priority, length(body), policy, seal, parked, device, key,
              stored_clock
            """,
            [id]
        ) { row in
            record = try? self.dropped(row, reason)
            isCounted = record != nil
        }
        if !isCounted { isMiscounted = true }
        noteRemoved(id)
        // Thinned audits are counted only: they would push every other drop out of the record.
        if let record, reason != .thinned { try self.record(record, db) }
    }

    /// Counts a row that has just been deleted; throws when its columns hold impossible values.
    private func dropped(_ row: Row, _ reason: DropReason) throws -> DropRecord {
        let kind = try row.oneOf(EntryKind.self, 1)
        let priority = try row.oneOf(Priority.self, 2)
        let record = DropRecord(
            time: clock.wallTime,
            reason: reason,
            kind: kind,
            priority: priority,
            device: try row.text(7),
            policy: try row.text(4),
            key: try row.text(8),
            age: Interval(nanoseconds: clock.now &- (try row.integer(9)))
        )
        try uncount(row)
        totals.addDrop(
            Totals.DropCell(reason: reason, kind: kind, priority: priority),
            bytes: Int(try row.integer(3))
        )
        return record
    }

    /// Remembers an insert that found no room.
    func record(_ entry: NewEntry, _ reason: DropReason, _ db: Database) throws {
        try record(
            DropRecord(
                time: clock.wallTime,
                reason: reason,
                kind: entry.kind,
                priority: entry.priority,
                device: contents.keys?.hash(entry.device) ?? entry.device,
                policy: entry.policy,
                key: entry.key,
                age: .zero
            ),
            db
        )
    }

    /// Counts and remembers a letter that was a row and left for another.
    func noteDrop(
        of origin: DeadLetter.Origin,
        bytes: Int,
        age: Interval,
        _ db: Database
    ) throws {
        let cell = Totals.DropCell(
            reason: .lettersFull,
            kind: origin.kind,
            priority: origin.priority
        )
        totals.addDrop(cell, bytes: bytes)
        try record(
            DropRecord(
                time: clock.wallTime,
                reason: .lettersFull,
                kind: origin.kind,
                priority: origin.priority,
                device: contents.keys?.hash(origin.device) ?? origin.device,
                policy: origin.policy,
                key: origin.key,
                age: age
            ),
            db
        )
    }

    private func record(_ drop: DropRecord, _ db: Database) throws {
        try db.run(
            """
            INSERT INTO drops (time, reason, kind, priority, device, policy, key, age)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                drop.time.nanoseconds, drop.reason.rawValue, drop.kind.rawValue,
                drop.priority.rawValue, drop.device, drop.policy, drop.key, drop.age.nanoseconds,
            ]
        )
        try db.run("DELETE FROM drops WHERE id <= ?", [db.lastInsertedRowID - Self.recordLimit])
    }

    /// The newest drops, newest first.
    func drops(limit: Int, _ db: Database) throws -> [DropRecord] {
        var records: [DropRecord] = []
        try db.each(
            """
            SELECT time, reason, kind, priority, device, policy, key, age FROM drops
            ORDER BY id DESC LIMIT ?
            """,
            [limit]
        ) { row in
            guard let reason = DropReason(rawValue: try row.text(1)) else { return }
            records.append(
                DropRecord(
                    time: WallTime(nanoseconds: try row.integer(0)),
                    reason: reason,
                    kind: try row.oneOf(EntryKind.self, 2),
                    priority: try row.oneOf(Priority.self, 3),
                    device: try row.text(4),
                    policy: try row.text(5),
                    key: try row.text(6),
                    age: Interval(nanoseconds: try row.integer(7))
                )
            )
        }
        return records
    }

    /// Drops rows whose time to live ran out, at most `limit`; rows somebody owns are left to them.
    func expire(limit: Int, _ db: Database) throws {
        let now = clock.now
        var expired: [Int64] = []
        // What is owned stays in front of the index, so look past it: it is bounded by what is in flight.
        try db.each(
            Self.expired,
            [now, limit + leases.leased]
        ) { row in
            let id = try row.integer(0)
            if leases.hold(on: id, now: now) != .leased { expired.append(id) }
        }
        for id in expired.prefix(limit) {
            try drop(id, .expired, db)
        }
    }
}
