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

    private struct Sample {
        var latency: Interval
        var at: MonotonicInstant
    }

    private let initial: Interval
    private let capacity: Int
    private let window: Interval
    private var calls: [Sample] = []
    private var probes: [Sample] = []
    private var summary: Summary
    /// When a sample that `summary` rests on grows too old; nil when `summary` must be worked out anew.
    private var validUntil: MonotonicInstant?

    /// Makes an empty record that says `initial` until something is known.
    init(initial: Interval, capacity: Int = 128, window: Interval = .seconds(60)) {
        self.initial = initial
        self.capacity = capacity
        self.window = window
        summary = Summary(p50: initial, p95: initial, samples: 0)
    }

    /// Takes in the latency of a call.
    mutating func record(_ latency: Interval, at now: MonotonicInstant) {
        Self.append(Sample(latency: latency, at: now), to: &calls, capacity: capacity)
        validUntil = nil
    }

    /// Takes in the latency of a probe.
    mutating func recordProbe(_ latency: Interval, at now: MonotonicInstant) {
        Self.append(Sample(latency: latency, at: now), to: &probes, capacity: 8)
        validUntil = nil
    }

    /// Forgets the calls: what they took before an outage says nothing about the time after it.
    mutating func forgetCalls() {
        calls.removeAll(keepingCapacity: true)
        validUntil = nil
    }

    /// The quantiles by nearest rank; cheap until a sample comes or grows old.
    mutating func summary(at now: MonotonicInstant) -> Summary {
        if let validUntil, now <= validUntil { return summary }
        calls.removeAll { now - $0.at > window }
        probes.removeAll { now - $0.at > window }
        let samples = calls.isEmpty ? probes : calls
        if let oldest = samples.first {
            let sorted = samples.map(\.latency).sorted()
            summary = Summary(
                p50: Self.quantile(50, of: sorted),
                p95: Self.quantile(95, of: sorted),
                samples: sorted.count
            )
            validUntil = oldest.at + window
        } else {
            summary = Summary(p50: initial, p95: initial, samples: 0)
            validUntil = MonotonicInstant(nanoseconds: .max)
        }
        return summary
    }

    private static func append(_ sample: Sample, to samples: inout [Sample], capacity: Int) {
        if samples.count >= capacity { samples.removeFirst() }
        samples.append(sample)
    }

    private static func quantile(_ percent: Int, of sorted: [Interval]) -> Interval {
        sorted[(sorted.count * percent + 99) / 100 - 1]
    }
}
