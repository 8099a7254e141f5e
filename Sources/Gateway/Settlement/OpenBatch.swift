// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Ingest
import Spool
import Synchronization
import Telemetry
import Vocabulary

/// What a lane has received and not yet settled: the obligations of its messages, and what else their
/// commit must hold.
///
/// Belongs to the lane's thread; only the obligations are ended from elsewhere.
final class OpenBatch {
    /// Dead letters, epochs and journal marks that go with the commit.
    var change = SpoolChange()
    /// Rung when an action is on disk that nobody here delivers.
    var bell = DrainBell()
    /// Told of each row that is set aside because the spool can never take it.
    var onBurial: (DeadLetter) -> Void = { _ in }
    private var owed: [Owed] = []
    private var afterCommit: [() -> Void] = []
    private var tally: BatchTally
    private let spool: SpoolStore
    private let time: any TimeSource
    private let wake: @Sendable () -> Void

    /// In the order of arrival, which becomes the order of the rows.
    private enum Owed {
        /// Somebody works on it.
        case obligation(Obligation)
        /// Nobody does: a row from the beginning.
        case row(NewEntry)
    }

    private(set) var since: MonotonicInstant?

    init(
        spool: SpoolStore,
        time: any TimeSource = SystemTime(),
        wake: @escaping @Sendable () -> Void
    ) {
        self.spool = spool
        self.time = time
        self.wake = wake
        tally = BatchTally(wake: wake)
    }

    /// True when nothing needs the disk: every obligation is met, and there is nothing else to write.
    var isComplete: Bool { change.isEmpty && !hasRows && tally.isMet }
    private var hasRows = false
    /// True while something that ends soon is under way.
    var awaitsSoon: Bool { tally.awaitsSoon }

    /// Notes that something was received.
    func opened(at now: MonotonicInstant) {
        if since == nil { since = now }
    }

    /// Takes on an obligation; `entry` makes the row it becomes if it is not met in time.
    ///
    /// `endsSoon` for what begins at once and takes milliseconds, so that the commit waits a little for it.
    func owe(endsSoon: Bool = false, _ entry: @escaping @Sendable () -> NewEntry) -> Obligation {
        let obligation = Obligation(
            endsSoon: endsSoon,
            entry: entry,
            batch: tally,
            submit: submitter
        )
        owed.append(.obligation(obligation))
        return obligation
    }

    /// Keeps a row for later, which nobody works on now.
    func keep(_ entry: NewEntry) {
        owed.append(.row(entry))
        hasRows = true
    }

    /// Does something once the batch is safe.
    func whenCommitted(_ deed: @escaping () -> Void) {
        afterCommit.append(deed)
    }

    /// Commits what is not met, in one transaction; blocks until it is safe.
    func settle() throws(SettleFailure) {
        if !isComplete {
            try commit()
        }
        begin()
    }

    /// Forgets everything: the broker will send it again.
    func abandon() {
        for case .obligation(let obligation) in owed { obligation.abandon() }
        afterCommit.removeAll()
        begin()
    }

    /// After a failure nothing but `abandon` may follow.
    private func commit() throws(SettleFailure) {
        var change = self.change
        var next = spool.reserveIDs(owed.count * 2).lowerBound
        func reserve() -> Int64 {
            defer { next += 1 }
            return next
        }
        var oversize: [NewEntry] = []
        for one in owed {
            switch one {
            case .obligation(let obligation):
                obligation.join(
                    &change,
                    fits: { entry in
                        guard !spool.takes(entry) else { return true }
                        oversize.append(entry)
                        return false
                    },
                    reserve: reserve
                )
            case .row(var entry):
                entry.id = reserve()
                entry.isFree = true
                change.inserts.append(entry)
            }
        }
        change.insertsAreLeased = true
        oversize += spool.takeOut(from: &change)
        let letters = oversize.map { spool.letter(for: $0, at: time.wallTime) }
        change.deadLetters += letters
        let receipt: Receipt
        do throws(SpoolError) {
            receipt = Receipt(try spool.commit(change))
        } catch {
            throw SettleFailure(
                kind: error.isFull ? .storageFull : .storageBroken,
                message: error.description
            )
        }
        var ended = SpoolChange()
        for case .obligation(let obligation) in owed {
            if let change = obligation.committed(receipt) { ended.append(change) }
        }
        if !ended.isEmpty { submitter(ended) }
        for letter in letters { onBurial(letter) }
        bell.ring(for: change)
        let deeds = afterCommit
        afterCommit.removeAll()
        for deed in deeds { deed() }
    }

    private func begin() {
        since = nil
        if !change.isEmpty { change = SpoolChange() }
        guard !owed.isEmpty else { return }
        owed.removeAll(keepingCapacity: true)
        hasRows = false
        tally = BatchTally(wake: wake)
    }

    private lazy var submitter: @Sendable (SpoolChange) -> Void = { [spool, time, bell] change in
        var change = change
        for entry in spool.takeOut(from: &change) {
            change.deadLetters.append(spool.letter(for: entry, at: time.wallTime))
        }
        spool.submitPersistently(change) { [change] in bell.ring(for: change) }
    }
}

extension SpoolStore {
    /// Takes the rows out of a change that can never be stored; they would fail all of it, for ever.
    fileprivate func takeOut(from change: inout SpoolChange) -> [NewEntry] {
        let oversize = change.inserts.filter { !takes($0) }
        if !oversize.isEmpty { change.inserts.removeAll { !takes($0) } }
        return oversize
    }

    /// What is left of a row that cannot be stored.
    fileprivate func letter(for entry: NewEntry, at time: WallTime) -> DeadLetter {
        DeadLetter(
            time: time,
            input: "\(entry.kind.name)",
            topic: entry.key,
            payload: Array(entry.body.prefix(64 << 10)),
            code: .tooLarge,
            text: "a row of \(entry.body.count) bytes about device `\(entry.device)` never fits "
                + "this spool; raise `spool.max_size` or lower the input's `max_payload`",
            attempts: entry.attempts
        )
    }
}
