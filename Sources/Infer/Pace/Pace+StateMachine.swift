// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Where a model runs: on the lanes of its readings, or on a worker of its own because it would hold the
/// other messages of a lane up.
///
/// A pure state machine: a run in, the place out, time is a parameter. A run is slow when it takes longer
/// than a lane may be held up and more for each row than a row on disk costs: a full batch of a fast
/// model is load, and a worker would only add to it. Three slow runs in a row send a model to its worker;
/// sixteen quick ones (half of either limit) bring it back once it has stayed there for a while, which
/// gets longer each time it returns soon.
struct Pace: Sendable {
    /// Where it runs.
    enum Place: Equatable, Sendable {
        /// On the lanes.
        case lane
        /// On a worker.
        case worker
    }

    /// How long a run may hold a lane up.
    static let laneLimit = Interval.milliseconds(5)
    /// What setting a reading aside costs, about: a row on disk, written and read back.
    static let rowLimit = Interval.microseconds(500)
    static let slowRuns = 3
    static let quickRuns = 16
    static let shortestStay = Interval.seconds(10)
    static let longestStay = Interval.seconds(600)
    /// A model that is slow again this soon after its return stays twice as long.
    static let soon = Interval.seconds(60)

    private(set) var place: Place
    private var streak = 0
    private var stay = shortestStay
    private var movedAt: MonotonicInstant?

    /// Begins with what one row took at the trial.
    init(trial: Interval) {
        place = trial > Self.laneLimit ? .worker : .lane
    }

    /// Notes a run; true when the model moves.
    mutating func ran(rows: Int, took: Interval, at now: MonotonicInstant) -> Bool {
        switch place {
        case .lane:
            streak = Self.isSlow(rows, took) ? streak + 1 : 0
            guard streak >= Self.slowRuns else { return false }
            if let movedAt, now - movedAt < Self.soon {
                stay = min(stay + stay, Self.longestStay)
            } else {
                stay = Self.shortestStay
            }
            move(to: .worker, at: now)
        case .worker:
            streak = Self.isQuick(rows, took) ? streak + 1 : 0
            if movedAt == nil { movedAt = now }
            guard streak >= Self.quickRuns, let movedAt, now - movedAt >= stay else {
                return false
            }
            move(to: .lane, at: now)
        }
        return true
    }

    private mutating func move(to place: Place, at now: MonotonicInstant) {
        self.place = place
        streak = 0
        movedAt = now
    }

    private static func isSlow(_ rows: Int, _ took: Interval) -> Bool {
        took > laneLimit && took.nanoseconds / Int64(max(1, rows)) > rowLimit.nanoseconds
    }

    private static func isQuick(_ rows: Int, _ took: Interval) -> Bool {
        took.nanoseconds <= laneLimit.nanoseconds / 2
            || took.nanoseconds / Int64(max(1, rows)) <= rowLimit.nanoseconds / 2
    }
}
