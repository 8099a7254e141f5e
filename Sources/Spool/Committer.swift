// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import GRDB
import Glibc
import Logging
import Synchronization
import Vocabulary

/// The one thread that touches the file: it takes what all lanes have queued and commits it together.
///
/// While one group waits for its fsync the next one gathers, so the cost of durability is shared by
/// whoever is waiting. When a group fails, its jobs are run again one by one, and each gets its own
/// outcome.
// Jobs, flags and facts are behind the mutex; ledger and queue are touched on the thread only.
final class Committer: @unchecked Sendable {
    private struct Shared {
        var jobs: [any Job] = []
        var copies: [CopyInSteps] = []
        var isClosed = false
    }

    let board: FactsBoard
    private let opening: SpoolOpening
    private var queue: DatabaseQueue
    private var ledger: Ledger
    private let path: String
    private let logger: Logger
    private let shared = Mutex(Shared())
    private let wake = TimedSemaphore()
    private let ended = DispatchSemaphore(value: 0)
    private var pace = UpkeepPace(now: DispatchTime.now().uptimeNanoseconds)
    private var lastRepair: UInt64?
    private var letterLog: LetterLog

    init(opening: SpoolOpening, opened: SpoolOpening.Opened, board: FactsBoard) {
        self.opening = opening
        queue = opened.queue
        ledger = opened.ledger
        // A spool in memory has no log, whatever an earlier one left at its path.
        path = opening.options.durability == .disk ? opening.path : ""
        logger = opening.logger
        self.board = board
        letterLog = LetterLog(dropped: opened.ledger.totals.deadLettersDropped)
    }

    /// Starts the thread, which keeps the committer alive until `stop`.
    func start() throws(SpoolError) {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        let result = pthread_create(&thread, nil, Self.main, box.toOpaque())
        guard result == 0 else {
            box.release()
            throw SpoolError(
                .broken,
                "cannot start the spool's thread",
                underlying: String(cString: strerror(result))
            )
        }
        pthread_detach(thread)
    }

    /// Queues a job; after `stop` it fails at once.
    func add(_ job: any Job) {
        let isClosed = shared.withLock { shared in
            if !shared.isClosed { shared.jobs.append(job) }
            return shared.isClosed
        }
        guard !isClosed else {
            return job.finish(Self.closed)
        }
        wake.signal()
    }

    /// Begins a copy of the file, one after the other; after `stop` it fails at once.
    func copy(_ copy: CopyInSteps) {
        let isClosed = shared.withLock { shared in
            if !shared.isClosed { shared.copies.append(copy) }
            return shared.isClosed
        }
        guard !isClosed else { return copy.fail(Self.closed) }
        wake.signal()
    }

    private static let closed = SpoolError(.closed, "the spool is closed")

    /// Takes the copy under way a step further; false when there is none.
    private func stepCopy() -> Bool {
        guard let copy = shared.withLock({ $0.copies.first }) else { return false }
        let progress = queue.writeWithoutTransaction { copy.step($0) }
        if case .done = progress {
            shared.withLock { shared in shared.copies.removeAll { $0 === copy } }
        }
        return true
    }

