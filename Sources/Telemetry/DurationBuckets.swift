// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Durations counted into fixed buckets, so that two readings give what happened between them.
public struct DurationBuckets: Equatable, Sendable {
    /// The upper ends of the buckets in nanoseconds; what is longer is counted in one more.
    public static let bounds: [Int64] = [
        50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
        25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000,
        2_500_000_000, 5_000_000_000, 10_000_000_000, 30_000_000_000, 60_000_000_000,
    ]

    /// How many durations lie in each bucket, the last one without an upper end.
    public private(set) var counts = [Int64](repeating: 0, count: bounds.count + 1)
    /// The sum of all durations, in nanoseconds.
    public private(set) var sum: Int64 = 0

    /// Makes empty buckets.
    public init() {}

    /// The place of the bucket that `nanoseconds` belongs to.
    public static func place(of nanoseconds: Int64) -> Int {
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < nanoseconds { low = middle + 1 } else { high = middle }
        }
        return low
    }

    mutating func add(_ nanoseconds: Int64) {
        counts[Self.place(of: nanoseconds)] += 1
        sum = sum.addingReportingOverflow(nanoseconds).partialValue
    }
}

/// For each bucket of a duration, one decision that took so long: a way from a figure to a case.
public final class ExemplarShelf: Sendable {
    /// One case.
    public struct Exemplar: Equatable, Sendable {
        /// The decision's id.
        public var decision: String
        /// How long it took, in nanoseconds.
        public var nanoseconds: Int64
        /// When, in nanoseconds since 1970.
        public var time: Int64
    }

    private let shelf = Mutex<[Int: Exemplar]>([:])

    /// Makes an empty shelf.
    public init() {}

    /// Keeps the newest case of its bucket.
    public func put(decision: String, nanoseconds: Int64, time: Int64) {
        shelf.withLock {
            $0[DurationBuckets.place(of: nanoseconds)] = Exemplar(
                decision: decision,
                nanoseconds: nanoseconds,
                time: time
            )
        }
    }

    /// The cases by their bucket's place.
    public var all: [Int: Exemplar] { shelf.withLock { $0 } }
}
