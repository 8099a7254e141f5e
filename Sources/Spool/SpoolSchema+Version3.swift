// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension SpoolSchema {
    /// The head of a stream whose rows are all parked; no row has this number.
    static let noHead = Int64.max

    /// Sealing, compression, checks, quarantine, parking, value, and letters that can be sent again.
    ///
    /// New columns come behind the content, so that what they usually hold (nothing, 0 or 1) takes no
    /// bytes and is read from the record's header alone.
    static let version3 = [
        // Why a row waits for a person: 0 while it does not. A parked row is no head of its stream.
        "ALTER TABLE entries ADD COLUMN parked INTEGER NOT NULL DEFAULT 0",
        // What keeping the row is worth, in millionths; nothing unless the policy for a full spool asks.
        "ALTER TABLE entries ADD COLUMN value INTEGER",
        // How the content is written: 0 as it came, 1 zstd.
        "ALTER TABLE entries ADD COLUMN codec INTEGER NOT NULL DEFAULT 0",
        // The epoch of the key that sealed the row; nothing when it is plain.
        "ALTER TABLE entries ADD COLUMN seal INTEGER",
        // CRC-32C over the row; nothing when it is sealed, or older than this version.
        "ALTER TABLE entries ADD COLUMN crc INTEGER",
        "CREATE INDEX entries_by_value ON entries(priority, value) WHERE value IS NOT NULL",
        "DROP INDEX entries_by_stream",
        "CREATE INDEX entries_by_stream ON entries(stream) WHERE parked = 0",
        "CREATE INDEX entries_parked ON entries(stream) WHERE parked > 0",
        // The names behind a hashed stream name, sealed.
        "ALTER TABLE streams ADD COLUMN names BLOB",
        "ALTER TABLE meta ADD COLUMN seal INTEGER",
        // What a letter needs to become a row again; nothing for a message that never was one.
        "ALTER TABLE dead_letters ADD COLUMN kind INTEGER",
        "ALTER TABLE dead_letters ADD COLUMN priority INTEGER",
        "ALTER TABLE dead_letters ADD COLUMN device TEXT",
        "ALTER TABLE dead_letters ADD COLUMN stream TEXT",
        "ALTER TABLE dead_letters ADD COLUMN policy TEXT",
        "ALTER TABLE dead_letters ADD COLUMN policy_version TEXT",
        "ALTER TABLE dead_letters ADD COLUMN row_key TEXT",
        "ALTER TABLE dead_letters ADD COLUMN time_to_live INTEGER",
        // Its texts, sealed, when `seal` names an epoch; the columns then hold hashes or nothing.
        "ALTER TABLE dead_letters ADD COLUMN names BLOB",
        "ALTER TABLE dead_letters ADD COLUMN seal INTEGER",
        // Rows that could not be read, as they were found; of any type, because damage keeps to none.
        """
        CREATE TABLE quarantine (
          id INTEGER PRIMARY KEY, time INTEGER NOT NULL, reason TEXT NOT NULL, size INTEGER NOT NULL,
          row_id, key, stream, kind, priority, device, policy, policy_version, attempts, stored_at,
          stored_clock, expires, codec, seal, crc, body
        )
        """,
        // A data key an epoch: derived from the master key of this fingerprint and the salt.
        """
        CREATE TABLE seal_epochs (
          id INTEGER PRIMARY KEY, key TEXT NOT NULL, salt BLOB NOT NULL, rows INTEGER NOT NULL
        ) STRICT
        """,
        // The key that names are hashed with, wrapped by each master key.
        "CREATE TABLE seal_names (key TEXT PRIMARY KEY, wrapped BLOB NOT NULL) STRICT",
    ]
}
