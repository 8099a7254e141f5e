// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Vocabulary

/// Thrown inside a transaction that would have to drop too many rows at once; the committer then drops
/// some in transactions of their own, so that the write-ahead log keeps within its budget, and retries.
struct NeedsRoom: Error {
    var pages: Int
    var priority: Priority
    /// What the row is worth, in millionths.
    var value: Int64 = .max
}

extension Ledger {
    /// Pages that hold something, seen from inside the running transaction.
    func usedPages(_ db: Database) throws -> Int {
        let all = try db.integer("PRAGMA page_count") ?? 0
        let free = try db.integer("PRAGMA freelist_count") ?? 0
        return Int(all - free)
    }

    /// True when all of `entries` fit without anything having to leave.
    func hasRoom(for entries: [NewEntry], _ db: Database) throws -> Bool {
        let need = entries.reduce(0) { $0 + $1.pages }
        return try fits(need, .low, db)
    }

    /// Makes room for one row; false when only more urgent rows are left and it must be dropped itself.
    func makeRoom(for entry: NewEntry, _ db: Database) throws -> Bool {
        if try fits(entry.pages, entry.priority, db) { return true }
        var dropped = 0
        // A label is worth less than any message, whatever happens to messages when the spool is full.
        let isEnoughThinned = try thinAudits(&dropped, db) { dropped in
            guard dropped <= self.room.dropsPerTransaction else {
                throw NeedsRoom(pages: entry.pages, priority: entry.priority)
            }
            return try self.fits(entry.pages, entry.priority, db)
        }
        if isEnoughThinned { return true }
        let need = NeedsRoom(
            pages: entry.pages,
            priority: entry.priority,
            value: value(of: entry) ?? .max
        )
        let isEnough = try dropByPolicy(for: need, &dropped, db) { dropped in
            guard dropped <= self.room.dropsPerTransaction else { throw need }
            return try self.fits(entry.pages, entry.priority, db)
        }
        if isEnough { return true }
        let policy = options.whenFull(entry.priority)
        guard policy != .refuse else { throw capReached }
        // Everything else is worth more: it is the new row that leaves.
        if policy == .dropLowestValue, try hasValued(entry.priority, db) { return false }
        let isOutranked = Priority.allCases.contains { priority in
            priority < entry.priority && totals.hasRows(of: priority)
        }
        if isOutranked { return false }
        throw capReached
    }

    /// Drops rows, one transaction's worth, for a row that did not fit; true when it may fit now or more
    /// can be dropped.
    func dropSome(for need: NeedsRoom, _ db: Database) throws -> Bool {
        var dropped = 0
        let isEnough: (Int) throws -> Bool = { dropped in
            try dropped >= self.room.dropsPerTransaction
                || self.fits(need.pages, need.priority, db)
        }
        if try !thinAudits(&dropped, db, until: isEnough) {
            _ = try dropByPolicy(for: need, &dropped, db, until: isEnough)
        }
        return dropped > 0
    }

    /// Makes room for a dead letter of `size` bytes; false when it must be dropped itself.
    func makeRoom(forDeadLetterOf size: Int, _ db: Database) throws -> Bool {
        let pages = 3 + size / 4000
        while try usedPages(db) + pages > room.limit {
            guard try dropOldestDeadLetter(db) else {
                if options.refusesAll { throw capReached }
                return false
            }
        }
        return true
    }

    func fits(_ pages: Int, _ priority: Priority, _ db: Database) throws -> Bool {
        let used = try usedPages(db) + pages
        let letters = totals.deadLetters.bytes / SpoolFile.pageSize
        guard used <= room.limit - max(0, room.deadLetterPages - letters) else { return false }
        guard priority != .high, options.reservedForHigh > 0 else { return true }
        let high = EntryKind.allCases.reduce(0) { $0 + totals[$1, .high].bytes }
        return used - (high / SpoolFile.pageSize) - letters <= room.limitBelowHigh
    }

    /// How much of the room for rows of less than high priority is taken, with `used` pages in use; 1 is full.
    func roomTaken(_ used: Int) -> Double {
        let letters = totals.deadLetters.bytes / SpoolFile.pageSize
        let limit = max(1, room.limit - max(0, room.deadLetterPages - letters))
        let taken = Double(used) / Double(limit)
        guard options.reservedForHigh > 0 else { return taken }
        let high = EntryKind.allCases.reduce(0) { $0 + totals[$1, .high].bytes }
        let below = used - (high / SpoolFile.pageSize) - letters
        return max(taken, Double(below) / Double(max(1, room.limitBelowHigh)))
    }

    private func hasValued(_ priority: Priority, _ db: Database) throws -> Bool {
        try db.integer(Self.lowestValue, [priority.rawValue, Int64.max, 1]) != nil
    }

    private var capReached: SpoolError {
        SpoolError(
            .capReached,
            "the spool has reached its cap of \(options.maximumSize >> 20) MiB and may drop nothing"
                + " for this; raise the cap, or let the backlog drain"
        )
    }
}
