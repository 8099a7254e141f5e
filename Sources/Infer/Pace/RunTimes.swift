// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// How long a model's runs take, by their number of rows.
///
/// For each power of two a smoothed mean and deviation, as TCP times its round trips (RFC 6298, section 2);
/// begun from the trial. A run of more rows takes no less time, and no more time a row: what is known of
/// other sizes is kept consistent with the newest run by that. One run that is far off counts as twice
/// (or half) the mean at most, because a machine hiccups; the second in a row is believed as it is.
struct RunTimes: Sendable {
    private struct Size: Sendable {
        var mean: Double
        var deviation: Double
        /// Whether the last run of this size was far off, and to which side.
        var wasOff: Int = 0
    }

    private static let sizeCount = 17
    private static let meanWeight = 1.0 / 8
    private static let deviationWeight = 1.0 / 4
    private static let far = 4.0

    private var sizes = [Size?](repeating: nil, count: sizeCount)

    /// Begins with nothing known.
    init() {}

    /// Begins with the median of a few runs of one row.
    init(trial: Interval) {
        let time = Double(max(1, trial.nanoseconds))
        sizes[0] = Size(mean: time, deviation: time / 8)
    }

    /// Notes a run of `rows` rows, one or more.
    mutating func note(rows: Int, took: Interval) {
        let index = Self.index(rows)
        let time = Double(max(1, took.nanoseconds))
        guard var size = sizes[index] else {
            sizes[index] = Size(mean: time, deviation: time / 2)
            return spread(from: index)
        }
        let off = time > size.mean * Self.far ? 1 : time < size.mean / Self.far ? -1 : 0
        if off != 0, off == size.wasOff {
            size = Size(mean: time, deviation: time / 2)
        } else {
            let counted = off == 0 ? time : off > 0 ? size.mean * 2 : size.mean / 2
            size.deviation +=
                (abs(counted - size.mean) - size.deviation) * Self.deviationWeight
            size.mean += (counted - size.mean) * Self.meanWeight
            size.wasOff = off
        }
        sizes[index] = size
        spread(from: index)
    }

    /// How long a run of `rows` rows takes, all but rarely: the mean and twice the deviation.
    ///
    /// Zero before anything is known. Never less for more rows.
    func estimate(rows: Int) -> Interval {
        let index = Self.index(rows)
        var least: Double?
        for (other, size) in sizes.enumerated() {
            guard let size else { continue }
            let usual = size.mean + 2 * size.deviation
            // From a smaller size at most as much a row, from a larger one at most as much in all.
            let bound = other < index ? usual * Self.ratio(index, other) : usual
            least = min(least ?? bound, bound)
        }
        // A time that long is for ever, and must fit.
        return Interval(nanoseconds: Int64(min(least ?? 0, 9e18)))
    }

    /// How many rows a run may have so that it takes no longer than `limit`; one at least, `most` at most.
    ///
    /// A size that nobody has tried yet is tried when the one below it takes little enough: that is how
    /// it becomes known what company costs.
    func rows(within limit: Interval, atMost most: Int) -> Int {
        var rows = 1
        for (index, size) in sizes.enumerated() where 1 << index <= max(1, most) * 2 - 1 {
            guard let size else { return min(1 << index, max(1, most)) }
            guard size.mean + 2 * size.deviation <= Double(limit.nanoseconds) else { break }
            rows = 1 << index
        }
        return min(rows, max(1, most))
    }

    /// Keeps the other sizes' means between what the newest one allows.
    private mutating func spread(from index: Int) {
        guard let mean = sizes[index]?.mean else { return }
        for other in sizes.indices where other != index {
            guard let known = sizes[other]?.mean else { continue }
            let share = mean * Self.ratio(other, index)
            sizes[other]?.mean = min(max(known, min(mean, share)), max(mean, share))
        }
    }

    /// How many times as many rows size `left` has as size `right`.
    private static func ratio(_ left: Int, _ right: Int) -> Double {
        left >= right ? Double(1 << (left - right)) : 1 / Double(1 << (right - left))
    }

    /// The power of two that `rows` rows are counted under: the next one.
    private static func index(_ rows: Int) -> Int {
        let index = rows <= 1 ? 0 : Int.bitWidth - (rows - 1).leadingZeroBitCount
        return min(index, sizeCount - 1)
    }
}
