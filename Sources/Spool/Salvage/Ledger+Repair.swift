// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB

extension Ledger {
    /// Gives every stream its head, and every row a stream.
    func repairStreams(_ db: Database) throws {
        var lost: [Int64] = []
        try db.each(
            """
            SELECT min(id) FROM entries
            WHERE stream NOT IN (SELECT id FROM streams) GROUP BY stream
            """
        ) { row in
            lost.append(try row.integer(0))
        }
        for id in lost {
            // The rows were checked as they were stored.
            guard case .row(let stored) = try find(id, withBody: true, db) else { continue }
            let kind = stored.row.kind
            // Its name is gone. Under this one its rows leave in their order; later ones of the same
            // device begin a stream of their own.
            try db.run(
                """
                INSERT OR IGNORE INTO streams (id, way, priority, name, policy, head)
                VALUES (?, ?, ?, ?, ?, 0)
                """,
                [
                    stored.facts.stream, kind.way.rawValue, stored.facts.priority,
                    "\(stored.facts.device) ~\(stored.facts.stream)",
                    kind == .pending ? stored.row.policy : Self.sink(of: stored.row) ?? "",
                ]
            )
        }
        try db.run(
            """
            DELETE FROM streams WHERE id NOT IN (SELECT stream FROM entries)
            """
        )
        try db.run(
            """
            UPDATE streams SET head = coalesce(
              (SELECT min(id) FROM entries WHERE stream = streams.id AND parked = 0), ?)
            """,
            [SpoolSchema.noHead]
        )
        try db.run(SpoolSchema.countDebts)
        try db.run(SpoolSchema.sizeDebts)
        streams.removeAll()
        highestInserted = try db.integer("SELECT max(id) FROM entries") ?? 0
    }

    /// The sink that a delivery is for, which its stream told: the first line of its content does too.
    static func sink(of row: SpoolRow) -> String? {
        struct Head: Decodable {
            var sink: String
        }
        guard row.kind == .delivery, let end = row.body.firstIndex(of: UInt8(ascii: "\n"))
        else { return nil }
        return try? JSONDecoder().decode(Head.self, from: Data(row.body[..<end])).sink
    }

    /// Counts letters and quarantine.
    func recountAsides(_ db: Database) throws {
        try db.each(
            """
            SELECT count(*), coalesce(sum(length(payload) + length(CAST(topic AS BLOB))
              + length(CAST(text AS BLOB)) + coalesce(length(names), 0) + 128), 0) FROM dead_letters
            """
        ) { row in
            totals.deadLetters.rows = Int(try row.integer(0))
            totals.deadLetters.bytes = Int(try row.integer(1))
        }
        try db.run("UPDATE quarantine SET size = coalesce(length(body), 0) + 200")
        try db.each("SELECT count(*), coalesce(sum(size), 0) FROM quarantine") { row in
            totals.quarantined.rows = Int(try row.integer(0))
            totals.quarantined.bytes = Int(try row.integer(1))
        }
    }
}
