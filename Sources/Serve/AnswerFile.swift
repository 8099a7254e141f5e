// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB

/// The answers on disk: a SQLite database that a killed process leaves whole.
///
/// Written without waiting for the disk itself (`synchronous = NORMAL`): a power cut may forget the last
/// answers, which are then worked out again. The oldest go when there are too many.
struct AnswerFile: Sendable {
    private let database: DatabaseQueue
    private let maximumAnswers: Int
    private let maximumBytes: Int

    init(path: String, maximumAnswers: Int, maximumBytes: Int) throws {
        var configuration = Configuration()
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        }
        database = try DatabaseQueue(path: path, configuration: configuration)
        self.maximumAnswers = maximumAnswers
        self.maximumBytes = maximumBytes
        try database.write { db in
            try db.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS answers (
                        number INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
                        request BLOB NOT NULL, body BLOB NOT NULL
                    )
                    """
            )
        }
    }

    /// The answer kept under a key; nil where there is none, or the file cannot be read.
    func answer(_ key: String) async -> KeptAnswer? {
        try? await database.read { db in
            try Row.fetchOne(
                db,
                sql: "SELECT request, body FROM answers WHERE key = ?",
                arguments: [key]
            )
            .map { row in KeptAnswer(request: bytes(row["request"]), body: bytes(row["body"])) }
        }
    }

    /// Keeps an answer; one that cannot be kept is given all the same.
    func keep(_ key: String, _ answer: KeptAnswer) async {
        try? await database.write { db in
            try db.execute(
                sql: "INSERT OR IGNORE INTO answers (key, request, body) VALUES (?, ?, ?)",
                arguments: [key, blob(answer.request), blob(answer.body)]
            )
            guard db.changesCount > 0, db.lastInsertedRowID % 64 == 0 else { return }
            try thin(db)
        }
    }

    /// Removes the oldest beyond the bounds; looked at every few answers.
    private func thin(_ db: Database) throws {
        try db.execute(
            sql: "DELETE FROM answers WHERE number <= (SELECT max(number) FROM answers) - ?",
            arguments: [maximumAnswers]
        )
        let size =
            try Int.fetchOne(db, sql: "SELECT sum(length(body) + 128) FROM answers") ?? 0
        guard size > maximumBytes else { return }
        try db.execute(
            sql: """
                DELETE FROM answers WHERE number <= (
                    SELECT number FROM answers ORDER BY number
                    LIMIT 1 OFFSET (SELECT count(*) / 2 FROM answers)
                )
                """
        )
    }
}

private func blob(_ bytes: [UInt8]) -> DatabaseValue {
    bytes.withUnsafeBytes { Data($0).databaseValue }
}

private func bytes(_ value: Data) -> [UInt8] { Array(value) }
