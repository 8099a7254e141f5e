// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Durations counted by size, each known to within 1/128 of itself; constant memory.
struct LatencyCounts {
    private static let steps: UInt64 = 128

    private var counts: [Int: Int] = [:]
    private(set) var total = 0

    mutating func add(_ interval: Interval) {
        counts[Self.place(UInt64(max(0, interval.nanoseconds))), default: 0] += 1
        total += 1
    }

    /// The smallest duration that `share` of all do not exceed, in milliseconds; nil without any.
    func quantile(_ share: Double) -> Double? {
        guard total > 0 else { return nil }
        let wanted = max(1, Int((share * Double(total)).rounded(.up)))
        var seen = 0
        for place in counts.keys.sorted() {
            seen += counts[place] ?? 0
            if seen >= wanted { return Double(Self.value(place)) / 1_000_000 }
        }
        return nil
    }

    private static func place(_ value: UInt64) -> Int {
        guard value >= steps else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - 7
        return (shift + 1) * Int(steps) + Int(value >> UInt64(shift)) - Int(steps)
    }

    /// The middle of the durations counted at `place`.
    private static func value(_ place: Int) -> UInt64 {
        guard place >= Int(steps) else { return UInt64(place) }
        let shift = UInt64(place / Int(steps) - 1)
        let low = (UInt64(place % Int(steps)) + steps) << shift
        return low + (1 << shift) / 2
    }
}
