// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Infer
import Synchronization
import Vocabulary

/// The metrics of each model's runs; touched once a run, never once a reading.
///
/// `sluice_infer_runs_total{model,rows}` is a histogram of batch sizes: `rows` is the power of two that a
/// run's readings did not exceed, `1` to `512`, or `more`. `sluice_infer_run_seconds{model}` is how long runs took,
/// `sluice_infer_wait_seconds{model}` how long the reading that waited longest had waited, from its
/// arrival to the start of its run. `sluice_infer_readings_total{model}`, `…_skipped_total{model}` and
/// `…_failed_total{model}` count readings. `sluice_infer_estimate_seconds{model}` and
/// `sluice_infer_pending_readings{model}` are shown by `show`.
final class RunMeters: Sendable {
    private struct Meter {
        var sizes: [Counter]
        var took: CoreMetrics.Timer
        var wait: CoreMetrics.Timer
        var readings: Counter
        var skipped: Counter
        var failed: Counter
        var estimate: Gauge
        var pending: Gauge
    }

    /// How many sizes of runs are told apart, by powers of two.
    static let sizes = 11

    let factory: any MetricsFactory
    /// What is counted elsewhere.
    let shown: ShownCounts
    private let meters = Mutex<[ModelReference: Meter]>([:])

    init(factory: any MetricsFactory = MetricsSystem.factory) {
        self.factory = factory
        shown = ShownCounts(factory: factory)
    }

    /// Forgets the models that are not among `kept`: versions come and go for as long as the process runs.
    func keep(_ kept: Set<ModelReference>) {
        let gone = meters.withLock { meters in
            let gone = meters.filter { !kept.contains($0.key) }
            for reference in gone.keys { meters[reference] = nil }
            return Array(gone.values)
        }
        shown.keep(Set(kept.map(\.description)), of: "model")
        for meter in gone {
            for size in meter.sizes { size.destroy() }
            for counter in [meter.readings, meter.skipped, meter.failed] { counter.destroy() }
            for timer in [meter.took, meter.wait] { timer.destroy() }
            for gauge in [meter.estimate, meter.pending] { gauge.destroy() }
        }
    }

    /// Counts a run, and how long it had been waited for.
    func ran(_ run: ModelRun, wait: Interval) {
        let meter = meter(run.model)
        meter.sizes[Self.size(of: run.rows)].increment()
        meter.took.recordNanoseconds(run.took.nanoseconds)
        meter.wait.recordNanoseconds(max(.zero, wait).nanoseconds)
    }

    /// Counts what became of readings.
    func answered(_ answers: [ModelAnswers]) {
        for answer in answers {
            let meter = meter(answer.model)
            meter.readings.increment(by: Int64(answer.readings))
            if answer.skipped > 0 { meter.skipped.increment(by: Int64(answer.skipped)) }
            if answer.failed > 0 { meter.failed.increment(by: Int64(answer.failed)) }
        }
    }

    /// Shows how long one reading would take now, and how many wait.
    func show(_ model: ModelReference, estimate: Interval, pending: Int) {
        let meter = meter(model)
        meter.estimate.record(estimate.seconds)
        meter.pending.record(pending)
    }

    /// The place of a run's size among those told apart.
    static func size(of rows: Int) -> Int {
        let power = rows <= 1 ? 0 : Int.bitWidth - (rows - 1).leadingZeroBitCount
        return min(power, sizes - 1)
    }

    /// What a size is called.
    static func name(ofSize size: Int) -> String { size == sizes - 1 ? "more" : "\(1 << size)" }

    private func meter(_ model: ModelReference) -> Meter {
        meters.withLock { meters in
            if let meter = meters[model] { return meter }
            let label = [("model", model.description)]
            func counter(_ name: String) -> Counter {
                Counter(label: name, dimensions: label, factory: factory)
            }
            let meter = Meter(
                sizes: (0..<Self.sizes).map { size in
                    Counter(
                        label: "sluice_infer_runs_total",
                        dimensions: label + [("rows", Self.name(ofSize: size))],
                        factory: factory
                    )
                },
                took: Timer(
                    label: "sluice_infer_run_seconds",
                    dimensions: label,
                    factory: factory
                ),
                wait: Timer(
                    label: "sluice_infer_wait_seconds",
                    dimensions: label,
                    factory: factory
                ),
                readings: counter("sluice_infer_readings_total"),
                skipped: counter("sluice_infer_skipped_total"),
                failed: counter("sluice_infer_failed_total"),
                estimate: Gauge(
                    label: "sluice_infer_estimate_seconds",
                    dimensions: label,
                    factory: factory
                ),
                pending: Gauge(
                    label: "sluice_infer_pending_readings",
                    dimensions: label,
                    factory: factory
                )
            )
            meters[model] = meter
            return meter
        }
    }
}
