// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// When lines were left out of the decision log, for a warning that ends some time after the last.
struct LeftOutLines: Equatable, Sendable {
    /// How long after the last loss it is warned of.
    static let patience = Interval.seconds(600)

    private(set) var count = 0
    private var last: MonotonicInstant?
    private var hasTear = false

    /// True the first time it is asked.
    mutating func isFirstTear() -> Bool {
        defer { hasTear = true }
        return !hasTear
    }

    /// Takes note that `count` lines have been left out by `now`; how many of them are news.
    mutating func look(_ count: Int, at now: MonotonicInstant) -> Int {
        guard count > self.count else { return 0 }
        let news = count - self.count
        (self.count, last) = (count, now)
        return news
    }

    /// What an operator should know; nil when none was left out lately.
    func warning(at now: MonotonicInstant) -> String? {
        guard let last, now - last < Self.patience else { return nil }
        return "\(count) lines were left out of the decision log: its disk does not keep up"
    }
}
