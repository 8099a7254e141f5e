// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// When a lane's state is written: about every minute when something has changed.
///
/// Less often where there is much of it, so that flash lives long: no more than 64 KiB a second on
/// average. After a failure again in a minute.
struct StatePace {
    private static let usual = Interval.seconds(60)
    private static let bytesPerSecond = 65_536.0

    private var next: MonotonicInstant
    private var written: Int

    /// Begins at `now`; `changes` is how much had been learned by then.
    init(now: MonotonicInstant, changes: Int) {
        next = now + Self.usual
        written = changes
    }

    /// True when it is time to write a state that has learned `changes` so far.
    func isDue(at now: MonotonicInstant, changes: Int) -> Bool {
        now >= next && changes != written
    }

    /// True when a state of `changes` is not on disk.
    func isNews(_ changes: Int) -> Bool { changes != written }

    /// A state of `bytes` bytes that had learned `changes` was handed on to be written.
    mutating func handedOn(at now: MonotonicInstant, changes: Int, bytes: Int) {
        written = changes
        let share = Interval(nanoseconds: Int64(Double(bytes) / Self.bytesPerSecond * 1e9))
        next = now + max(Self.usual, share)
    }

    /// It could not be written.
    mutating func failed() { written = -1 }
}
