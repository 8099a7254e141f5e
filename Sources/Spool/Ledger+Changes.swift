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
        for burial in change.burials {
            try bury(burial, db)
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
        let insertion = try RowInsertion(db)
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
            if let existing = try insert(entry, insertion, db) {
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
    private func insert(
        _ entry: NewEntry,
        _ insertion: RowInsertion,
        _ db: Database
    ) throws -> Int64? {
        let text = entry.streamName
        let keys = contents.keys
        try keys?.renew(db)
        // An audit's stream is its class of the draw, a number, which names nobody.
        let isHidden = keys != nil && entry.kind != .audit
        let name = StreamCache.Name(
            way: entry.kind.way,
            priority: entry.priority,
            text: isHidden ? keys?.hash(text) ?? text : text
        )
        let (stream, isNew) = try streams.id(
            of: name,
            policy: entry.kind == .pending ? entry.policy : entry.sink ?? "",
            head: entry.id,
            db
        )
        if isNew, isHidden, let names = try sealed([entry.device, text], "stream \(stream)") {
            try db.run("UPDATE streams SET names = ? WHERE id = ?", [Data(names), stream])
        }
        let now = clock.now
        let expires = entry.timeToLive.map { now.addingReportingOverflow($0.nanoseconds) }
        var facts = RowFacts(
            id: entry.id,
            key: entry.key,
            stream: stream,
            kind: entry.kind.rawValue,
            priority: entry.priority.rawValue,
            device: keys?.hash(entry.device) ?? entry.device,
            policy: entry.policy,
            policyVersion: entry.policyVersion,
            storedAt: clock.wallTime.nanoseconds,
            storedClock: now,
            expires: expires.map { $0.overflow ? Int64.max : $0.partialValue },
            codec: 0
        )
        let stored = try contents.stored(entry.body, &facts, device: entry.device, stream: text)
        let isStored = try insertion.run(
            facts,
            attempts: entry.attempts,
            value: value(of: entry),
            stored
        )
        guard isStored else {
            if isNew { try streams.remove(stream, db) }
            return try db.integer("SELECT id FROM entries WHERE key = ?", [entry.key])
        }
        // A stream all of whose rows are parked has no head until one comes that is not.
        if !isNew, entry.id < highestInserted || totals.hasParked {
            try db.run(
                "UPDATE streams SET head = ?1 WHERE id = ?2 AND head > ?1",
                [entry.id, stream]
            )
        }
        highestInserted = max(highestInserted, entry.id)
        debts[stream, default: 0] += 1
        totals.add(entry.kind, entry.priority, rows: 1, bytes: stored.bytes.count)
        totals.addSealed(stored.seal, 1)
        if entry.kind == .pending { totals.addPending(entry.policy, rows: 1) }
        noteInserted(entry.id, storedClock: now)
        return nil
    }

    private func replace(_ replacement: SpoolChange.Replacement, _ db: Database) throws {
        let found: Stored
        switch try find(replacement.id, withBody: contents.keys != nil, db) {
        case .missing: return
        case .row(let stored): found = stored
        case .damaged(let reason): return try quarantine(replacement.id, reason, db)
        }
        let kind = replacement.kind ?? found.row.kind
        guard kind.way == found.row.kind.way else {
            throw SpoolError(
                .invalid,
                "a row of kind \(found.row.kind.name) cannot become one of kind \(kind.name)"
            )
        }
        try rewrite(found, body: replacement.body, kind: kind, db)
    }

    func release(_ release: SpoolChange.Release, _ db: Database) throws {
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
        let until = delay > 0 ? now &+ delay : nil
        leases.release(release.id, until: until, ends: release.ends, now: now)
    }

    func acknowledge(_ id: Int64, _ db: Database) throws {
        var isCounted = true
        try db.each(Self.removedRow, [id]) { row in
            isCounted = (try? self.uncount(row)) != nil
        }
        if !isCounted { isMiscounted = true }
        noteRemoved(id)
    }
}

extension Ledger {
    /// What the column of values holds: nothing unless the policy for a full spool asks for it.
    func value(of entry: NewEntry) -> Int64? {
        guard options.whenFull(entry.priority) == .dropLowestValue else { return nil }
        return entry.value.isNaN ? 0 : Int64(min(max(entry.value, 0), 1) * 1_000_000)
    }
}

extension NewEntry {
    /// The rows whose order it keeps; those of undecided readings are kept apart by policy, because each
    /// slow model has a worker of its own.
    fileprivate var streamName: String {
        stream ?? (kind == .pending ? "\(device) < \(policy)" : device)
    }
}
