// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Histogram
import Synchronization

/// A count that only grows.
final class CountCell: CounterHandler {
    private let value = Atomic<Int64>(0)

    var count: Int64 { value.load(ordering: .relaxed) }

    func increment(by amount: Int64) {
        value.wrappingAdd(amount, ordering: .relaxed)
    }

    func reset() {
        value.store(0, ordering: .relaxed)
    }
}

/// A value that goes up and down; the last one recorded is the one that counts.
final class GaugeCell: RecorderHandler, MeterHandler {
    private let bits = Atomic<UInt64>(0)

    var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    func record(_ value: Int64) {
        record(Double(value))
    }

    func record(_ value: Double) {
        bits.store(value.bitPattern, ordering: .relaxed)
    }

    func set(_ value: Int64) {
        record(Double(value))
    }

    func set(_ value: Double) {
        record(value)
    }

    func increment(by amount: Double) {
        adjust { $0 + amount }
    }

    func decrement(by amount: Double) {
        adjust { $0 - amount }
    }

    private func adjust(_ change: (Double) -> Double) {
        var seen = bits.load(ordering: .relaxed)
        while true {
            let wanted = change(Double(bitPattern: seen)).bitPattern
            let (isExchanged, original) = bits.weakCompareExchange(
                expected: seen,
                desired: wanted,
                ordering: .relaxed
            )
            if isExchanged { return }
            seen = original
        }
    }
}

/// Durations from one microsecond to an hour, two significant digits, constant memory.
final class TimerCell: TimerHandler {
    private struct Recorded {
        var histogram = Histogram<UInt64>(
            lowestDiscernibleValue: 1_000,
            highestTrackableValue: 3_600_000_000_000,
            numberOfSignificantValueDigits: .two
        )
        var buckets = DurationBuckets()
    }

    private let recorded = Mutex(Recorded())

    func recordNanoseconds(_ duration: Int64) {
        let value = max(0, min(duration, 3_600_000_000_000))
        recorded.withLock { recorded in
            _ = recorded.histogram.record(UInt64(value))
            recorded.buckets.add(value)
        }
    }

    var buckets: DurationBuckets { recorded.withLock { $0.buckets } }

    var reading: MetricSample.Reading {
        // Worked out on a copy: a lane that records must not wait for who looks on.
        let histogram = recorded.withLock { $0.histogram }
        return .timer(
            count: Int64(histogram.totalCount),
            p50: Int64(histogram.valueAtPercentile(50)),
            p99: Int64(histogram.valueAtPercentile(99)),
            maximum: Int64(histogram.max)
        )
    }
}
