// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Who owns which rows: a lease belongs to one run of the process, so it lives in memory only.
///
/// A crash voids every lease at once and start-up has nothing to scan. Memory is bounded by what is in
/// flight and by `delayLimit`. Changes can be undone as a whole, because they count only once the
/// transaction they belong to is stored.
struct LeaseTable {
    /// Why a row may not be leased now.
    enum Hold: Equatable {
        /// Somebody of this run owns it.
        case leased
        /// Not before this reading of the spool's clock, or what ends the delay sooner.
        case delayed(until: Int64, ends: DelayEnd = .word)
    }

    private var holds: [Int64: Hold] = [:]
    private var undoes: [(id: Int64, hold: Hold?)] = []
    private let delayLimit: Int
    /// Rows somebody owns.
    private(set) var leased = 0
    /// Rows that were told to wait.
    private(set) var delayed = 0

    /// Makes an empty table that remembers at most `delayLimit` delays.
    init(delayLimit: Int = 65_536) {
        self.delayLimit = delayLimit
    }

    /// What keeps the row from being leased at `now`; nil when nothing does.
    func hold(on id: Int64, now: Int64) -> Hold? {
        switch holds[id] {
        case .delayed(let until, _) where until <= now: nil
        case let hold: hold
        }
    }

    /// Gives the row to a caller.
    mutating func lease(_ id: Int64) {
        set(id, .leased)
    }

    /// Hands the row back, not to be leased before `until`, or what `ends` the delay.
    mutating func release(_ id: Int64, until: Int64?, ends: DelayEnd = .word, now: Int64) {
        guard let until, until > now else { return set(id, nil) }
        if delayed >= delayLimit {
            forgetPassedDelays(now: now)
        }
        // Past the limit the row is simply free at once; the drain paces itself anyway.
        set(id, delayed < delayLimit ? .delayed(until: until, ends: ends) : nil)
    }

    /// Ends the delays that `end` ends.
    mutating func endDelays(by end: DelayEnd) {
        for (id, hold) in holds {
            guard case .delayed(_, let ends) = hold, ends <= end else { continue }
            set(id, nil)
        }
    }

    /// The row is gone.
    mutating func forget(_ id: Int64) {
        guard holds[id] != nil else { return }
        set(id, nil)
    }

    /// What was changed counts from now on.
    mutating func keep() {
        undoes.removeAll(keepingCapacity: true)
    }

    /// What was changed since `keep()` has not happened.
    mutating func undo() {
        while let change = undoes.popLast() {
            put(change.id, change.hold)
        }
    }

    private mutating func set(_ id: Int64, _ hold: Hold?) {
        undoes.append((id, put(id, hold)))
    }

    @discardableResult
    private mutating func put(_ id: Int64, _ hold: Hold?) -> Hold? {
        let before = holds[id]
        holds[id] = hold
        count(before, -1)
        count(hold, 1)
        return before
    }

    private mutating func count(_ hold: Hold?, _ change: Int) {
        switch hold {
        case .leased: leased += change
        case .delayed: delayed += change
        case nil: break
        }
    }

    private mutating func forgetPassedDelays(now: Int64) {
        for (id, hold) in holds {
            guard case .delayed(let until, _) = hold, until <= now else { continue }
            set(id, nil)
        }
    }
}
