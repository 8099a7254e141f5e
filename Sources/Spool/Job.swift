// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Synchronization

/// One thing the committer does inside a transaction, and whoever waits for it.
protocol Job: Sendable {
    /// How many pages it may touch; 0 when it only reads.
    var pages: Int { get }
    /// Does it; may be called again after a failed transaction, and then starts afresh.
    func run(_ ledger: Ledger, _ db: Database) throws
    /// The transaction is on disk, or it is not and why; called once.
    func finish(_ error: SpoolError?)
}

/// A job that gives a value to a closure.
// `value` is touched on the committer's thread only.
final class ClosureJob<Value: Sendable>: Job, @unchecked Sendable {
    let pages: Int
    private let body: @Sendable (Ledger, Database) throws -> Value
    private let completion: @Sendable (Result<Value, SpoolError>) -> Void
    private var value: Value?

    init(
        pages: Int,
        _ body: @escaping @Sendable (Ledger, Database) throws -> Value,
        completion: @escaping @Sendable (Result<Value, SpoolError>) -> Void
    ) {
        self.pages = pages
        self.body = body
        self.completion = completion
    }

    func run(_ ledger: Ledger, _ db: Database) throws {
        value = try body(ledger, db)
    }

    func finish(_ error: SpoolError?) {
        if let error { return completion(.failure(error)) }
        guard let value else {
            return completion(.failure(SpoolError(.broken, "a job ended without its outcome")))
        }
        completion(.success(value))
    }
}

/// What keeps the file in shape a little at a time.
struct Upkeep: Job {
    static let idleTurnsToEmptyLog = 10

    /// For how many turns nothing has been written.
    var idleTurns: Int
    /// True when the disk failed last time, so that it shows by itself when it is well again.
    var probes: Bool
    var pages: Int { 1 }

    func run(_ ledger: Ledger, _ db: Database) throws {
        try ledger.expire(limit: 256, db)
        try ledger.sweepAudits(db)
        ledger.headRoom.observe(
            bytes: try ledger.usedPages(db) * SpoolFile.pageSize,
            at: ledger.clock.now
        )
        if ledger.totals.rows > 0 { try ledger.storeClock(db, olderThan: 60_000_000_000) }
        if !probes { try ledger.scrubSome(db) }
        if probes { try ledger.probe(db) }
        // Free pages are used again first; only when they are many do they go back to the disk, and
        // while rows come and go only when they are most of the file.
        let free = try db.integer("PRAGMA freelist_count") ?? 0
        let all = try db.integer("PRAGMA page_count") ?? 0
        let isAboveCap = all > ledger.room.maximumPages
        let share: Int64 = idleTurns > 1 ? 4 : 2
        if isAboveCap || (free > 1024 && free * share > all) {
            try db.execute(sql: "PRAGMA incremental_vacuum(\(isAboveCap ? 512 : 128))")
        }
    }

    func finish(_ error: SpoolError?) {}
}
