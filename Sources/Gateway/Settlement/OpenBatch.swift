// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Ingest
import Spool
import Synchronization
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
    private var obligations: [Obligation] = []
    private var afterCommit: [() -> Void] = []
    private var tally: BatchTally
    private let spool: SpoolStore
    private let wake: @Sendable () -> Void
    private(set) var since: MonotonicInstant?

    init(spool: SpoolStore, wake: @escaping @Sendable () -> Void) {
        self.spool = spool
        self.wake = wake
        tally = BatchTally(wake: wake)
    }

    /// True when nothing needs the disk: every obligation is met, and there is nothing else to write.
    var isComplete: Bool { change.isEmpty && tally.isMet }

    /// Notes that something was received.
    func opened(at now: MonotonicInstant) {
        if since == nil { since = now }
    }

    /// Takes on an obligation; `entry` makes the row it becomes if it is not met in time.
    func owe(_ entry: @escaping @Sendable () -> NewEntry) -> Obligation {
        let obligation = Obligation(entry: entry, batch: tally, submit: submitter)
        obligations.append(obligation)
        return obligation
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
        for obligation in obligations { obligation.abandon() }
        afterCommit.removeAll()
        begin()
    }

    /// After a failure nothing but `abandon` may follow.
    private func commit() throws(SettleFailure) {
        var change = self.change
        var next = spool.reserveIDs(obligations.count * 2).lowerBound
        for obligation in obligations {
            obligation.join(&change) {
                defer { next += 1 }
                return next
            }
        }
        change.insertsAreLeased = true
        let receipt: Receipt
        do throws(SpoolError) {
            receipt = Receipt(try spool.commit(change))
        } catch {
            throw SettleFailure(
                kind: error.isFull ? .storageFull : .storageBroken,
                message: error.description
            )
        }
        for obligation in obligations { obligation.committed(receipt) }
        bell.ring(for: change)
        let deeds = afterCommit
        afterCommit.removeAll()
        for deed in deeds { deed() }
    }

    private func begin() {
        change = SpoolChange()
        obligations.removeAll(keepingCapacity: true)
        tally = BatchTally(wake: wake)
        since = nil
    }

    private var submitter: @Sendable (SpoolChange) -> Void {
        { [spool, bell] change in
            spool.submitPersistently(change) { [change] in bell.ring(for: change) }
        }
    }
}
