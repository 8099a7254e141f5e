// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The latency of an endpoint's latest calls; what its quantiles say is never older than a minute.
///
/// Probes stand in while there are no calls: without them an endpoint that was slow once would never be asked
/// again by a policy that looks at its latency.
struct LatencyQuantiles: Sendable {
    struct Summary: Equatable, Sendable {
        var p50: Interval
        var p95: Interval
        var samples: Int
    }

    /// The latest latencies, kept in order of size too: every question asks for the quantiles.
    private struct Latest {
        private var samples: [(latency: Interval, at: MonotonicInstant)] = []
        private(set) var sorted: [Interval] = []

        mutating func append(_ latency: Interval, at now: MonotonicInstant, capacity: Int) {
            if samples.count >= capacity { removeFirst() }
            samples.append((latency, now))
            sorted.insert(latency, at: place(of: latency))
        }

        mutating func removeAll(olderThan age: Interval, at now: MonotonicInstant) {
            while let first = samples.first, now - first.at > age { removeFirst() }
        }

        mutating func removeAll() {
            samples.removeAll(keepingCapacity: true)
            sorted.removeAll(keepingCapacity: true)
        }

        private mutating func removeFirst() {
            let first = samples.removeFirst()
            sorted.remove(at: place(of: first.latency))
        }

        /// Where the first that is not smaller stands.
        private func place(of latency: Interval) -> Int {
            var (low, high) = (0, sorted.count)
            while low < high {
                let middle = (low + high) / 2
                if sorted[middle] < latency { low = middle + 1 } else { high = middle }
            }
            return low
        }
    }

    private let initial: Interval
    private let capacity: Int
    private let window: Interval
    private var calls = Latest()
    private var probes = Latest()

    /// Makes an empty record that says `initial` until something is known.
    init(initial: Interval, capacity: Int = 128, window: Interval = .seconds(60)) {
        self.initial = initial
        self.capacity = capacity
        self.window = window
    }

    /// Takes in the latency of a call.
    mutating func record(_ latency: Interval, at now: MonotonicInstant) {
        calls.append(latency, at: now, capacity: capacity)
    }

    /// Takes in the latency of a probe.
    mutating func recordProbe(_ latency: Interval, at now: MonotonicInstant) {
        probes.append(latency, at: now, capacity: 8)
    }

    /// Forgets the calls: what they took before an outage says nothing about the time after it.
    mutating func forgetCalls() {
        calls.removeAll()
    }

    /// The quantiles by nearest rank.
    mutating func summary(at now: MonotonicInstant) -> Summary {
        calls.removeAll(olderThan: window, at: now)
        probes.removeAll(olderThan: window, at: now)
        let sorted = calls.sorted.isEmpty ? probes.sorted : calls.sorted
        guard !sorted.isEmpty else { return Summary(p50: initial, p95: initial, samples: 0) }
        return Summary(
            p50: Self.quantile(50, of: sorted),
            p95: Self.quantile(95, of: sorted),
            samples: sorted.count
        )
    }

    private static func quantile(_ percent: Int, of sorted: [Interval]) -> Interval {
        sorted[(sorted.count * percent + 99) / 100 - 1]
    }
}
