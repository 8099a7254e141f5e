// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization
public import Vocabulary

/// How fast one loaded model is, as all threads that run it have found: what a run will take, and where
/// it is to be run.
///
/// Any thread; touched once a run.
public final class ModelPace: Sendable {
    private struct State {
        var times = RunTimes()
        var pace = Pace(trial: .zero)
        var lastRun: MonotonicInstant?
        var moves = 0
        /// Readings skipped since the last run.
        var skipped = 0
    }

    /// Without a run for so long, skipped readings say nothing of how fast the model is now.
    private static let stale = Interval.seconds(5)

    /// How often it has moved to its worker, or back.
    public var moves: Int { state.withLock { $0.moves } }

    /// How long readings may wait for company; a model that waits for any runs on a worker.
    public let maximumWait: Interval
    private let state = Mutex(State())
    private let isOnWorker: Atomic<Bool>

    /// Begins with nothing known.
    public init(maximumWait: Interval = .zero) {
        self.maximumWait = maximumWait
        isOnWorker = Atomic(maximumWait > .zero)
    }

    /// Takes over what one row took when the model was tried.
    public func begin(trial: Interval) {
        state.withLock { state in
            state.times = RunTimes(trial: trial)
            state.pace = Pace(trial: trial)
            show(state.pace)
        }
    }

    /// True when a lane must not run it: it is slow, or waits for company.
    public var runsOnWorker: Bool { isOnWorker.load(ordering: .relaxed) }

    /// How long a run of `rows` rows takes, all but rarely.
    public func estimate(rows: Int) -> Interval {
        state.withLock { $0.times.estimate(rows: rows) }
    }

    /// How many rows one run may have so that it takes no longer than `limit`; one or more.
    ///
    /// Larger runs than were ever seen are tried step by step.
    public func rows(within limit: Interval, atMost most: Int) -> Int {
        state.withLock { $0.times.rows(within: limit, atMost: most) }
    }

    /// True when readings have been skipped and the estimate is too old to go on by: see
    /// `LaneInference.time`.
    public func wantsTiming(at now: MonotonicInstant) -> Bool {
        state.withLock { state in
            state.skipped > 0 && state.lastRun.map { now - $0 > Self.stale } ?? true
        }
    }

    /// Notes a run; true when the model moves to its worker, or back to the lanes.
    ///
    /// One that took no time at all was on a clock that stands still, and says nothing.
    @discardableResult
    func ran(rows: Int, took: Interval, at now: MonotonicInstant) -> Bool {
        guard took > .zero else { return false }
        return state.withLock { state in
            state.times.note(rows: rows, took: took)
            state.lastRun = now
            state.skipped = 0
            let moves = state.pace.ran(rows: rows, took: took, at: now)
            if moves {
                state.moves += 1
                show(state.pace)
            }
            return moves
        }
    }

    /// Notes readings that were not worth a run.
    func skipped(_ count: Int) {
        state.withLock { $0.skipped += count }
    }

    private func show(_ pace: Pace) {
        let isAway = pace.place == .worker || maximumWait > .zero
        isOnWorker.store(isAway, ordering: .relaxed)
    }
}
