// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import Vocabulary

// The journal of attempts: which messages were being worked on when the process ended.
extension Ledger {
    private static let attemptLimit = 10_000

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
}
