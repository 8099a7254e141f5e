// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Which of the rows that wait for a model go in its next run, and which are not worth one.
///
/// All of them go in one run, or as many as a run takes, in their order. Only where that would be too
/// late for some do the most urgent ones go first, as many as keep the most urgent one's time (earliest
/// deadline first: Liu and Layland 1973). A row that one run of its own would be too late for is skipped.
/// Pure; to be made again after each run, because the time left is what it is then.
struct RunPlan: Equatable {
    /// The places of the rows of the next run, rising; empty when all are skipped.
    private(set) var run: [Int] = []
    /// The places of the rows that are skipped, rising.
    private(set) var skipped: [Int] = []

    /// Plans for rows that have `left` time each; nil for one that is never too late.
    ///
    /// `estimate` says how long a run of so many rows takes, never less for more rows.
    init(left: [Interval?], maximum: Int, estimate: (Int) -> Interval) {
        let alone = estimate(1)
        var open: [Int] = []
        var tightest: Interval?
        for (place, time) in left.enumerated() {
            if let time, time < alone {
                skipped.append(place)
            } else {
                open.append(place)
                if let time { tightest = min(tightest ?? time, time) }
            }
        }
        var count = min(open.count, max(1, maximum))
        guard let tightest else {
            run = Array(open.prefix(count))
            return
        }
        while count > 1, estimate(count) > tightest { count /= 2 }
        if count < open.count {
            // The most urgent first; equal ones keep their order.
            open.sort { (left[$0] ?? .longest, $0) < (left[$1] ?? .longest, $1) }
        }
        run = open.prefix(count).sorted()
    }
}

extension Interval {
    fileprivate static let longest = Interval(nanoseconds: .max)
}
