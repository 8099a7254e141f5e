// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Vocabulary

/// Rows that cannot be read are set aside as they are, so that the rest goes on.
extension Ledger {
    private static let quarantineRows = 1000

    /// Moves a row out of the way, counted; its bytes stay for a person to look at.
    func quarantine(_ id: Int64, _ reason: String, _ db: Database) throws {
        try db.run(
            """
            INSERT INTO quarantine (time, reason, size, row_id, key, stream, kind, priority, device,
              policy, policy_version, attempts, stored_at, stored_clock, expires, codec, seal, crc,
              body)
            SELECT ?, ?, coalesce(length(body), 0) + 200, id, key, stream, kind, priority, device,
              policy, policy_version, attempts, stored_at, stored_clock, expires, codec, seal, crc,
              body FROM entries WHERE id = ?
            """,
            [clock.wallTime.nanoseconds, reason, id]
        )
        guard db.changesCount > 0 else { return }
        let copy = db.lastInsertedRowID
        var isCounted = try agreesWithItsStream(id, db)
        try db.each(Self.removedRow, [id]) { row in
            if isCounted { isCounted = (try? self.uncount(row)) != nil }
        }
        if !isCounted { isMiscounted = true }
        noteRemoved(id)
        totals.quarantined.rows += 1
        let size = try db.integer("SELECT size FROM quarantine WHERE id = ?", [copy]) ?? 0
        totals.quarantined.bytes += Int(size)
        totals.damaged += 1
        damageNotes.append("row \(id): \(reason)")
        try boundQuarantine(db)
    }

    /// False for a row that was counted as something else than its columns say now.
    private func agreesWithItsStream(_ id: Int64, _ db: Database) throws -> Bool {
        var agrees = false
        try db.each(
            """
            SELECT s.way, s.priority, e.kind, e.priority
            FROM entries e JOIN streams s ON s.id = e.stream WHERE e.id = ?
            """,
            [id]
        ) { row in
            let (way, priority) = (try row.integer(0), try row.integer(1))
            let kind = try? row.oneOf(EntryKind.self, 2)
            let own = try? row.integer(3)
            agrees = kind.map { Int64($0.way.rawValue) } == way && own == priority
        }
        return agrees
    }

    /// Takes a row that has just been deleted out of the totals and its stream.
    ///
    /// Throws before any total is changed when its columns hold impossible values.
    func uncount(_ row: Row) throws {
        let stream = try row.integer(0)
        touched.insert(stream)
        let kind = try row.oneOf(EntryKind.self, 1)
        let priority = try row.oneOf(Priority.self, 2)
        let bytes = Int(try row.integer(3))
        let policy = try row.text(4)
        let seal = try row.optionalInteger(5)
        let parked = Int(try row.integer(6))
        totals.add(kind, priority, rows: -1, bytes: -bytes)
        totals.addSealed(seal, -1)
        if let reason = ParkReason(rawValue: parked) {
            totals.addParked(reason, kind, rows: -1)
        } else {
            debts[stream, default: 0] -= 1
            if kind == .pending { totals.addPending(policy, rows: -1) }
        }
    }

    /// Deletes a row and hands out what `uncount` wants.
    static let removedRow = """
        DELETE FROM entries WHERE id = ?
        RETURNING stream, kind, priority, length(body), policy, seal, parked
        """

    private func boundQuarantine(_ db: Database) throws {
        let mostBytes = min(16 << 20, options.maximumSize / 16)
        while totals.quarantined.rows > Self.quarantineRows
            || totals.quarantined.bytes > mostBytes && totals.quarantined.rows > 0
        {
            var size: Int64 = 0
            try db.each(
                """
                DELETE FROM quarantine WHERE id = (SELECT min(id) FROM quarantine) RETURNING size
                """
            ) { row in
                size = try row.integer(0)
            }
            totals.quarantined.rows -= 1
            totals.quarantined.bytes -= Int(size)
        }
    }
}
