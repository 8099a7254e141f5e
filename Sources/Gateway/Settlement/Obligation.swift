// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import Synchronization
import Vocabulary

/// Something still owed for a message: an action under way, a question under way, a row to be kept.
///
/// It is either met before its batch is settled, and then leaves no trace on disk, or it becomes a row
/// when the batch is. Whoever works on it calls `end` exactly once, from any thread, and need not know
/// which of the two has happened: the row, if there is one by then, is brought up to date.
final class Obligation: Sendable {
    /// How it ended.
    struct End: Sendable {
        /// What becomes of the obligation's own row.
        enum Own: Sendable {
            /// Met: no row is needed.
            case met
            /// Kept for later, as this row, after a delay.
            case kept(NewEntry, delay: Interval = .zero, countsAttempt: Bool = false)
            /// Given up, with a reason.
            case dropped(DropReason)
            /// Cannot be met: to the dead letters, or kept as this row while they are full.
            case dead(DeadLetter, NewEntry)
        }

        var own: Own
        /// What must be true on disk together with it: rows of the actions that a verdict caused.
        var also = SpoolChange()

        var needsDisk: Bool {
            if case .met = own { return !also.isEmpty }
            if case .dropped = own { return !also.isEmpty }
            return true
        }
    }

    private enum Stage {
        /// Its batch is not settled yet.
        case open
        /// Its row is on its way to the disk; how it ended meanwhile, if it did.
        case rowing(Int64, End?)
        /// It is a row that this run owns.
        case rowed(Int64)
        /// Its row has another owner, or a full spool dropped it; what its end brings along is kept.
        case rowless
        /// Nothing is owed any more.
        case ended(End)
        /// Its batch was given back to the broker.
        case void
    }

    /// Under way from the beginning, and a matter of milliseconds.
    private let endsSoon: Bool
    /// How it looks as a row; made only when it becomes one.
    private let entry: @Sendable () -> NewEntry
    private let stage = Mutex(Stage.open)
    private let batch: BatchTally
    private let submit: @Sendable (SpoolChange) -> Void

    init(
        endsSoon: Bool = false,
        entry: @escaping @Sendable () -> NewEntry,
        batch: BatchTally,
        submit: @escaping @Sendable (SpoolChange) -> Void
    ) {
        self.endsSoon = endsSoon
        self.entry = entry
        self.batch = batch
        self.submit = submit
        batch.begin(endsSoon: endsSoon)
    }

    /// True when its batch went back to the broker: whoever works on it must do nothing more, because the
    /// message is decided again.
    var isVoid: Bool {
        stage.withLock { stage in
            if case .void = stage { true } else { false }
        }
    }

    /// Ends it; any thread, and a second call does nothing.
    func end(_ end: End) {
        let (change, closes) = stage.withLock { stage -> (SpoolChange?, Bool) in
            switch stage {
            case .open:
                stage = .ended(end)
                return (nil, true)
            case .rowing(let id, nil):
                stage = .rowing(id, end)
                return (nil, false)
            case .rowed(let id):
                stage = .ended(end)
                return (end.change(row: id), false)
            case .rowless:
                stage = .ended(end)
                return (end.also, false)
            case .rowing, .ended, .void:
                return (nil, false)
            }
        }
        if let change, !change.isEmpty { submit(change) }
        if closes { batch.close(endsSoon: endsSoon, needsDisk: end.needsDisk) }
    }

    /// Adds what it needs on disk to the batch's change; `reserve` gives the number of its row.
    ///
    /// A row that `fits` refuses can never be stored and is left out; what `fits` made of it is all that
    /// is kept.
    func join(
        _ change: inout SpoolChange,
        fits: (NewEntry) -> Bool = { _ in true },
        reserve: () -> Int64
    ) {
        stage.withLock { stage in
            switch stage {
            case .open:
                let id = reserve()
                var entry = entry()
                entry.id = id
                guard fits(entry) else {
                    stage = .rowless
                    return
                }
                change.inserts.append(entry)
                stage = .rowing(id, nil)
            case .ended(let end):
                end.join(&change, reserve: reserve)
            case .rowing, .rowed, .rowless, .void:
                break
            }
        }
    }

    /// The batch's change is on disk; what is to be changed since, because it has ended meanwhile.
    func committed(_ receipt: Receipt) -> SpoolChange? {
        stage.withLock { stage -> SpoolChange? in
            guard case .rowing(let id, let end) = stage else { return nil }
            guard let row = receipt.row(for: id) else {
                stage = end.map { .ended($0) } ?? .rowless
                return end?.also
            }
            if let end {
                stage = .ended(end)
                return end.change(row: row)
            }
            stage = .rowed(row)
            return nil
        }
    }

    /// The batch could not be settled and goes back to the broker; it will be decided again.
    func abandon() {
        stage.withLock { $0 = .void }
    }
}

/// Where the rows of a change ended up.
struct Receipt {
    private var moved: [Int64: Int64?] = [:]

    init(_ receipt: SpoolReceipt) {
        for there in receipt.alreadyThere {
            moved[there.reserved] = .some(there.isLeasedToCaller ? there.existing : nil)
        }
        for id in receipt.droppedInserts {
            moved[id] = .some(nil)
        }
    }

    /// The row that the number `id` stands for now; nil when it is somebody else's or was dropped.
    func row(for id: Int64) -> Int64? {
        guard let moved = moved[id] else { return id }
        return moved
    }
}

/// What is still open of one batch: read by its lane, changed by whoever ends an obligation.
final class BatchTally: Sendable {
    private let open = Atomic<Int>(0)
    private let soon = Atomic<Int>(0)
    private let needsDisk = Atomic<Bool>(false)
    private let wake: @Sendable () -> Void

    init(wake: @escaping @Sendable () -> Void) {
        self.wake = wake
    }

    /// True when every obligation ended and none of them needs the disk.
    var isMet: Bool {
        open.load(ordering: .acquiring) == 0 && !needsDisk.load(ordering: .acquiring)
    }

    /// True while something that ends soon has not ended.
    var awaitsSoon: Bool { soon.load(ordering: .acquiring) > 0 }

    func begin(endsSoon: Bool) {
        open.wrappingAdd(1, ordering: .acquiringAndReleasing)
        if endsSoon { soon.wrappingAdd(1, ordering: .acquiringAndReleasing) }
    }

    func close(endsSoon: Bool, needsDisk: Bool) {
        if needsDisk { self.needsDisk.store(true, ordering: .releasing) }
        let left = open.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue
        let isLast =
            endsSoon
            && soon.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0
        if left == 0 || isLast { wake() }
    }
}
