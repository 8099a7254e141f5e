// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Vocabulary

/// What leaves a full spool, by its policy.
extension Ledger {
    /// Drops rows of the lowest priority first, never one more urgent than `need`'s and never one that
    /// somebody owns, until `isEnough`; false when there were not enough.
    func dropByPolicy(
        for need: NeedsRoom,
        _ dropped: inout Int,
        _ db: Database,
        until isEnough: (Int) throws -> Bool
    ) throws -> Bool {
        for lowest in Priority.allCases.reversed() where lowest >= need.priority {
            let isDone: Bool
            switch options.whenFull {
            case .refuse: return false
            case .dropOldest: isDone = try dropOldest(lowest, &dropped, db, until: isEnough)
            case .dropLowestValue:
                let most = lowest == need.priority ? need.value : .max
                isDone = try dropLowestValue(lowest, below: most, &dropped, db, until: isEnough)
            case .thin:
                isDone =
                    try thin(lowest, &dropped, db, until: isEnough)
                    || dropOldest(lowest, &dropped, db, until: isEnough)
            }
            try settleHeads(db)
            if isDone { return true }
        }
        return false
    }

    private func dropOldest(
        _ priority: Priority,
        _ dropped: inout Int,
        _ db: Database,
        until isEnough: (Int) throws -> Bool
    ) throws -> Bool {
        try settleHeads(db)
        var walk = StreamWalk(ways: Set(Way.allCases), priority: priority)
        while let step = try walk.next(db) {
            try walk.continue(after: step, db)
            if leases.hold(on: step.id, now: clock.now) == .leased { continue }
            try drop(step.id, .spoolFull, db)
            dropped += 1
            if try isEnough(dropped) { return true }
        }
        return false
    }

    // MARK: Lowest value

    /// Rows worth no more than the new one; the oldest first among equals.
    ///
    /// Rows from before values were kept have none: they leave after the others, oldest first.
    private func dropLowestValue(
        _ priority: Priority,
        below most: Int64,
        _ dropped: inout Int,
        _ db: Database,
        until isEnough: (Int) throws -> Bool
    ) throws -> Bool {
        while true {
            var ids: [Int64] = []
            // What is owned stays in front of the index, so look past it.
            try db.each(
                Self.lowestValue,
                [priority.rawValue, most, 32 + leases.leased]
            ) { row in
                let id = try row.integer(0)
                if leases.hold(on: id, now: clock.now) != .leased { ids.append(id) }
            }
            for id in ids {
                try drop(id, .spoolFull, db)
                dropped += 1
                if try isEnough(dropped) { return true }
            }
            if ids.isEmpty { break }
        }
        let valued = try db.integer(Self.lowestValue, [priority.rawValue, Int64.max, 1])
        return try valued == nil && dropOldest(priority, &dropped, db, until: isEnough)
    }

    static let lowestValue = """
        SELECT id FROM entries WHERE value IS NOT NULL AND priority = ? AND value <= ?
          AND parked = 0 ORDER BY value, id LIMIT ?
        """

    // MARK: Thinning out

    /// Every second row of each stream, from where the last time ended; at the end it begins again, so
    /// that the oldest are the sparsest.
    private func thin(
        _ priority: Priority,
        _ dropped: inout Int,
        _ db: Database,
        until isEnough: (Int) throws -> Bool
    ) throws -> Bool {
        var hasWrapped = false
        while true {
            var rows: [(id: Int64, stream: Int64)] = []
            var last: Int64?
            try db.each(Self.thinnedOut, [thinning.cursor, 256]) { row in
                let id = try row.integer(0)
                last = id
                let isFree = leases.hold(on: id, now: clock.now) != .leased
                if try row.integer(2) == Int64(priority.rawValue), isFree {
                    rows.append((id, try row.integer(1)))
                }
            }
            for row in rows {
                thinning.cursor = row.id
                guard thinning.isSecond(of: row.stream) else { continue }
                try drop(row.id, .spoolFull, db)
                dropped += 1
                if try isEnough(dropped) { return true }
            }
            if let last {
                thinning.cursor = last
            } else {
                // After a whole pass what is left is one row a stream, or owned.
                if hasWrapped { return false }
                hasWrapped = true
                thinning.cursor = 0
            }
        }
    }

    static let thinnedOut = """
        SELECT id, stream, priority FROM entries WHERE id > ? AND parked = 0 ORDER BY id LIMIT ?
        """
}
