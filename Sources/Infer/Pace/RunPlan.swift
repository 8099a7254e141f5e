// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Which of the rows that wait for a model go in which run, and which are not worth one.
///
/// All of them go in one run, or as few as the most rows of a run allow, in their order. Only where that
/// would be too late for some do the most urgent ones go first, as many as keep the most urgent one's
/// time (earliest deadline first: Liu and Layland 1973). A row that one run of its own would be too late
/// for goes in none. Pure: time is a parameter.
struct RunPlan: Equatable {
    /// The places of the rows of each run, rising.
    private(set) var runs: [[Int]] = []
    /// The places of the rows that are skipped, rising.
    private(set) var skipped: [Int] = []

    /// Plans for rows that have `left` time each; nil for one that is never too late.
    ///
    /// `estimate` says how long a run of so many rows takes, never less for more rows.
    init(left: [Interval?], maximum: Int, estimate: (Int) -> Interval) {
        var open = Array(left.indices)
        if left.contains(where: { $0 != nil }) {
            // Equal ones keep their order, which is that of the places.
            open.sort { (left[$0] ?? .longest, $0) < (left[$1] ?? .longest, $1) }
        }
        var spent = Interval.zero
        while let tightest = open.first {
            guard let time = left[tightest] else {
                runs += Self.pieces(open.sorted(), maximum)
                break
            }
            guard spent + estimate(1) <= time else {
                skipped.append(tightest)
                open.removeFirst()
                continue
            }
            var count = min(open.count, maximum)
            while count > 1, spent + estimate(count) > time { count /= 2 }
            runs.append(open.prefix(count).sorted())
            open.removeFirst(count)
            spent = spent + estimate(count)
        }
        skipped.sort()
    }

    private static func pieces(_ places: [Int], _ size: Int) -> [[Int]] {
        stride(from: 0, to: places.count, by: max(1, size)).map { start in
            Array(places[start..<min(start + size, places.count)])
        }
    }
}

extension Interval {
    fileprivate static let longest = Interval(nanoseconds: .max)
}
