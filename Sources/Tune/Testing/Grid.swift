// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The thresholds that may be tested, from the highest down: each keeps a little more than the last.
///
/// Made of the confidences of rows that do not test, and written with few digits, so that what is
/// tested is what a file can hold.
struct Grid {
    /// The thresholds; the last is 0 and keeps everything.
    let thresholds: [Double]

    init(_ confidences: [Double]) {
        let sorted = confidences.sorted(by: >)
        let step = max(0.01, 5 / Double(max(1, sorted.count)))
        var thresholds: [Double] = []
        var share = step
        while share < 1 - step / 2 {
            let place = min(sorted.count - 1, max(0, Int(share * Double(sorted.count)) - 1))
            let upper = sorted[place]
            let lower = sorted[place...].first { $0 < upper } ?? 0
            let threshold = Self.short(above: lower, upTo: upper)
            if threshold > 0, threshold < thresholds.last ?? .infinity {
                thresholds.append(threshold)
            }
            share += step
        }
        thresholds.append(0)
        self.thresholds = thresholds
    }

    /// The number with the fewest digits about halfway between `lower` and `upper`, above the first.
    static func short(above lower: Double, upTo upper: Double) -> Double {
        let middle = lower + (upper - lower) / 2
        var scale = 1_000.0
        while scale <= 1e15 {
            let rounded = (middle * scale).rounded() / scale
            if rounded > lower, rounded <= upper { return rounded }
            scale *= 10
        }
        return upper
    }
}
