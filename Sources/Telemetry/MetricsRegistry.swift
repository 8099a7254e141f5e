// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import CoreMetrics
import Histogram
import Synchronization

/// Keeps every metric of the process in memory: the backend behind swift-metrics.
///
/// Any thread may use it. Metrics are made once and live until they are destroyed; counting is an atomic
/// addition, recording a duration takes a lock of its own metric.
public final class MetricsRegistry: MetricsFactory {
    private struct Key: Hashable {
        var name: String
        var labels: [String]
    }

    private struct Cells {
        var counters: [Key: CountCell] = [:]
        var gauges: [Key: GaugeCell] = [:]
        var timers: [Key: TimerCell] = [:]
    }

    private let cells = Mutex(Cells())

    /// Makes an empty registry.
    public init() {}

    /// The counter called `label` with these labels, made on first use.
    public func makeCounter(
        label: String,
        dimensions: [(String, String)]
    ) -> any CounterHandler {
        counter(label, dimensions)
    }

    /// The gauge called `label` with these labels, made on first use.
    public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(label, dimensions)
    }

    /// The gauge called `label` with these labels; only the last value is kept, aggregated or not.
    public func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        gauge(label, dimensions)
    }

    /// The timer called `label` with these labels, made on first use.
    public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        let key = Key(name: label, labels: Self.flat(dimensions))
        return cells.withLock { cells in
            cells.timers[key] ?? cells.timers.remember(TimerCell(), at: key)
        }
    }

    /// Forgets a counter; the next one of its name and labels begins at nothing.
    public func destroyCounter(_ handler: any CounterHandler) {
        cells.withLock { cells in
            cells.counters = cells.counters.filter { $0.value !== handler }
        }
    }

    /// Forgets a gauge.
    public func destroyMeter(_ handler: any MeterHandler) { forgetGauge(handler) }

    /// Forgets a gauge.
    public func destroyRecorder(_ handler: any RecorderHandler) { forgetGauge(handler) }

    /// Forgets a timer, which is the largest of them.
    public func destroyTimer(_ handler: any TimerHandler) {
        cells.withLock { cells in
            cells.timers = cells.timers.filter { $0.value !== handler }
        }
    }

    private func forgetGauge(_ handler: AnyObject) {
        cells.withLock { cells in
            cells.gauges = cells.gauges.filter { $0.value !== handler }
        }
    }

    /// Every metric's present value, sorted by title.
    public func samples() -> [MetricSample] {
        let (counters, gauges, timers) = cells.withLock { ($0.counters, $0.gauges, $0.timers) }
        var samples: [MetricSample] = []
        for (key, cell) in counters {
            samples.append(Self.sample(key, .counter(cell.count)))
        }
        for (key, cell) in gauges {
            samples.append(Self.sample(key, .gauge(cell.value)))
        }
        for (key, cell) in timers {
            var sample = Self.sample(key, cell.reading)
            sample.buckets = cell.buckets
            samples.append(sample)
        }
        return samples.sorted { $0.title < $1.title }
    }

    private func counter(_ name: String, _ labels: [(String, String)]) -> CountCell {
        let key = Key(name: name, labels: Self.flat(labels))
        return cells.withLock { cells in
            cells.counters[key] ?? cells.counters.remember(CountCell(), at: key)
        }
    }

    private func gauge(_ name: String, _ labels: [(String, String)]) -> GaugeCell {
        let key = Key(name: name, labels: Self.flat(labels))
        return cells.withLock { cells in
            cells.gauges[key] ?? cells.gauges.remember(GaugeCell(), at: key)
        }
    }

    private static func flat(_ labels: [(String, String)]) -> [String] {
        labels.flatMap { [$0.0, $0.1] }
    }

    private static func sample(_ key: Key, _ reading: MetricSample.Reading) -> MetricSample {
        let labels = stride(from: 0, to: key.labels.count, by: 2).map { index in
            (name: key.labels[index], value: key.labels[index + 1])
        }
        return MetricSample(name: key.name, labels: labels, reading: reading)
    }
}

extension Dictionary {
    fileprivate mutating func remember(_ value: Value, at key: Key) -> Value {
        self[key] = value
        return value
    }
}
