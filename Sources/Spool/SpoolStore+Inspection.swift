// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Vocabulary

extension SpoolStore {
    // Long looks and large purges are cut into slices, so that commits pass between them.
    private static let scanPerSlice = 2000
    private static let purgePerSlice = 256

    /// Up to `limit` rows in their order of arrival, from `cursor` (a row's number) on, without content.
    public func rows(
        _ filter: SpoolFilter = SpoolFilter(),
        after cursor: Int64 = 0,
        limit: Int
    ) throws(SpoolError) -> [SpoolRow] {
        var rows: [SpoolRow] = []
        var cursor: Int64? = cursor
        while let start = cursor, rows.count < limit {
            let wanted = limit - rows.count
            let slice = try perform(pages: 0) { ledger, db in
                try ledger.slice(
                    after: start,
                    filter,
                    limit: wanted,
                    scan: Self.scanPerSlice,
                    db
                )
            }
            rows += slice.rows
            cursor = slice.next
        }
        return rows
    }

    /// The numbers of the newest rows of a kind, oldest first, without blocking the thread.
    ///
    /// Looks from the newest row on until it has seen all of that kind, `limit` of them, or
    /// `scan` rows.
    public func newest(
        _ kind: EntryKind,
        limit: Int,
        scan: Int
    ) async throws(SpoolError) -> [Int64] {
        var found: [Int64] = []
        var cursor = Int64.max
        var scanned = 0
        while scanned < scan, found.count < limit {
            let start = cursor
            let slice = try await performed { ledger, db in
                try ledger.newest(kind, before: start, scan: Self.scanPerSlice, db)
            }
            found += slice.ids
            scanned += Self.scanPerSlice
            guard let next = slice.next, found.count < depth(of: [kind]) else { break }
            cursor = next
        }
        return found.prefix(limit).reversed()
    }

    /// Those of these rows that are there, with their content, without blocking the thread.
    public func rows(_ ids: [Int64]) async throws(SpoolError) -> [SpoolRow] {
        try await performed { ledger, db in
            try ids.compactMap { try ledger.row($0, withBody: true, db) }
        }
    }

    func performed<Value: Sendable>(
        pages: Int = 0,
        _ body: @escaping @Sendable (Ledger, Database) throws -> Value
    ) async throws(SpoolError) -> Value {
        let result = await withCheckedContinuation { continuation in
            committer.add(ClosureJob(pages: pages, body) { continuation.resume(returning: $0) })
        }
        return try result.get()
    }

    /// One row with its content; nil when it is not there.
    public func row(_ id: Int64) throws(SpoolError) -> SpoolRow? {
        try perform(pages: 0) { ledger, db in try ledger.row(id, withBody: true, db) }
    }

    /// One row with its content, by its key; nil when it is not there.
    public func row(key: String) throws(SpoolError) -> SpoolRow? {
        try perform(pages: 0) { ledger, db in
            guard let id = try db.integer("SELECT id FROM entries WHERE key = ?", [key])
            else { return nil }
            return try ledger.row(id, withBody: true, db)
        }
    }

    /// Drops the rows that `filter` admits, counted as purged; returns how many.
    ///
    /// Rows somebody owns are left. Done in transactions of some hundred rows: after a failure the
    /// earlier ones are gone.
    @discardableResult
    public func purge(_ filter: SpoolFilter) throws(SpoolError) -> Int {
        var count = 0
        var cursor: Int64? = 0
        while let start = cursor {
            let pages = 16 + Self.purgePerSlice * SpoolChange.pagesPerRow
            let slice = try perform(pages: pages) { ledger, db in
                var slice = try ledger.slice(
                    after: start,
                    filter,
                    limit: Self.purgePerSlice,
                    scan: Self.scanPerSlice,
                    db
                )
                slice.rows.removeAll { $0.state == .leased }
                for row in slice.rows {
                    try ledger.drop(row.id, .purged, db)
                }
                return slice
            }
            count += slice.rows.count
            cursor = slice.next
        }
        return count
    }

