// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Infer

@Suite struct `The pace of a model` {
    private static let start = MonotonicInstant(nanoseconds: 1_000)
    private var pace = Pace(trial: .microseconds(20))

    private func at(_ seconds: Int64) -> MonotonicInstant { Self.start + .seconds(seconds) }

    /// Runs of one row; the place afterwards.
    private mutating func runs(
        _ count: Int,
        _ milliseconds: Int64,
        rows: Int = 1,
        at seconds: Int64 = 0
    ) -> Pace.Place {
        for _ in 0..<count {
            _ = pace.ran(rows: rows, took: .milliseconds(milliseconds), at: at(seconds))
        }
        return pace.place
    }

    @Test func `begins where the trial says`() {
        #expect(Pace(trial: .milliseconds(5)).place == .lane)
        #expect(Pace(trial: .milliseconds(6)).place == .worker)
    }

    @Test mutating func `sends a model away after three slow runs in a row, and not before`() {
        #expect(runs(2, 50) == .lane)
        #expect(runs(1, 1) == .lane)
        #expect(runs(2, 50) == .lane)
        #expect(runs(1, 50) == .worker)
    }

    @Test mutating func `takes a full batch of a fast model for load`() {
        #expect(runs(20, 50, rows: 256) == .lane)
        #expect(runs(3, 50, rows: 16) == .worker)
    }

    @Test mutating func `brings it back after sixteen quick runs and a while`() {
        #expect(runs(3, 50) == .worker)
        #expect(runs(100, 1, at: 9) == .worker)
        #expect(runs(1, 4, at: 10) == .worker)
        #expect(runs(15, 1, at: 11) == .worker)
        #expect(runs(1, 1, at: 11) == .lane)
    }

    @Test mutating func `is not moved by what is neither slow nor quick`() {
        #expect(runs(100, 4) == .lane)
        #expect(runs(3, 50) == .worker)
        #expect(runs(100, 4, at: 100) == .worker)
    }

    @Test mutating func `stays away twice as long each time it is slow again soon`() {
        #expect(runs(3, 50) == .worker)
        #expect(runs(16, 1, at: 10) == .lane)
        #expect(runs(3, 50, at: 20) == .worker)
        #expect(runs(16, 1, at: 35) == .worker)
        #expect(runs(16, 1, at: 40) == .lane)
        // Long after its return it is as if it had never been away.
        #expect(runs(3, 50, at: 140) == .worker)
        #expect(runs(16, 1, at: 150) == .lane)
    }

    @Test mutating func `counts the stay of a model that began away from its first run there`() {
        pace = Pace(trial: .milliseconds(50))
        #expect(runs(16, 1, at: 500) == .worker)
        #expect(runs(1, 1, at: 510) == .lane)
    }
}

@Suite struct `A model's pace among threads` {
    private let now = MonotonicInstant(nanoseconds: 1_000)

    @Test func `says whether a lane may run it`() {
        let pace = ModelPace()
        #expect(!pace.runsOnWorker)
        pace.begin(trial: .milliseconds(50))
        #expect(pace.runsOnWorker)
        pace.begin(trial: .microseconds(50))
        #expect(!pace.runsOnWorker)
        #expect(!pace.ran(rows: 1, took: .milliseconds(50), at: now))
        #expect(!pace.ran(rows: 1, took: .milliseconds(50), at: now))
        #expect(pace.ran(rows: 1, took: .milliseconds(50), at: now))
        #expect(pace.runsOnWorker)
    }

    @Test func `keeps a model that waits for company off the lanes, however fast it is`() {
        let pace = ModelPace(maximumWait: .milliseconds(20))
        #expect(pace.runsOnWorker)
        pace.begin(trial: .microseconds(5))
        #expect(pace.runsOnWorker)
    }

    @Test func `gives a run no more rows than a time allows, and one at least`() {
        let pace = ModelPace()
        #expect(pace.rows(within: .milliseconds(250), atMost: 64) == 1)
        pace.begin(trial: .milliseconds(20))
        #expect(pace.estimate(rows: 1) == .milliseconds(25))
        #expect(pace.rows(within: .milliseconds(250), atMost: 64) == 2)
        #expect(pace.rows(within: .milliseconds(1), atMost: 64) == 1)
    }

    @Test func `wants to be timed again when all are skipped and nothing runs`() {
        let pace = ModelPace()
        #expect(!pace.wantsTiming(at: now))
        pace.skipped(3)
        #expect(pace.wantsTiming(at: now))
        pace.ran(rows: 1, took: .milliseconds(1), at: now)
        #expect(!pace.wantsTiming(at: now + .seconds(60)))
        pace.skipped(1)
        #expect(!pace.wantsTiming(at: now + .seconds(5)))
        #expect(pace.wantsTiming(at: now + .seconds(6)))
    }
}
