// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Spool
import Telemetry
import Vocabulary

/// How one model is run.
public struct InferenceReport: Codable, Equatable, Sendable {
    /// Durations in milliseconds.
    public struct Times: Codable, Equatable, Sendable {
        /// The median.
        public var p50: Double
        /// The 99th percentile.
        public var p99: Double
        /// The longest.
        public var max: Double
    }

    /// `name/version`.
    public var model: String
    /// `lane`, or `worker` for one that is slow or waits for company.
    public var runsOn: String
    /// How often it has moved from one to the other.
    public var moves: Int
    /// How long a run of one reading takes now, all but rarely.
    public var estimateMs: Double
    /// How many readings go in a run at most.
    public var maxBatch: Int
    /// How long a reading may wait for company.
    public var maxWaitMs: Double
    /// Readings on disk that wait for its worker, in rows.
    public var pending: Int
    /// Readings it was asked about.
    public var readings: Int64
    /// Of them, those it was not run for, because its answer would have been too late.
    public var skipped: Int64
    /// Of them, those it gave no opinion of.
    public var failed: Int64
    /// Runs by how many readings they had at most: `1`, `2`, `4` and so on, `more` above 512.
    public var runs: [String: Int64]
    /// How long runs took; absent before the first.
    public var run: Times?
    /// How long the reading of each run that waited longest had waited, from arrival to the run's start.
    public var wait: Times?
}

extension Gateway {
    /// How each model of the policies in force is run, by name.
    var inferenceReports: [InferenceReport] {
        let edition = parts.board.edition
        let claims = WorkClaims(edition.policies)
        var paced: [ModelReference: BoundPolicy.Paced] = [:]
        for one in edition.policies.flatMap(\.paces) { paced[one.model] = one }
        let samples = metrics.samples().filter { $0.name.hasPrefix("sluice_infer_") }
        return paced.values.map { one in
            let name = one.model.description
            let own = samples.filter { $0.labels.contains { $0 == ("model", name) } }
            func count(_ metric: String) -> Int64 { own.first { $0.name == metric }?.count ?? 0 }
            let runs = own.filter { $0.name == "sluice_infer_runs_total" && $0.count > 0 }
            return InferenceReport(
                model: name,
                runsOn: one.pace.runsOnWorker ? "worker" : "lane",
                moves: one.pace.moves,
                estimateMs: one.pace.estimate(rows: 1).milliseconds,
                maxBatch: one.maximumBatch,
                maxWaitMs: one.pace.maximumWait.milliseconds,
                pending: spool.pending(of: claims.byModel[one.model]?.policies ?? []),
                readings: count("sluice_infer_readings_total"),
                skipped: count("sluice_infer_skipped_total"),
                failed: count("sluice_infer_failed_total"),
                runs: Dictionary(
                    runs.map { sample in
                        (sample.labels.first { $0.name == "rows" }?.value ?? "", sample.count)
                    },
                    uniquingKeysWith: +
                ),
                run: own.first { $0.name == "sluice_infer_run_seconds" }?.times,
                wait: own.first { $0.name == "sluice_infer_wait_seconds" }?.times
            )
        }.sorted { $0.model < $1.model }
    }

    /// Shows in the metrics what changes without a run.
    func showPaces() {
        for report in inferencePaces {
            parts.meters.show(report.model, estimate: report.estimate, pending: report.pending)
        }
    }

    private var inferencePaces: [(model: ModelReference, estimate: Interval, pending: Int)] {
        let policies = parts.board.edition.policies
        let claims = WorkClaims(policies)
        var seen: Set<ModelReference> = []
        return policies.flatMap(\.paces).filter { seen.insert($0.model).inserted }.map { one in
            (
                one.model, one.pace.estimate(rows: 1),
                spool.pending(of: claims.byModel[one.model]?.policies ?? [])
            )
        }
    }
}

extension MetricSample {
    fileprivate var count: Int64 {
        guard case .counter(let count) = reading else { return 0 }
        return count
    }

    fileprivate var times: InferenceReport.Times? {
        guard case .timer(let count, let p50, let p99, let most) = reading, count > 0 else {
            return nil
        }
        return .init(p50: Double(p50) / 1e6, p99: Double(p99) / 1e6, max: Double(most) / 1e6)
    }
}
