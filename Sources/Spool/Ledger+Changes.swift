// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import Vocabulary

extension Ledger {
    /// Applies one change inside the running transaction.
    func apply(_ change: SpoolChange, _ db: Database) throws -> SpoolReceipt {
        var receipt = SpoolReceipt()
        if !change.inserts.isEmpty {
            try insert(change.inserts, leased: change.insertsAreLeased, db, into: &receipt)
        }
        for replacement in change.replacements {
            try replace(replacement, db)
        }
        for release in change.releases {
            try self.release(release, db)
        }
        for park in change.parks {
            try self.park(park.id, park.reason, db)
        }
        for id in change.acknowledgements {
            try acknowledge(id, db)
        }
        for drop in change.drops {
            try self.drop(drop.id, drop.reason, db)
        }
        for letter in change.deadLetters {
            try keep(letter, db)
        }
        for key in change.finishedAttempts {
            try finish(key, db)
        }
        for setting in change.meta {
            try set(setting, db)
        }
        return receipt
    }

    private func insert(
        _ entries: [NewEntry],
        leased: Bool,
        _ db: Database,
        into receipt: inout SpoolReceipt
    ) throws {
        let isRoomy = try hasRoom(for: entries, db)
        for entry in entries {
            let isAdmitted =
                try entry.kind == .audit
                ? admits(entry, isRoomy: isRoomy, db) : isRoomy || makeRoom(for: entry, db)
            guard isAdmitted else {
                let reason: DropReason = entry.kind == .audit ? .thinned : .spoolFull
                totals.addDrop(
                    Totals.DropCell(reason: reason, kind: entry.kind, priority: entry.priority),
                    bytes: entry.body.count
                )
                if entry.kind != .audit { try record(entry, reason, db) }
                receipt.droppedInserts.append(entry.id)
                continue
            }
            let isLeased = leased && !entry.isFree
            if let existing = try insert(entry, db) {
                let isFree = isLeased && leases.hold(on: existing, now: clock.now) == nil
                if isFree { leases.lease(existing) }
                receipt.alreadyThere.append(
                    SpoolReceipt.Repeat(
                        reserved: entry.id,
                        existing: existing,
                        isLeasedToCaller: isFree
                    )
                )
            } else if isLeased {
                leases.lease(entry.id)
            }
        }
    }

    /// Inserts one row; returns the row that has its key already, if one has.
    private func insert(_ entry: NewEntry, _ db: Database) throws -> Int64? {
        let name = StreamCache.Name(
            way: entry.kind.way,
            priority: entry.priority,
            text: entry.streamName
        )
        let (stream, isNew) = try streams.id(
            of: name,
            policy: entry.kind == .pending ? entry.policy : entry.sink ?? "",
            head: entry.id,
            db
        )
        let now = clock.now
        let expires = entry.timeToLive.map { now.addingReportingOverflow($0.nanoseconds) }
        try db.run(
            """
            INSERT INTO entries (id, key, stream, kind, priority, device, policy, policy_version,
              attempts, stored_at, stored_clock, expires, body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING
            """,
            [
                entry.id, entry.key, stream, entry.kind.rawValue, entry.priority.rawValue,
                entry.device, entry.policy, entry.policyVersion, entry.attempts,
                clock.wallTime.nanoseconds, now,
                expires.map { $0.overflow ? Int64.max : $0.partialValue },
                Data(entry.body),
            ]
        )
        guard db.changesCount > 0 else {
            if isNew { try streams.remove(stream, db) }
            return try db.integer("SELECT id FROM entries WHERE key = ?", [entry.key])
        }
        if entry.id < highestInserted, !isNew {
            try db.run(
                "UPDATE streams SET head = ?1 WHERE id = ?2 AND head > ?1",
                [entry.id, stream]
            )
        }
        highestInserted = max(highestInserted, entry.id)
        debts[stream, default: 0] += 1
        totals.add(entry.kind, entry.priority, rows: 1, bytes: entry.body.count)
        if entry.kind == .pending { totals.addPending(entry.policy, rows: 1) }
        noteInserted(entry.id, storedClock: now)
        return nil
    }

    private func replace(_ replacement: SpoolChange.Replacement, _ db: Database) throws {
        var found: (kind: EntryKind, priority: Priority, bytes: Int)?
        try db.each(
            "SELECT kind, priority, length(body) FROM entries WHERE id = ?",
            [replacement.id]
        ) { row in
            found = (
                try row.oneOf(EntryKind.self, 0), try row.oneOf(Priority.self, 1),
                Int(try row.integer(2))
            )
        }
        guard let found else { return }
        let kind = replacement.kind ?? found.kind
        guard kind.way == found.kind.way else {
            throw SpoolError(
                .invalid,
                "a row of kind \(found.kind.name) cannot become one of kind \(kind.name)"
            )
        }
        try db.run(
            "UPDATE entries SET kind = ?, body = ? WHERE id = ?",
            [kind.rawValue, Data(replacement.body), replacement.id]
        )
        totals.add(found.kind, found.priority, rows: -1, bytes: -found.bytes)
        totals.add(kind, found.priority, rows: 1, bytes: replacement.body.count)
    }

    private func release(_ release: SpoolChange.Release, _ db: Database) throws {
        if release.countsAttempt {
            try db.run("UPDATE entries SET attempts = attempts + 1 WHERE id = ?", [release.id])
            guard db.changesCount > 0 else { return }
        }
        if release.takesAttemptBack {
            let less = "UPDATE entries SET attempts = attempts - 1 WHERE id = ? AND attempts > 0"
            try db.run(less, [release.id])
        }
        let now = clock.now
        let delay = release.delay.nanoseconds
        // A hold on a number that no row has would never be let go.
        if delay > 0, try db.integer("SELECT 1 FROM entries WHERE id = ?", [release.id]) == nil {
            return
        }
        leases.release(release.id, until: delay > 0 ? now &+ delay : nil, now: now)
    }

    private func acknowledge(_ id: Int64, _ db: Database) throws {
        try db.each(
            """
            DELETE FROM entries WHERE id = ?
            RETURNING stream, kind, priority, length(body), policy, parked
            """,
            [id]
        ) { row in
            let kind = try row.oneOf(EntryKind.self, 1)
            try left(try row.integer(0), kind, try row.text(4), parked: Int(try row.integer(5)))
            totals.add(
                kind,
                try row.oneOf(Priority.self, 2),
                rows: -1,
                bytes: -Int(try row.integer(3))
            )
        }
        noteRemoved(id)
    }

    /// Counts a row out of its stream.
    func left(_ stream: Int64, _ kind: EntryKind, _ policy: String, parked: Int) throws {
        touched.insert(stream)
        if let reason = ParkReason(rawValue: parked) {
            totals.addParked(reason, kind, rows: -1)
        } else {
            debts[stream, default: 0] -= 1
            if kind == .pending { totals.addPending(policy, rows: -1) }
        }
    }
}

extension NewEntry {
    /// The rows whose order it keeps; those of undecided readings are kept apart by policy, because each
    /// slow model has a worker of its own.
    fileprivate var streamName: String {
        stream ?? (kind == .pending ? "\(device) < \(policy)" : device)
    }
}
