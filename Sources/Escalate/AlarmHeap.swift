// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Instants at which something is due, the earliest first: a binary heap.
///
/// Entries are not taken back; whoever is woken looks whether it still matters.
struct AlarmHeap<Subject: Sendable>: Sendable {
    private var entries: [(at: MonotonicInstant, subject: Subject)] = []

    /// When the earliest is due.
    var first: MonotonicInstant? { entries.first?.at }

    mutating func insert(_ subject: Subject, at instant: MonotonicInstant) {
        entries.append((instant, subject))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].at < entries[parent].at else { break }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out the earliest if it is due.
    mutating func popDue(at now: MonotonicInstant) -> Subject? {
        guard let first = entries.first, first.at <= now else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return first.subject }
        entries[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if entries[child].at < entries[least].at { least = child }
            }
            guard least != parent else { break }
            entries.swapAt(parent, least)
            parent = least
        }
        return first.subject
    }
}
