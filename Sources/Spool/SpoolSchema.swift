// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB

/// The tables of the spool and how older files become the newest.
enum SpoolSchema {
    /// `SLUC`, in the file's header: whose file this is.
    static let applicationID: Int64 = 0x534C_5543

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        let versions = [version1, version2, version3, version4, version5]
        for (index, statements) in versions.enumerated() {
            migrator.registerMigration("\(index + 1)", foreignKeyChecks: .immediate) { db in
                for sql in statements { try db.execute(sql: sql) }
            }
        }
        return migrator
    }

    /// True for a file that a later version wrote; throws for one whose versions make no sense.
    static func isNewer(_ db: Database) throws -> Bool {
        let known = migrator.migrations
        let applied = try String.fetchAll(db, sql: "SELECT identifier FROM grdb_migrations")
        let numbers = applied.compactMap { Int($0) }.sorted()
        let hasTables = try db.tableExists("quarantine") == (numbers.count > 2)
        guard !numbers.isEmpty, numbers.count == applied.count, hasTables,
            numbers.prefix(known.count).elementsEqual(1...min(known.count, numbers.count))
        else { throw SpoolError(.corrupt, "the file does not know which version it is of") }
        return numbers.count > known.count
    }

    private static let version1 = [
        // One row per thing that must still leave. `id` is the order of arrival. The content is the
        // last column, so that listings do not touch the pages it overflows to. `stored_clock` and
        // `expires` are on the spool's own clock, which stands still while the gateway does.
        """
        CREATE TABLE entries (
          id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, stream INTEGER NOT NULL,
          kind INTEGER NOT NULL, priority INTEGER NOT NULL, device TEXT NOT NULL,
          policy TEXT NOT NULL, policy_version TEXT NOT NULL, attempts INTEGER NOT NULL,
          stored_at INTEGER NOT NULL, stored_clock INTEGER NOT NULL, expires INTEGER,
          body BLOB NOT NULL
        ) STRICT
        """,
        // A stream's rows in their order: an index on a column ends with the row's number.
        "CREATE INDEX entries_by_stream ON entries(stream)",
        "CREATE INDEX entries_by_expiry ON entries(expires) WHERE expires IS NOT NULL",
        // The heads: for every stream that has rows, its oldest. What is next is found here, without
        // reading the backlog behind it.
        """
        CREATE TABLE streams (
          id INTEGER PRIMARY KEY, way INTEGER NOT NULL, priority INTEGER NOT NULL,
          name TEXT NOT NULL, head INTEGER NOT NULL, UNIQUE (way, priority, name)
        ) STRICT
        """,
        "CREATE INDEX streams_by_head ON streams(way, priority, head)",
        // Rows and bytes per kind and priority, changed with the rows, so that nothing is counted.
        """
        CREATE TABLE counters (
          kind INTEGER NOT NULL, priority INTEGER NOT NULL,
          rows INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (kind, priority)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE drop_counts (
          reason TEXT NOT NULL, kind INTEGER NOT NULL, priority INTEGER NOT NULL,
          rows INTEGER NOT NULL, bytes INTEGER NOT NULL, PRIMARY KEY (reason, kind, priority)
        ) STRICT, WITHOUT ROWID
        """,
        """
        CREATE TABLE drops (
          id INTEGER PRIMARY KEY, time INTEGER NOT NULL, reason TEXT NOT NULL,
          kind INTEGER NOT NULL, priority INTEGER NOT NULL, device TEXT NOT NULL,
          policy TEXT NOT NULL, key TEXT NOT NULL, age INTEGER NOT NULL
        ) STRICT
        """,
        """
        CREATE TABLE dead_letters (
          id INTEGER PRIMARY KEY, time INTEGER NOT NULL, input TEXT NOT NULL, topic TEXT NOT NULL,
          code TEXT NOT NULL, text TEXT NOT NULL, attempts INTEGER NOT NULL,
          payload_bytes INTEGER NOT NULL, payload BLOB NOT NULL
        ) STRICT
        """,
        // Messages whose processing has begun; `touched` lets the oldest leave.
        """
        CREATE TABLE attempts (
          high INTEGER NOT NULL, low INTEGER NOT NULL, count INTEGER NOT NULL,
          touched INTEGER NOT NULL, PRIMARY KEY (high, low)
        ) STRICT, WITHOUT ROWID
        """,
        "CREATE INDEX attempts_by_touch ON attempts(touched)",
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID",
        """
        CREATE TABLE numbers (
          name TEXT PRIMARY KEY, value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
    ]

    private static let version2 = [
        // Whose undecided readings a stream holds, so that a slow model's worker finds its own without
        // passing the others'; empty for rows of other kinds, and for rows stored before.
        "ALTER TABLE streams ADD COLUMN policy TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX streams_by_policy ON streams(way, priority, policy, head)",
        // Undecided rows per policy, changed with the rows, so that nothing is counted later.
        """
        CREATE TABLE pending_rows (
          policy TEXT PRIMARY KEY, rows INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """,
        """
        INSERT INTO pending_rows SELECT policy, count(*) FROM entries WHERE kind = 0 GROUP BY policy
        """,
    ]
}
