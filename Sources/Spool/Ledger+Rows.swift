// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Vocabulary

extension Ledger {
    /// Gives up to `limit` rows to a caller: by priority, then as `order` says, in order within a stream.
    ///
    /// A stream is followed up to its first row that is owned, delayed or of a kind not asked for.
    func lease(
        _ kinds: Set<EntryKind>,
        _ policies: PolicySelection = .all,
        limit: Int,
        bytes: Int = .max,
        order: LeaseOrder = .arrival,
        _ db: Database
    ) throws -> [SpoolRow] {
        var room = bytes
        var rows: [SpoolRow] = []
        var expired: [Int64] = []
        var thinned: [Int64] = []
        var damaged: [(id: Int64, reason: String)] = []
        let now = clock.now
        let ways = Set(kinds.map(\.way))
        // What a stream gave to one walk is not asked for by the other.
        var begun: [Int64: Int] = [:]
        func take(_ walk: inout some RowWalk, _ number: Int, upTo limit: Int) throws {
            while rows.count < limit, room > 0, let step = try walk.next(db) {
                guard begun[step.stream, default: number] == number,
                    leases.hold(on: step.id, now: now) == nil
                else { continue }
                begun[step.stream] = number
                let row: SpoolRow
                switch try find(step.id, withBody: true, db) {
                case .missing: throw Self.unlikeItsIndex
                case .row(let stored): row = stored.row
                case .damaged(let reason):
                    damaged.append((step.id, reason))
                    try walk.continue(after: step, db)
                    continue
                }
                if let left = row.timeToLive, left <= .zero {
                    expired.append(row.id)
                } else if row.kind == .audit, isThinned(row.stream) {
                    thinned.append(row.id)
                    continue
                } else if kinds.contains(row.kind) {
                    rows.append(row)
                    room -= row.body.count
                } else {
                    continue
                }
                try walk.continue(after: step, db)
            }
        }
        for priority in Priority.allCases {
            let places = try ways.flatMap { try self.places($0, policies, priority, db) }
            var arrivals = StreamWalk(places: places, priority: priority)
            if order == .smallestDebt {
                try take(&arrivals, 0, upTo: min(limit, rows.count + max(1, limit / 4)))
                var debts = DebtWalk(places: places, priority: priority)
                try take(&debts, 1, upTo: limit)
            }
            try take(&arrivals, 0, upTo: limit)
        }
        for (id, reason) in damaged { try quarantine(id, reason, db) }
        for id in expired { try drop(id, .expired, db) }
        for id in thinned { try drop(id, .thinned, db) }
        for index in rows.indices {
            leases.lease(rows[index].id)
            rows[index].state = .leased
            guard rows[index].kind == .pending else { continue }
            // Counted before the row is worked on: a row that kills the process is found out by it.
            try db.run("UPDATE entries SET attempts = attempts + 1 WHERE id = ?", [rows[index].id])
            rows[index].attempts += 1
        }
        return rows
    }

    private func places(
        _ way: Way,
        _ policies: PolicySelection,
        _ priority: Priority,
        _ db: Database
    ) throws -> [StreamWalk.Place] {
        switch policies {
        case _ where way != .decide && way != .sink, .all: return [.init(way: way)]
        case .only(let names): return names.sorted().map { .init(way: way, policy: $0) }
        case .except(let names):
            return try StreamWalk.policies(of: way, priority, db)
                .filter { !names.contains($0) }
                .map { .init(way: way, policy: $0) }
        }
    }
}

/// A piece of the spool, looked through from one number on.
struct SpoolSlice: Sendable {
    var rows: [SpoolRow]
    /// Where the next slice begins; nil when this was the last.
    var next: Int64?
}

extension Ledger {
    /// Looks at no more than `scan` rows after `cursor`, so that a listing never holds commits up.
    func slice(
        after cursor: Int64,
        _ filter: SpoolFilter,
        limit: Int,
        scan: Int,
        _ db: Database
    ) throws -> SpoolSlice {
        var rows: [SpoolRow] = []
        var scanned = 0
        var last = cursor
        let now = clock.now
        let hash = filter.device.flatMap { contents.keys?.hash($0) }
        let found = try Row.fetchCursor(
            db.cachedStatement(sql: Self.slice),
            arguments: [cursor, scan]
        )
        while rows.count < limit, let found = try found.next() {
            scanned += 1
            last = try found.integer(0)
            // A row that cannot be listed is found again when it is leased, and set aside then.
            guard case .row(let stored) = read(found, withBody: false, now: now) else { continue }
            if filter.admits(stored.row, deviceHash: hash) { rows.append(stored.row) }
        }
        return SpoolSlice(rows: rows, next: scanned == scan || rows.count == limit ? last : nil)
    }
}

extension Ledger {
    /// The rows of a kind among the `scan` rows before `cursor`, newest first.
    func newest(
        _ kind: EntryKind,
        before cursor: Int64,
        scan: Int,
        _ db: Database
    ) throws -> (ids: [Int64], next: Int64?) {
        var ids: [Int64] = []
        var scanned = 0
        var last = cursor
        try db.each(Self.sliceBack, [cursor, scan]) { row in
            scanned += 1
            last = try row.integer(0)
            if try row.integer(1) == Int64(kind.rawValue) { ids.append(last) }
        }
        return (ids, scanned == scan ? last : nil)
    }

    static let sliceBack = "SELECT id, kind FROM entries WHERE id < ? ORDER BY id DESC LIMIT ?"
}

extension SpoolFilter {
    func admits(_ row: SpoolRow, deviceHash: String? = nil) -> Bool {
        (kinds.isEmpty || kinds.contains(row.kind))
            && (priorities.isEmpty || priorities.contains(row.priority))
            && (policy.map { $0 == row.policy } ?? true)
            && (device.map { $0 == row.device || deviceHash == row.device } ?? true)
            && (isParked.map { $0 == (row.parked != nil) } ?? true)
            && (olderThan.map { row.age >= $0 } ?? true)
    }
}
