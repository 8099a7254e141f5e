// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// How many readings went each way over time, in at most 64 steps of equal length.
struct TimeShares {
    private static let limit = 64

    /// Counts by the way's place, by the step's number.
    private var steps: [Int64: [Int]] = [:]
    private(set) var length: Int64 = 1_000_000_000

    mutating func add(_ way: Way, at time: WallTime) {
        let step = Self.step(time.nanoseconds, length)
        steps[step, default: Self.none][Self.place(way)] += 1
        while let first = steps.keys.min(), let last = steps.keys.max(),
            last - first >= Self.limit
        {
            merge()
        }
    }

    /// The steps without gaps, each with the time it begins at.
    var series: [(start: WallTime, counts: [Int])] {
        guard let first = steps.keys.min(), let last = steps.keys.max() else { return [] }
        return (first...last).map { step in
            (WallTime(nanoseconds: step &* length), steps[step] ?? Self.none)
        }
    }

    private mutating func merge() {
        length *= 2
        var merged: [Int64: [Int]] = [:]
        for (step, counts) in steps {
            let joined = merged[Self.step(step, 2), default: Self.none]
            merged[Self.step(step, 2)] = zip(joined, counts).map { $0 + $1 }
        }
        steps = merged
    }

    private static let none = [Int](repeating: 0, count: Way.allCases.count)

    private static func step(_ value: Int64, _ length: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: length)
        return remainder < 0 ? quotient - 1 : quotient
    }

    private static func place(_ way: Way) -> Int { Way.allCases.firstIndex(of: way) ?? 0 }
}
