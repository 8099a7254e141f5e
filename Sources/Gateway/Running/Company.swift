// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// When a worker takes the rows there are: at once, or when there is company enough.
///
/// The rule of `max_wait`: a run begins when it is full, or when the first of its readings has been on
/// disk for that long. Pure: time is a parameter.
struct Company {
    private var since: MonotonicInstant?

    /// How long to wait yet, zero to take them now; nil while there are none.
    mutating func wait(
        of waiting: Int,
        maximumBatch: Int,
        maximumWait: Interval,
        at now: MonotonicInstant
    ) -> Interval? {
        guard waiting > 0 else {
            since = nil
            return nil
        }
        let start = since ?? now
        let left = maximumWait - (now - start)
        guard left > .zero, waiting < maximumBatch else {
            since = nil
            return .zero
        }
        since = start
        return left
    }
}
