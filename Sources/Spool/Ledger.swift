// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Vocabulary

/// The spool between two transactions: what the file says, and what only this run knows.
///
/// Touched on the committer's thread only. Everything in memory that a transaction changes is put back
/// when the transaction is not stored, so memory never claims more than the disk holds.
final class Ledger {
    let options: SpoolOptions
    /// Put back over the file's own when a damaged file is replaced while the gateway runs.
    var clock: SpoolClock
    let room: RoomPlan
    var totals: Totals
    /// How far audits are thinned.
    var thinning: Thinning
    var leases = LeaseTable()
    var streams = StreamCache()
    let contents: ContentCodec
    var scrub = Scrub()
    var headRoom = HeadRoom()
    /// How far a full spool that thins its streams out has come.
    var thinningOut: [Priority: ThinningOut] = [:]
    /// What was found damaged and is not logged yet.
    var damageNotes: [String] = []
    /// No letter of a message has a smaller number.
    var oldestMessage: Int64 = 0
    /// Streams whose oldest row may have left.
    var touched: Set<Int64> = []
    /// How many more rows streams have since the transaction began, parked ones aside.
    var debts: [Int64: Int] = [:]
    /// True when a damaged row left without saying what it was counted as.
    var isMiscounted = false
    /// The highest number ever inserted: a smaller one may have to become its stream's head.
    var highestInserted: Int64
    /// The oldest row of all, and when it came.
    var oldest: Oldest?
    var isOldestStale = true
    private var kept: Kept?
    private var clockStored: Int64

    struct Oldest {
        var id: Int64
        var storedClock: Int64
    }

    private struct Kept {
        var totals: Totals
        var thinning: Thinning
        var thinningOut: [Priority: ThinningOut]
        var highestInserted: Int64
        var oldest: Oldest?
        var isOldestStale: Bool
        var epoch: KeyRing.Epoch?
    }

    init(
        _ db: Database,
        options: SpoolOptions,
        room: RoomPlan,
        keys: KeyRing?,
        time: any TimeSource
    ) throws {
        self.options = options
        self.room = room
        contents = ContentCodec(keys: keys, options: options)
        totals = try Totals.load(db)
        thinning = try Thinning.load(db)
        highestInserted = try db.integer("SELECT max(id) FROM entries") ?? 0
        let stored = Int64(try Totals.number(Self.clockName, db))
        clock = SpoolClock(stored: stored, time: time)
        clockStored = stored
    }

    /// Runs `body` in one transaction; throws when it is not on disk afterwards.
    func transaction(_ db: Database, _ body: () throws -> Void) throws {
        begin()
        do {
            try db.inTransaction(.immediate) {
                try body()
                try store(db)
                return .commit
            }
        } catch {
            rolledBack()
            throw error
        }
        leases.keep()
        kept = nil
    }

    /// Notes that `entry` is or was there, for `oldest`.
    func noteInserted(_ id: Int64, storedClock: Int64) {
        guard !isOldestStale else { return }
        if oldest.map({ id < $0.id }) ?? true {
            oldest = Oldest(id: id, storedClock: storedClock)
        }
    }

    func noteRemoved(_ id: Int64) {
        leases.forget(id)
        if id == oldest?.id { isOldestStale = true }
    }

    /// Brings the heads of the touched streams up to date; walks need it.
    func settleHeads(_ db: Database) throws {
        for stream in touched {
            let head = try db.integer(Self.oldestOfStream, [stream])
            if let head {
                try db.run(
                    "UPDATE streams SET head = ?1 WHERE id = ?2 AND head <> ?1",
                    [head, stream]
                )
            } else if try db.integer(Self.parkedOfStream, [stream]) != nil {
                try db.run(
                    "UPDATE streams SET head = ?1 WHERE id = ?2",
                    [SpoolSchema.noHead, stream]
                )
            } else {
                try streams.remove(stream, db)
                // Its number may be given to another stream in the same transaction.
                debts[stream] = nil
            }
        }
        touched.removeAll(keepingCapacity: true)
    }

