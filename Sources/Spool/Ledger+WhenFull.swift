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
        for lowest in Priority.allCases.reversed()
        where lowest >= need.priority && totals.hasRows(of: lowest) {
            let isDone: Bool
            switch options.whenFull(lowest) {
            case .refuse: isDone = false
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

    private func thin(
        _ priority: Priority,
        _ dropped: inout Int,
        _ db: Database,
        until isEnough: (Int) throws -> Bool
    ) throws -> Bool {
        try settleHeads(db)
        while true {
            let isWhole = thinningOut[priority] == nil
            // Taken out, so that what it remembers is copied once a transaction and not once a row.
            var pass = thinningOut.removeValue(forKey: priority) ?? ThinningOut(priority)
            let before = dropped
            while let id = try pass.next(
                db,
                isFree: { leases.hold(on: $0, now: clock.now) != .leased }
            ) {
                try drop(id, .spoolFull, db)
                dropped += 1
                guard try isEnough(dropped) else { continue }
                thinningOut[priority] = pass
                return true
            }
            // After a whole pass what is left is one row a stream, or owned.
            if isWhole, dropped == before { return false }
            try settleHeads(db)
        }
    }
}
