// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Decide
import Glibc
import Infer
import Synchronization
import Vocabulary

/// A burst's readings for the shadows of one policy, with what was decided on.
struct ShadowJob: Sendable {
    /// The models in force when it was decided.
    var engine: CoreEngine
    /// The models with a shadow.
    var models: [ModelHandle]
    var readings: ReadingBatch
    /// When they arrived.
    var arrival: WallTime
    /// The readings that were decided, as rows of `readings`.
    var rows: [Int]
    /// What was decided on, in the order of `rows`.
    var findings: [Finding?]
    /// The decisions that the cloud was asked about, by row.
    var asked: [Int: DecisionID]
}

/// Runs shadows beside the path, on a thread of its own.
///
/// It decides nothing and holds nothing up: a burst is handed over once it is decided, and dropped,
/// counted, where more wait than fit. Windows and detectors of shadows live here, apart from those of
/// the versions that speak.
final class ShadowWorker: Sendable {
    /// How many readings may wait.
    private static let limit = 4_096
    private static let pause: UInt32 = 10_000
    private static let longPause: UInt32 = 100_000

    private struct Line {
        var jobs: [ShadowJob] = []
        var rows = 0
    }

    private let line = Mutex(Line())
    private let watch: VersionWatch
    private let time: any TimeSource
    private let lot: CanaryLot
    private let dropped = Counter(label: "sluice_infer_shadow_dropped_readings_total")

    init(watch: VersionWatch, time: any TimeSource, lot: CanaryLot) {
        self.watch = watch
        self.time = time
        self.lot = lot
    }

    /// Hands over a burst; never blocks for longer than another lane's hand-over.
    func offer(_ job: ShadowJob) {
        let isTaken = line.withLock { line in
            guard line.rows + job.rows.count <= Self.limit else { return false }
            line.rows += job.rows.count
            line.jobs.append(job)
            return true
        }
        if isTaken, !job.asked.isEmpty { watch.expectShadows() }
        if !isTaken { dropped.increment(by: Int64(job.rows.count)) }
    }

    /// Starts the thread.
    func start() -> OwnThread {
        OwnThread { [self] thread in
            var inference: LaneInference?
            var pause = Self.longPause
            while !thread.isStopping {
                if work(&inference) {
                    pause = Self.pause
                } else {
                    usleep(pause)
                    pause = min(pause * 2, Self.longPause)
                }
            }
        }
    }

    /// Works on what waits; false where nothing did.
    ///
    /// On one thread at a time.
    func work(_ inference: inout LaneInference?) -> Bool {
        let jobs = line.withLock { line in
            let jobs = line.jobs
            line = Line()
            return jobs
        }
        for job in jobs {
            let lane = inference ?? job.engine.makeLane(time: time, lot: lot)
            lane.adopt(job.engine)
            inference = lane
            run(job, lane)
        }
        return !jobs.isEmpty
    }

    private func run(_ job: ShadowJob, _ lane: LaneInference) {
        var readings = job.readings
        let shadows = job.models.compactMap { $0.shadow?.handle }
        lane.observe(shadows, readings: &readings, rows: job.rows) { _ in job.arrival }
        for model in job.models {
            guard let shadow = model.shadow?.handle else { continue }
            let said = lane.findings(model: shadow, readings: readings, rows: job.rows)
            var (count, differing) = (0, 0)
            var words: [(id: DecisionID, label: String)] = []
            for (position, finding) in said.enumerated() {
                guard let finding else { continue }
                let id = job.asked[job.rows[position]]
                if let label = finding.classification?.label, let id {
                    words.append((id, label))
                }
                guard let other = job.findings[position], other.model == model.reference,
                    let differs = finding.differs(from: other)
                else { continue }
                count += 1
                if differs { differing += 1 }
            }
            watch.compared(shadow.reference, count: count, differing: differing)
            if !words.isEmpty { watch.shadowed(words, by: shadow.reference) }
        }
    }
}

extension Finding {
    /// How far two values may be apart to count as the same, as a part of the larger.
    private static let nearness = 0.05

    /// Whether it says something else than `other`; nil where one of them says nothing.
    ///
    /// Another label, other labels of the objects found, or a value that is further off than a
    /// twentieth. A failure against an opinion is a difference.
    func differs(from other: Finding) -> Bool? {
        switch (outcome, other.outcome) {
        case (.classification(let one), .classification(let two)): one.label != two.label
        case (.value(let one), .value(let two)):
            abs(one - two) > Self.nearness * max(abs(one), abs(two))
        case (.detections(let one), .detections(let two)):
            one.map(\.label).sorted() != two.map(\.label).sorted()
        case (.failed, .failed), (.skipped, _), (_, .skipped): nil
        default: true
        }
    }
}