    /// Brings what streams are owed up to date, once a transaction.
    private func settleDebts(_ db: Database) throws {
        for (stream, change) in debts where change != 0 {
            var found: (rows: Int64, debt: Int64)?
            try db.each(
                "UPDATE streams SET rows = max(0, rows + ?) WHERE id = ? RETURNING rows, debt",
                [change, stream]
            ) { row in found = (try row.integer(0), try row.integer(1)) }
            guard let found else { continue }
            let debt = Int64(Int64.bitWidth - found.rows.leadingZeroBitCount)
            guard debt != found.debt else { continue }
            try db.run("UPDATE streams SET debt = ? WHERE id = ?", [debt, stream])
        }
        debts.removeAll(keepingCapacity: true)
    }

    /// Looks up the oldest row when it may have changed: one look-up per way and priority.
    func refreshOldest(_ db: Database) throws {
        guard isOldestStale else { return }
        var head: Int64?
        for way in Way.allCases {
            for priority in Priority.allCases {
                let candidate = try db.integer(Self.oldestHead, [way.rawValue, priority.rawValue])
                head = [head, candidate].compactMap(\.self).min()
            }
        }
        oldest = nil
        if let head {
            let stored = try db.integer("SELECT stored_clock FROM entries WHERE id = ?", [head])
            oldest = Oldest(id: head, storedClock: stored ?? clock.now)
        }
        isOldestStale = false
    }

    /// Stores the clock when it is `age` nanoseconds ahead of what the file says.
    func storeClock(_ db: Database, olderThan age: Int64) throws {
        let now = clock.now
        guard now - clockStored >= age else { return }
        try Totals.setNumber(Self.clockName, Int(now), db)
        // When the transaction fails the file keeps an older reading, which the next second mends.
        clockStored = now
    }

    /// Writes something that changes, to find out whether it can be written.
    func probe(_ db: Database) throws {
        try Totals.setNumber("probe", try Totals.number("probe", db) &+ 1, db)
    }

    static let oldestHead = """
        SELECT min(head) FROM streams WHERE way = ? AND priority = ? AND head < \(SpoolSchema.noHead)
        """
    static let oldestOfStream = "SELECT min(id) FROM entries WHERE stream = ? AND parked = 0"
    static let parkedOfStream = "SELECT 1 FROM entries WHERE stream = ? AND parked > 0 LIMIT 1"
    private static let clockName = "clock"

    private func begin() {
        kept = Kept(
            totals: totals,
            thinning: thinning,
            thinningOut: thinningOut,
            highestInserted: highestInserted,
            oldest: oldest,
            isOldestStale: isOldestStale,
            epoch: contents.keys?.current
        )
        damageNotes.removeAll(keepingCapacity: true)
    }

    private func store(_ db: Database) throws {
        try settleHeads(db)
        try settleDebts(db)
        if isMiscounted {
            try totals.recount(db)
            isMiscounted = false
        }
        try thinning.store(db)
        guard totals.isDirty else { return }
        try totals.store(db)
        try storeClock(db, olderThan: 1_000_000_000)
    }

    private func rolledBack() {
        leases.undo()
        streams.removeAll()
        touched.removeAll(keepingCapacity: true)
        debts.removeAll(keepingCapacity: true)
        isMiscounted = false
        oldestMessage = 0
        guard let kept else { return }
        totals = kept.totals
        thinning = kept.thinning
        thinningOut = kept.thinningOut
        highestInserted = kept.highestInserted
        oldest = kept.oldest
        isOldestStale = kept.isOldestStale
        // A nonce that was used with the epoch stays used: only an epoch that is not there is let go.
        if let epoch = kept.epoch, let keys = contents.keys, keys.current.id != epoch.id {
            keys.current = epoch
        }
        damageNotes.removeAll(keepingCapacity: true)
        self.kept = nil
    }
}
