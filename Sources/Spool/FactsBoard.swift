// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Synchronization
import Vocabulary

/// What other threads may know of the spool at any moment without asking the committer.
final class FactsBoard: Sendable {
    private struct Shown {
        var depth = 0
        /// By kind, parked ones aside.
        var depths = [Int](repeating: 0, count: EntryKind.allCases.count)
        var parked = 0
        var letters = LetterFacts()
        var pending: [String: Int] = [:]
        var bytesInUse = 0
        var bytesOnDisk = 0
        var oldestStored: Int64?
        var leased = 0
        var delayed = 0
        var condition = SpoolCondition.good
        var dropped = 0
        var drops: [Totals.DropCell: Totals.Count] = [:]
        var lettersDropped = 0
        var roomTaken = 0.0
        var commits = 0
        var jobs = 0
        var freePages = 0
        var thinning = 0
        var damaged = 0
        var quarantined = 0
        var salvage: SalvageReport?
        var salvaging: SalvageProgress?
        var headRoom: Interval?
    }

    // Written by the committer once a group, read by lanes once a message: held for a few loads.
    private let shown = Mutex(Shown())
    /// Since when the file has been waited for, on the machine's uptime in nanoseconds; 0 while it is not.
    private let waitingSince = Atomic<UInt64>(0)
    private let clock: SpoolClock
    private let maximumSize: Int

    init(clock: SpoolClock, maximumSize: Int) {
        self.clock = clock
        self.maximumSize = maximumSize
    }

    var facts: QueueFacts {
        let shown = shown.withLock { $0 }
        let age = shown.oldestStored.map { max(0, clock.now - $0) } ?? 0
        return QueueFacts(
            // Audits wait for a quiet moment and lines for a lake; a policy must not take them for a
            // backlog of its own.
            depth: shown.depth - shown.depths[EntryKind.audit.rawValue]
                - shown.depths[EntryKind.delivery.rawValue],
            bytes: shown.bytesInUse,
            fill: min(1, Double(shown.bytesInUse) / Double(maximumSize)),
            oldest: Interval(nanoseconds: age),
            headRoom: shown.headRoom
        )
    }

    /// For how long the file has not answered; nil while it is not waited for.
    func wait(at uptime: UInt64) -> Interval? {
        let since = waitingSince.load(ordering: .relaxed)
        guard since > 0 else { return nil }
        return Interval(nanoseconds: Int64(clamping: uptime > since ? uptime - since : 0))
    }

    /// The file is waited for from now on; or, with 0, no more.
    func waits(since uptime: UInt64) {
        waitingSince.store(uptime, ordering: .relaxed)
    }

    func depth(of kinds: Set<EntryKind>) -> Int {
        shown.withLock { shown in kinds.reduce(0) { $0 + shown.depths[$1.rawValue] } }
    }

    func pending(of policies: some Sequence<String>) -> Int {
        shown.withLock { shown in policies.reduce(0) { $0 + (shown.pending[$1] ?? 0) } }
    }

    var pendingPolicies: Set<String> { shown.withLock { Set($0.pending.keys) } }

    var parked: Int { shown.withLock { $0.parked } }

    var letters: LetterFacts { shown.withLock { $0.letters } }

    /// Rows that left to make room, since the file was made.
    var dropped: Int { shown.withLock { $0.dropped } }

    /// Rows that were given up, by reason, kind and priority, and letters, since the file was made.
    var drops: (rows: [Totals.DropCell: Totals.Count], letters: Int) {
        shown.withLock { ($0.drops, $0.lettersDropped) }
    }

    /// How much of the room for rows of less than high priority is taken; 1 is full.
    var roomTaken: Double { shown.withLock { $0.roomTaken } }

    var thinning: Int { shown.withLock { $0.thinning } }

    /// Rows found damaged since the file was made, and those of them in quarantine.
    var damage: (found: Int, quarantined: Int) {
        shown.withLock { ($0.damaged, $0.quarantined) }
    }

    /// How far a salvage under way has come; nil while there is none.
    var salvaging: SalvageProgress? { shown.withLock { $0.salvaging } }

    func note(_ progress: SalvageProgress?) {
        shown.withLock { $0.salvaging = progress }
    }

    var salvage: SalvageReport? { shown.withLock { $0.salvage } }

    func note(_ salvage: SalvageReport?) {
        if let salvage { shown.withLock { $0.salvage = salvage } }
    }

    var condition: SpoolCondition { shown.withLock { $0.condition } }

    /// True when there are rows to expire, a clock to keep, pages to give back or a disk to try again.
    var needsUpkeep: Bool {
        shown.withLock { $0.depth > 0 || $0.freePages > 1024 || $0.condition != .good }
    }

    var counts: (commits: Int, jobs: Int) { shown.withLock { ($0.commits, $0.jobs) } }

    var bytes: (inUse: Int, onDisk: Int) {
        shown.withLock { ($0.bytesInUse, $0.bytesOnDisk) }
    }

    /// Shows the ledger as the last transaction left it.
    func update(_ ledger: Ledger, _ db: Database, logBytes: Int) {
        // A file that cannot be read keeps its old figures here; the condition tells of it.
        try? ledger.refreshOldest(db)
        let used = try? ledger.usedPages(db)
        let all = try? db.integer("PRAGMA page_count")
        shown.withLock { shown in
            shown.depth = ledger.totals.rows
            for kind in EntryKind.allCases {
                let parked = ledger.totals.parked(of: kind)
                shown.depths[kind.rawValue] = ledger.totals.rows(of: kind) - parked
            }
            shown.parked = ledger.totals.parked.values.reduce(0, +)
            shown.letters = LetterFacts(ledger)
            shown.pending = ledger.totals.pending
            shown.oldestStored = ledger.oldest?.storedClock
            shown.leased = ledger.leases.leased
            shown.dropped = ledger.totals.drops.reduce(0) {
                $1.key.reason == .spoolFull ? $0 + $1.value.rows : $0
            }
            shown.drops = ledger.totals.drops
            shown.lettersDropped = ledger.totals.deadLettersDropped
            shown.delayed = ledger.leases.delayed
            shown.thinning = ledger.thinning.level
            shown.damaged = ledger.totals.damaged
            shown.quarantined = ledger.totals.quarantined.rows
            guard let used, let all else { return }
            shown.roomTaken = ledger.roomTaken(used)
            let free = (ledger.room.limit - used) * SpoolFile.pageSize
            shown.headRoom = ledger.headRoom.left(free: free)
            shown.bytesInUse = used * SpoolFile.pageSize + logBytes
            shown.bytesOnDisk = Int(all) * SpoolFile.pageSize + logBytes
            shown.freePages = Int(all) - used
        }
    }

    /// Counts a group; returns the condition when it changed.
    func note(failure: SpoolError?, wrote: Bool, jobs: Int) -> SpoolCondition? {
        shown.withLock { shown in
            shown.jobs += jobs
            if wrote { shown.commits += 1 }
            if let failure {
                defer { shown.condition = .failing(failure) }
                if case .failing(let before) = shown.condition, before.code == failure.code {
                    return nil
                }
                return .failing(failure)
            }
            guard wrote, shown.condition != .good else { return nil }
            shown.condition = .good
            return .good
        }
    }
}
