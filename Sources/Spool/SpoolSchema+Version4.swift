// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension SpoolSchema {
    /// What each stream is owed, so that a drain can serve small debts first.
    static let version4 = [
        // Its rows that are not parked, changed with them.
        "ALTER TABLE streams ADD COLUMN rows INTEGER NOT NULL DEFAULT 0",
        // How many binary digits `rows` has: an index entry moves when a debt doubles or halves only.
        "ALTER TABLE streams ADD COLUMN debt INTEGER NOT NULL DEFAULT 0",
        countDebts, sizeDebts,
        "CREATE INDEX streams_by_debt ON streams(way, priority, policy, debt, head)",
    ]

    /// Counts the rows of every stream.
    static let countDebts = """
        UPDATE streams SET rows = (
          SELECT count(*) FROM entries WHERE entries.stream = streams.id AND parked = 0)
        """
    /// Says about how large every debt is; the next change of a stream says it exactly.
    static let sizeDebts = """
        UPDATE streams SET debt = CASE WHEN rows = 0 THEN 0 WHEN rows < 2 THEN 1 WHEN rows < 4 THEN 2
          WHEN rows < 8 THEN 3 WHEN rows < 64 THEN 6 WHEN rows < 4096 THEN 12 ELSE 20 END
        """
}