    /// Runs what is queued and ends the thread; returns when the file is closed.
    func stop() {
        let wasClosed = shared.withLock { shared in
            defer { shared.isClosed = true }
            return shared.isClosed
        }
        guard !wasClosed else { return }
        wake.signal()
        ended.wait()
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? =
        { context in
            guard let context else { return nil }
            Unmanaged<Committer>.fromOpaque(context).takeRetainedValue().loop()
            return nil
        }

    private func loop() {
        var isCopying = false
        while true {
            let left = isCopying ? 0 : pace.left(at: DispatchTime.now().uptimeNanoseconds)
            wake.wait(atMost: Interval(nanoseconds: Int64(clamping: left)))
            while let group = takeGroup() {
                if run(group) { pace.noteWrite() }
                _ = stepCopy()
                if pace.begins(at: DispatchTime.now().uptimeNanoseconds) { upkeep() }
            }
            if pace.begins(at: DispatchTime.now().uptimeNanoseconds) { upkeep() }
            isCopying = stepCopy()
            if shared.withLock({ $0.isClosed && $0.jobs.isEmpty }) { break }
        }
        for copy in shared.withLock({ $0.copies }) { copy.fail(Self.closed) }
        do {
            try queue.close()
        } catch {
            logger.warning("spool not closed cleanly", metadata: ["error": "\(error)"])
        }
        ended.signal()
    }

    /// The oldest jobs that fit one transaction; nil when there are none.
    private func takeGroup() -> [any Job]? {
        shared.withLock { shared in
            guard !shared.jobs.isEmpty else { return nil }
            var pages = 0
            var count = 0
            for job in shared.jobs {
                pages += job.pages
                if count > 0, pages > ledger.room.transactionPages { break }
                count += 1
            }
            if count == shared.jobs.count {
                defer { shared.jobs = [] }
                return shared.jobs
            }
            defer { shared.jobs.removeFirst(count) }
            return Array(shared.jobs[..<count])
        }
    }

    /// Returns true when something was written.
    @discardableResult
    private func run(_ group: [any Job]) -> Bool {
        board.waits(since: DispatchTime.now().uptimeNanoseconds)
        defer { board.waits(since: 0) }
        var (outcomes, wrote) = attempt(group)
        let damage = outcomes.compactMap(\.self).first { $0.code == .corrupt }
        if let damage, repair(damage) {
            // What failed for the damage is done now; what did not is done already.
            for index in outcomes.indices where outcomes[index]?.code == .corrupt {
                let (again, wroteAgain) = attempt([group[index]])
                outcomes[index] = again[0]
                wrote = wrote || wroteAgain
            }
        }
        note(outcomes, wrote: wrote)
        for (job, outcome) in zip(group, outcomes) {
            job.finish(outcome)
        }
        return wrote
    }

    private func attempt(_ group: [any Job]) -> ([SpoolError?], Bool) {
        queue.writeWithoutTransaction { db in
            let before = db.totalChangesCount
            let outcomes = outcomesOf(group, db)
            logDamage()
            board.update(ledger, db, logBytes: logSize)
            return (outcomes, db.totalChangesCount > before && outcomes.contains(nil))
        }
    }

    /// Replaces a file that turned out to be damaged by what can be read of it; at most once a minute.
    private func repair(_ damage: SpoolError) -> Bool {
        let now = DispatchTime.now().uptimeNanoseconds
        if let lastRepair, now - lastRepair < 60_000_000_000 { return false }
        lastRepair = now
        // A copy of the damaged file is under way over the connection that is closed now.
        let copies = shared.withLock { shared in
            defer { shared.copies = [] }
            return shared.copies
        }
        for copy in copies { copy.fail(damage) }
        do {
            try? queue.close()
            let opened = try opening.salvage(because: damage, ledger.clock)
            // Rows keep their numbers, so that whoever owns one owns it still.
            opened.ledger.leases = ledger.leases
            queue = opened.queue
            ledger = opened.ledger
            board.note(opened.salvage)
            return true
        } catch {
            logger.error("spool cannot be repaired", metadata: ["error": "\(error)"])
            if let opened = try? opening.openAsIs(ledger.clock) {
                opened.ledger.leases = ledger.leases
                queue = opened.queue
                ledger = opened.ledger
            }
            return false
        }
    }

    private func outcomesOf(_ group: [any Job], _ db: Database) -> [SpoolError?] {
        let logFailure = boundLog(db)
        if logFailure == nil {
            do {
                try ledger.transaction(db) {
                    for job in group {
                        try job.run(ledger, db)
                        try ledger.settleHeads(db)
                    }
                }
                return group.map { _ in nil }
            } catch {
                if group.count == 1, !(error is NeedsRoom) { return [SpoolError.of(error)] }
            }
        }
        return group.map { job in
            if let logFailure, job.pages > 0 { return logFailure }
            return outcome(of: job, db)
        }
    }

    /// Runs one job by itself, dropping rows in transactions of their own when it needs much room.
    private func outcome(of job: any Job, _ db: Database) -> SpoolError? {
        while true {
            do {
                try ledger.transaction(db) { try job.run(ledger, db) }
                return nil
            } catch let need as NeedsRoom {
                var hasDropped = false
                do {
                    try ledger.transaction(db) { hasDropped = try ledger.dropSome(for: need, db) }
                } catch {
                    return SpoolError.of(error)
                }
                if let failure = boundLog(db) { return failure }
                guard hasDropped else {
                    return SpoolError(.capReached, "the spool has reached its cap")
                }
            } catch {
                return SpoolError.of(error)
            }
        }
    }

    private var logSize: Int { SpoolFile.size(of: path + "-wal") ?? 0 }

    /// Empties a write-ahead log that outgrew its budget, which happens when checkpoints fail.
    private func boundLog(_ db: Database) -> SpoolError? {
        let budget = ledger.room.logBytes
        guard logSize > budget - ledger.room.transactionPages * (SpoolFile.pageSize + 24) else {
            return nil
        }
        do {
            try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        } catch {
            return logSize > budget ? SpoolError.of(error) : nil
        }
        return nil
    }

    private func logDamage() {
        for note in ledger.damageNotes {
            logger.error(
                "spool: a damaged row was set aside",
                metadata: ["found": "\(note)", "advice": "look at the disk; `sluice spool stats`"]
            )
        }
        ledger.damageNotes.removeAll(keepingCapacity: true)
    }

    private func note(_ outcomes: [SpoolError?], wrote: Bool) {
        let storage = outcomes.first { outcome in
            outcome.map { $0.code == .diskFull || $0.code == .broken || $0.code == .corrupt }
                ?? false
        }
        let failure = storage ?? nil
        guard let change = board.note(failure: failure, wrote: wrote, jobs: outcomes.count)
        else { return }
        switch change {
        case .good:
            logger.info("spool stores again")
        case .failing(let error):
            logger.error(
                "spool cannot store",
                metadata: ["code": "\(error.code.rawValue)", "error": "\(error)"]
            )
        }
    }

    /// Once a second, whatever else happens.
    private func upkeep() {
        letterLog.tell(ledger.totals, at: DispatchTime.now().uptimeNanoseconds, logger)
        let emptiesLog = pace.idleTurns == Upkeep.idleTurnsToEmptyLog
        if board.needsUpkeep {
            run([Upkeep(idleTurns: pace.idleTurns, probes: board.condition != .good)])
        }
        guard emptiesLog, logSize > 0 else { return }
        do {
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            }
        } catch {
            logger.debug("spool log not emptied", metadata: ["error": "\(error)"])
        }
    }
}