    /// The newest drops, newest first; the record holds the last thousand.
    public func drops(limit: Int) throws(SpoolError) -> [DropRecord] {
        try perform(pages: 0) { ledger, db in try ledger.drops(limit: limit, db) }
    }

    /// Dead letters in their order, from `cursor` (a letter's number) on, without payloads.
    public func deadLetters(
        after cursor: Int64 = 0,
        limit: Int
    ) throws(SpoolError) -> [StoredDeadLetter] {
        try perform(pages: 0) { ledger, db in
            try ledger.deadLetters(after: cursor, limit: limit, db)
        }
    }

    /// One dead letter with its payload; nil when it is not there.
    public func deadLetter(_ id: Int64) throws(SpoolError) -> StoredDeadLetter? {
        try perform(pages: 0) { ledger, db in try ledger.deadLetter(id, db) }
    }

    /// Deletes dead letters that were dealt with; returns how many were there.
    @discardableResult
    public func removeDeadLetters(_ ids: [Int64]) throws(SpoolError) -> Int {
        try perform(pages: 4 + ids.count * 3) { ledger, db in
            try ids.reduce(0) { $0 + (try ledger.removeDeadLetter($1, db) ? 1 : 0) }
        }
    }

    /// The spool in numbers; a few index look-ups.
    public func stats() throws(SpoolError) -> SpoolStats {
        let counts = committer.board.counts
        let maximumSize = options.maximumSize
        let board = committer.board
        return try perform(pages: 0) { ledger, db in
            try ledger.stats(
                bytes: board.bytes,
                maximumSize: maximumSize,
                counts: counts,
                db
            )
        }
    }
}

extension Ledger {
    fileprivate func stats(
        bytes: (inUse: Int, onDisk: Int),
        maximumSize: Int,
        counts: (commits: Int, jobs: Int),
        _ db: Database
    ) throws -> SpoolStats {
        var cells: [SpoolStats.Cell] = []
        for kind in EntryKind.allCases {
            for priority in Priority.allCases where totals[kind, priority].rows > 0 {
                let count = totals[kind, priority]
                cells.append(
                    SpoolStats.Cell(
                        kind: kind,
                        priority: priority,
                        rows: count.rows,
                        bytes: count.bytes
                    )
                )
            }
        }
        return SpoolStats(
            cells: cells,
            oldest: try oldestRows(db),
            dropped: SpoolStats.Dropped.sorted(totals.drops),
            parked: totals.parked.map { cell, rows in
                SpoolStats.Parked(reason: cell.reason, kind: cell.kind, rows: rows)
            }.sorted { left, right in
                (left.reason.rawValue, left.kind.rawValue)
                    < (right.reason.rawValue, right.kind.rawValue)
            },
            leased: leases.leased,
            delayed: leases.delayed,
            deadLetters: totals.deadLetters.rows,
            deadLetterBytes: totals.deadLetters.bytes,
            deadLettersDropped: totals.deadLettersDropped,
            quarantined: totals.quarantined.rows,
            damaged: totals.damaged,
            bytesInUse: bytes.inUse,
            bytesOnDisk: bytes.onDisk,
            maximumSize: maximumSize,
            commits: counts.commits,
            jobs: counts.jobs
        )
    }

    private func oldestRows(_ db: Database) throws -> [SpoolStats.Oldest] {
        var oldest: [SpoolStats.Oldest] = []
        for way in Way.allCases {
            for priority in Priority.allCases {
                let head = try db.integer(Ledger.oldestHead, [way.rawValue, priority.rawValue])
                guard let head, let row = try row(head, withBody: false, db) else { continue }
                oldest.append(
                    SpoolStats.Oldest(kind: row.kind, priority: priority, age: row.age)
                )
            }
        }
        return oldest
    }
}
