// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Isotonic regression by pooling adjacent violators, after Ayer and others (1955).
enum IsotonicRegression {
    struct Point {
        var argument: Double
        var value: Double
    }

    struct Pool {
        var arguments: Double
        var values: Double
        var count: Double

        var argument: Double { arguments / count }
        var value: Double { values / count }
        /// Drawn towards a half by half an observation each way, so that no pool is quite sure.
        var cautious: Double { (values + 0.5) / (count + 1) }
    }

    /// The pools from the least argument up; equal arguments are one point.
    static func pools(_ points: [Point]) -> [Pool] {
        var pools: [Pool] = []
        for point in points.sorted(by: { $0.argument < $1.argument }) {
            let pool = Pool(arguments: point.argument, values: point.value, count: 1)
            guard let last = pools.last, last.argument == point.argument, last.count >= 1 else {
                pools.append(pool)
                continue
            }
            merge(pool, into: &pools)
        }
        var merged: [Pool] = []
        for pool in pools {
            merged.append(pool)
            while let last = merged.last,
                let before = merged.dropLast().last, before.value >= last.value
            {
                merged.removeLast()
                merge(last, into: &merged)
            }
        }
        return merged
    }

    private static func merge(_ pool: Pool, into pools: inout [Pool]) {
        guard var last = pools.popLast() else { return }
        last.arguments += pool.arguments
        last.values += pool.values
        last.count += pool.count
        pools.append(last)
    }

    /// A strictly rising curve through the pools' centres (Oron and Flournoy 2017).
    ///
    /// From half the first pool's value at 0 to halfway between the last pool's and 1 at `end`, so
    /// that the order of scores is kept. Arguments within 0…`end`. Nil without points.
    static func curve(_ points: [Point], upTo end: Double = 1) -> RisingCurve? {
        let pools = pools(points)
        guard let first = pools.first, let last = pools.last else { return nil }
        var arguments: [Double] = []
        var values: [Double] = []
        func add(_ argument: Double, _ value: Double) {
            let rounded = (value * 1e6).rounded() / 1e6
            guard argument > (arguments.last ?? -1) + 1e-9, rounded > values.last ?? -1 else {
                return
            }
            arguments.append(argument)
            values.append(rounded)
        }
        if first.argument > 0 { add(0, first.cautious / 2) }
        for pool in pools { add(pool.argument, pool.cautious) }
        if last.argument < end { add(end, ((values.last ?? 0) + 1) / 2) }
        return RisingCurve(arguments: arguments, values: values)
    }
}
