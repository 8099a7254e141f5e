// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import GRDBSQLite

/// The statement that stores rows, one after the other of a transaction.
///
/// Values go to SQLite from where they lie. As GRDB's own, each would first be put into a list that is
/// made for the row, which costs more than the row does.
struct RowInsertion {
    private let db: Database
    private let statement: OpaquePointer

    private static let sql = """
        INSERT INTO entries (id, key, stream, kind, priority, device, policy, policy_version,
          attempts, stored_at, stored_clock, expires, body, value, codec, seal, crc)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING
        """

    /// Prepares it, once per connection; to be used within the transaction.
    init(_ db: Database) throws {
        self.db = db
        statement = try db.cachedStatement(sql: Self.sql).sqliteStatement
    }

    /// Stores one row; false when there is one with its key already.
    ///
    /// Ends in `sqlite3_step`.
    func run(
        _ facts: RowFacts,
        attempts: Int,
        value: Int64?,
        _ stored: ContentCodec.Stored
    ) throws -> Bool {
        bind(facts.id, 1)
        bind(facts.key, 2)
        bind(facts.stream, 3)
        bind(Int64(facts.kind), 4)
        bind(Int64(facts.priority), 5)
        bind(facts.device, 6)
        bind(facts.policy, 7)
        bind(facts.policyVersion, 8)
        bind(Int64(attempts), 9)
        bind(facts.storedAt, 10)
        bind(facts.storedClock, 11)
        bind(facts.expires, 12)
        bind(value, 14)
        bind(Int64(stored.codec), 15)
        bind(stored.seal, 16)
        bind(stored.crc, 17)
        try stored.bytes.withUnsafeBytes { bytes in
            // Without bytes there is no address, and a blob without an address would be null.
            let start = bytes.baseAddress ?? UnsafeRawPointer(statement)
            // The bytes stay where they are until the row is stored.
            sqlite3_bind_blob64(statement, 13, start, UInt64(bytes.count), nil)
            defer { sqlite3_bind_null(statement, 13) }
            try step()
        }
        return sqlite3_changes(db.sqliteConnection) > 0
    }

    private func step() throws {
        let result = sqlite3_step(statement)
        defer { sqlite3_reset(statement) }
        guard result == SQLITE_DONE else {
            let message = sqlite3_errmsg(db.sqliteConnection).map { String(cString: $0) }
            throw DatabaseError(resultCode: ResultCode(rawValue: result), message: message)
        }
    }

    private func bind(_ number: Int64?, _ place: Int32) {
        if let number {
            sqlite3_bind_int64(statement, place, number)
        } else {
            sqlite3_bind_null(statement, place)
        }
    }

    private func bind(_ text: String, _ place: Int32) {
        // SQLITE_TRANSIENT: copied into memory that SQLite keeps for the next row.
        let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        var text = text
        text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                let encoding = UInt8(SQLITE_UTF8)
                let start = characters.baseAddress ?? UnsafePointer<CChar>(statement)
                sqlite3_bind_text64(
                    statement,
                    place,
                    start,
                    UInt64(characters.count),
                    copied,
                    encoding
                )
            }
        }
    }
}
