// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Infer
import Vocabulary

/// The metrics of one model's runs; touched once a run, never once a reading.
///
/// See `RunMeters` for what they are called.
final class ModelMeter: Sendable {
    private let sizes: [Counter]
    private let took: CoreMetrics.Timer
    private let wait: CoreMetrics.Timer
    private let readings: Counter
    private let skipped: Counter
    private let failed: Counter
    private let estimate: Gauge
    private let pending: Gauge

    init(_ model: ModelReference, factory: any MetricsFactory) {
        let label = [("model", model.description)]
        func counter(_ name: String) -> Counter {
            Counter(label: name, dimensions: label, factory: factory)
        }
        func timer(_ name: String) -> CoreMetrics.Timer {
            Timer(label: name, dimensions: label, factory: factory)
        }
        func gauge(_ name: String) -> Gauge {
            Gauge(label: name, dimensions: label, factory: factory)
        }
        sizes = (0..<RunMeters.sizes).map { size in
            Counter(
                label: "sluice_infer_runs_total",
                dimensions: label + [("rows", RunMeters.name(ofSize: size))],
                factory: factory
            )
        }
        took = timer("sluice_infer_run_seconds")
        wait = timer("sluice_infer_wait_seconds")
        readings = counter("sluice_infer_readings_total")
        skipped = counter("sluice_infer_skipped_total")
        failed = counter("sluice_infer_failed_total")
        estimate = gauge("sluice_infer_estimate_seconds")
        pending = gauge("sluice_infer_pending_readings")
    }

    /// Counts a run, and how long it had been waited for.
    func ran(_ run: ModelRun, wait: Interval) {
        sizes[RunMeters.size(of: run.rows)].increment()
        took.recordNanoseconds(run.took.nanoseconds)
        self.wait.recordNanoseconds(max(.zero, wait).nanoseconds)
    }

    /// Counts what became of readings.
    func answered(_ request: InferenceRequest) {
        readings.increment(by: Int64(request.count))
        if request.skipped > 0 { skipped.increment(by: Int64(request.skipped)) }
        if request.failed > 0 { failed.increment(by: Int64(request.failed)) }
    }

    /// Shows how long one reading would take now, and how many wait.
    func show(estimate: Interval, pending: Int) {
        self.estimate.record(estimate.seconds)
        self.pending.record(pending)
    }

    /// Takes them out of what is shown.
    func destroy() {
        for size in sizes { size.destroy() }
        for counter in [readings, skipped, failed] { counter.destroy() }
        for timer in [took, wait] { timer.destroy() }
        for gauge in [estimate, pending] { gauge.destroy() }
    }
}
