// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Infer
import Synchronization
import Vocabulary

/// The metrics of each model's runs.
///
/// `sluice_infer_runs_total{model,rows}` is a histogram of batch sizes: `rows` is the power of two that a
/// run's readings did not exceed, `1` to `512`, or `more`. `sluice_infer_run_seconds{model}` is how long runs took,
/// `sluice_infer_wait_seconds{model}` how long the reading that waited longest had waited, from its
/// arrival to the start of its run. `sluice_infer_readings_total{model}`, `…_skipped_total{model}` and
/// `…_failed_total{model}` count readings. `sluice_infer_estimate_seconds{model}` and
/// `sluice_infer_pending_readings{model}` are shown by `show`.
final class RunMeters: Sendable {
    /// How many sizes of runs are told apart, by powers of two.
    static let sizes = 11

    let factory: any MetricsFactory
    /// What is counted elsewhere.
    let shown: ShownCounts
    private let meters = Mutex<[ModelReference: ModelMeter]>([:])

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
        for meter in gone { meter.destroy() }
    }

    /// Shows how long one reading would take now, and how many wait.
    func show(_ model: ModelReference, estimate: Interval, pending: Int) {
        meter(of: model).show(estimate: estimate, pending: pending)
    }

    /// The place of a run's size among those told apart.
    static func size(of rows: Int) -> Int {
        let power = rows <= 1 ? 0 : Int.bitWidth - (rows - 1).leadingZeroBitCount
        return min(power, sizes - 1)
    }

    /// What a size is called.
    static func name(ofSize size: Int) -> String { size == sizes - 1 ? "more" : "\(1 << size)" }

    /// The meter of `model`, made on first use.
    func meter(of model: ModelReference) -> ModelMeter {
        meters.withLock { meters in
            if let meter = meters[model] { return meter }
            let meter = ModelMeter(model, factory: factory)
            meters[model] = meter
            return meter
        }
    }
}

/// The meters of the models that one thread runs, found without a lock once they are known.
struct KnownMeters {
    private let meters: RunMeters
    private var known: [(model: ModelReference, meter: ModelMeter)] = []

    init(_ meters: RunMeters) {
        self.meters = meters
    }

    mutating func meter(of model: ModelReference) -> ModelMeter {
        for one in known where one.model == model { return one.meter }
        let meter = meters.meter(of: model)
        known.append((model, meter))
        return meter
    }

    /// Forgets them all: other models are in force.
    mutating func forget() { known.removeAll() }
}
