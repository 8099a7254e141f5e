// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Infer
import Logging
import Spool
import Synchronization
import Vocabulary

/// The threads that decide what lanes have put aside: one for each slow model, so that a slow one does
/// not delay another, and one for everything else.
///
/// The latter decides what waits for no slow model any more and what is left of policies that are gone;
/// it also starts the others as models become slow, and ends them as they become fast again. The order of
/// a device's readings is the leases' to keep: a row is given to nobody while an older one of its device
/// and policy is in hand.
final class WorkerPool: Sendable {
    /// How long a run may keep a worker from what comes next, and from stopping.
    private static let usualRun = Interval.milliseconds(250)
    private static let niceness: Int32 = 10
    private static let slowestRun = Interval.seconds(1)
    private static let generalRows = 64
    private static let idlePause = Interval.milliseconds(100)
    private static let longestPause = Interval.milliseconds(250)
    private static let shortestPause = Interval.milliseconds(20)
    /// How many rows that no run has begun yet end the search for those that one did not survive.
    private static let soundRows = 8

    private let parts: PathParts
    private let logger: Logger

    init(parts: PathParts, logger: Logger) {
        self.parts = parts
        self.logger = logger
    }

    /// Starts the thread that has the others.
    func start() -> OwnThread {
        OwnThread { [self] thread in
            let worker = PendingWorker(parts: parts, logger: logger)
            if parts.spool.wasUncleanExit { sift(worker, thread) }
            var others: [ModelReference: OwnThread] = [:]
            let ear = parts.workSignal.ear()
            var pause = Self.shortestPause
            while !thread.isStopping {
                let claims = WorkClaims(parts.board.edition.policies)
                adjust(&others, to: claims)
                timeSkipped(worker.path)
                // An idle gateway leaves the disk alone: what there is to do is known in memory.
                let claimed = claims.policies
                let free = parts.spool.depth(of: [.pending]) - parts.spool.pending(of: claimed)
                let isDone =
                    free <= 0
                    || worker.work(.except(claimed), limit: Self.generalRows) { thread.isStopping }
                        .isEmpty
                guard isDone else {
                    pause = Self.shortestPause
                    continue
                }
                ear.wait(atMost: free > 0 ? pause : Self.idlePause)
                pause = min(pause + pause, Self.longestPause)
            }
            for other in others.values { other.requestStop() }
            while others.values.contains(where: { !$0.hasEnded }) { usleep(2_000) }
        }
    }

    /// Decides, one at a time and while nothing else is in hand, the rows that a run which did not end
    /// well had in hand: the one that ended it must not take others with it.
    ///
    /// Those were the oldest of their policies, and leasing has counted on disk that they were begun.
    private func sift(_ worker: PendingWorker, _ thread: OwnThread) {
        let policies = parts.spool.pendingPolicies
        let each = policies.sorted().map { PolicySelection.only([$0]) }
        // Rows of a file from before streams knew their policies are in none of them.
        for selection in each + [.except(policies)] {
            var sound = 0
            for _ in 0..<PendingWorker.mostRows where sound < Self.soundRows {
                let begun = worker.work(selection, limit: 1) { thread.isStopping }
                guard let begun = begun.first else { break }
                if begun == 1 { sound += 1 }
            }
        }
    }

    private func adjust(_ others: inout [ModelReference: OwnThread], to claims: WorkClaims) {
        for (model, thread) in others where claims.byModel[model] == nil || thread.hasEnded {
            thread.requestStop()
            if thread.hasEnded { others[model] = nil }
        }
        for model in claims.byModel.keys where others[model] == nil {
            logger.info("a model runs on a worker", metadata: ["model": "\(model)"])
            others[model] = OwnThread { [self] thread in work(for: model, thread) }
        }
    }

    /// One slow model's thread.
    private func work(for model: ModelReference, _ thread: OwnThread) {
        // Where there are fewer processors than threads, lanes go first: on Linux a thread has its own.
        setpriority(.init(PRIO_PROCESS.rawValue), 0, Self.niceness)
        let worker = PendingWorker(parts: parts, logger: logger)
        let ear = parts.workSignal.ear()
        var company = Company()
        var pause = Self.shortestPause
        while !thread.isStopping {
            let claims = WorkClaims(parts.board.edition.policies)
            guard let claim = claims.byModel[model] else { break }
            let most = min(claim.paced.maximumBatch, PendingWorker.mostRows)
            let wait = company.wait(
                of: parts.spool.pending(of: claim.policies),
                maximumBatch: most,
                maximumWait: claim.paced.pace.maximumWait,
                at: parts.time.now
            )
            guard wait == .zero else {
                ear.wait(atMost: min(wait ?? Self.idlePause, Self.idlePause))
                continue
            }
            let limit = claim.paced.pace.rows(
                within: Self.longestRun(of: claim.paced.pace),
                atMost: most
            )
            let isDone = worker.work(.only(claim.policies), limit: limit) { thread.isStopping }
                .isEmpty
            pause = isDone ? min(pause + pause, Self.longestPause) : Self.shortestPause
            // Rows that nobody may take now: a disk in trouble, or another worker's hands.
            if isDone { ear.wait(atMost: pause) }
        }
    }

    /// Company may make a run twice as long as one reading alone, where that takes long by itself.
    private static func longestRun(of pace: ModelPace) -> Interval {
        let alone = pace.estimate(rows: 1)
        return max(usualRun, min(alone + alone, slowestRun))
    }

    /// Times models whose readings are all skipped, which would otherwise never be found to be faster.
    private func timeSkipped(_ path: MessagePath) {
        let now = parts.time.now
        for bound in parts.board.edition.policies where bound.skipsLate {
            for model in bound.models where model.pace?.wantsTiming(at: now) == true {
                path.inference?.time(model)
            }
        }
    }
}
