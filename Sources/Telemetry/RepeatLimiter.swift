// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Decides whether a log line that may repeat is written now.
///
/// The first of its kind is written at once, then at most one in each interval, with the number held
/// back in between. Bounded in kinds; time is a parameter.
public struct RepeatLimiter: Sendable {
    private struct Entry {
        var last: MonotonicInstant
        var heldBack = 0
    }

    private let interval: Interval
    private let capacity: Int
    private var entries: [String: Entry] = [:]

    /// Makes a limiter that lets one line of a kind through each `interval` and knows `capacity` kinds.
    public init(interval: Interval = .seconds(10), capacity: Int = 256) {
        self.interval = interval
        self.capacity = capacity
    }

    /// Nil when the line is to be held back; otherwise how many were held back since the last one.
    public mutating func admit(_ kind: String, at now: MonotonicInstant) -> Int? {
        if let entry = entries[kind], now - entry.last < interval {
            entries[kind]?.heldBack += 1
            return nil
        }
        let heldBack = entries[kind]?.heldBack ?? 0
        if entries[kind] == nil, entries.count >= capacity {
            entries.removeAll(keepingCapacity: true)
        }
        entries[kind] = Entry(last: now)
        return heldBack
    }
}
