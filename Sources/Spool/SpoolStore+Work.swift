// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Vocabulary

extension SpoolStore {
    /// Takes up to `limit` rows of these kinds: by priority, then `order`, in order within a stream.
    ///
    /// The caller owns them until it acknowledges, drops or releases them, or this run ends. Rows behind
    /// one that is owned or delayed wait; inside a batch the caller keeps a stream's order by working its
    /// rows one after the other. Fails while the disk is full if an attempt or a drop must be counted.
    /// The attempt of a `pending` row is on disk, counted, when this returns; a caller dead-letters the
    /// row that comes back too often. Rows whose time to live ran out are dropped, counted. Costs a few
    /// index look-ups a row, and one for each stream that is held back, whatever the backlog. `policies`
    /// says whose `pending` rows are meant, or which sinks' lines; those of others cost nothing. Of large rows no more are taken
    /// than `bytes` hold, but one.
    public func lease(
        _ kinds: Set<EntryKind>,
        of policies: PolicySelection = .all,
        limit: Int,
        bytes: Int = .max,
        order: LeaseOrder = .arrival
    ) throws(SpoolError) -> [SpoolRow] {
        try perform(pages: Self.leasePages(kinds, limit)) { ledger, db in
            try ledger.lease(kinds, policies, limit: limit, bytes: bytes, order: order, db)
        }
    }

    /// The same without blocking the thread.
    public func leased(
        _ kinds: Set<EntryKind>,
        of policies: PolicySelection = .all,
        limit: Int,
        bytes: Int = .max,
        order: LeaseOrder = .arrival
    ) async throws(SpoolError) -> [SpoolRow] {
        let result = await withCheckedContinuation { continuation in
            committer.add(
                ClosureJob(pages: Self.leasePages(kinds, limit)) { ledger, db in
                    try ledger.lease(kinds, policies, limit: limit, bytes: bytes, order: order, db)
                } completion: { result in
                    continuation.resume(returning: result)
                }
            )
        }
        return try result.get()
    }

    /// Stores a change without blocking the thread.
    @discardableResult
    public func committed(_ change: SpoolChange) async throws(SpoolError) -> SpoolReceipt {
        let result = await withCheckedContinuation { continuation in
            submit(change) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    // Expired rows are found while leasing, and dropping them writes.
    private static func leasePages(_ kinds: Set<EntryKind>, _ limit: Int) -> Int {
        kinds.contains(.pending) ? 16 + limit : 16
    }
}

extension SpoolStore {
    /// Counts, on disk, that work on these messages begins; returns how often it has begun for each.
    ///
    /// For the first batches after an unclean exit: a message that ends the process comes back with a
    /// growing count. `SpoolChange.finishedAttempts` ends it.
    public func beginAttempts(_ keys: [AttemptKey]) throws(SpoolError) -> [Int] {
        guard !keys.isEmpty else { return [] }
        return try perform(pages: 4 + keys.count * 2) { ledger, db in
            try ledger.begin(keys, db)
        }
    }

    /// True when some row's key begins with `prefix`.
    public func hasRow(keyPrefix prefix: String) throws(SpoolError) -> Bool {
        try perform(pages: 0) { _, db in
            // No text that begins with the prefix sorts behind the prefix and the last of all characters.
            let last = "char(0x10FFFF)"
            let found = "SELECT 1 FROM entries WHERE key >= ?1 AND key < ?1 || \(last) LIMIT 1"
            return try db.integer(found, [prefix]) != nil
        }
    }

    /// As `beginAttempts(_:)`, without blocking the thread.
    public func begunAttempts(_ keys: [AttemptKey]) async throws(SpoolError) -> [Int] {
        let result = await withCheckedContinuation { continuation in
            committer.add(
                ClosureJob(pages: 4 + keys.count * 2) { ledger, db in
                    try ledger.begin(keys, db)
                } completion: { result in
                    continuation.resume(returning: result)
                }
            )
        }
        return try result.get()
    }

    /// The setting called `key`; nil when there is none.
    public func meta(_ key: String) throws(SpoolError) -> [UInt8]? {
        try perform(pages: 0) { ledger, db in
            try ledger.settings(prefix: key, db).first { $0.key == key }?.value
        }
    }

    /// All settings whose names begin with `prefix`.
    public func meta(prefix: String) throws(SpoolError) -> [String: [UInt8]] {
        try perform(pages: 0) { ledger, db in
            Dictionary(
                try ledger.settings(prefix: prefix, db).map { ($0.key, $0.value) },
                uniquingKeysWith: { first, _ in first }
            )
        }
    }

    /// Finds out whether the disk takes a row now, by storing one small number.
    public func probe() throws(SpoolError) {
        try perform(pages: 2) { ledger, db in try ledger.probe(db) }
    }
}
