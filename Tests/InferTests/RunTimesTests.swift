// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Infer

@Suite struct `The times of runs` {
    private func times(_ runs: (rows: Int, milliseconds: Int64)...) -> RunTimes {
        var times = RunTimes()
        for run in runs { times.note(rows: run.rows, took: .milliseconds(run.milliseconds)) }
        return times
    }

    @Test func `are nothing before anything is known`() {
        #expect(RunTimes().estimate(rows: 7) == .zero)
    }

    @Test func `begin with twice the first run and come down to what runs take`() {
        var times = times((1, 10))
        #expect(times.estimate(rows: 1) == .milliseconds(20))
        for _ in 0..<40 { times.note(rows: 1, took: .milliseconds(10)) }
        #expect(abs(times.estimate(rows: 1).milliseconds - 10) < 0.1)
    }

    @Test func `of more rows are never less, and never more a row`() {
        var times = times((1, 10))
        #expect(times.estimate(rows: 8) == .milliseconds(160))
        times.note(rows: 8, took: .milliseconds(12))
        #expect(times.estimate(rows: 1) <= times.estimate(rows: 8))
        #expect(times.estimate(rows: 8) == .milliseconds(24))
        #expect(times.estimate(rows: 5) == .milliseconds(24))
        #expect(times.estimate(rows: 16) == .milliseconds(48))
        for rows in 1..<300 {
            #expect(times.estimate(rows: rows) <= times.estimate(rows: rows + 1))
        }
    }

    @Test func `of other sizes follow the newest run`() {
        var times = times((1, 1), (16, 2))
        for _ in 0..<40 { times.note(rows: 16, took: .milliseconds(160)) }
        // Sixteen rows in 160 ms: one takes at least 10.
        #expect(times.estimate(rows: 1) >= .milliseconds(10))
        for _ in 0..<40 { times.note(rows: 1, took: .microseconds(500)) }
        #expect(times.estimate(rows: 16) <= .milliseconds(20))
    }

    @Test func `take one hiccup for what it is, and believe the second`() {
        var times = times((1, 1))
        for _ in 0..<40 { times.note(rows: 1, took: .milliseconds(1)) }
        times.note(rows: 1, took: .milliseconds(50))
        #expect(times.estimate(rows: 1) < .milliseconds(2))
        times.note(rows: 1, took: .milliseconds(50))
        #expect(times.estimate(rows: 1) == .milliseconds(100))
    }

    @Test func `believe two quick runs in a row`() {
        var times = times((1, 50))
        times.note(rows: 1, took: .milliseconds(1))
        #expect(times.estimate(rows: 1) > .milliseconds(20))
        times.note(rows: 1, took: .milliseconds(1))
        #expect(times.estimate(rows: 1) == .milliseconds(2))
    }

    @Test func `let larger runs be tried step by step, until one takes too long`() {
        var times = RunTimes(trial: .milliseconds(40))
        func rows(_ most: Int = 256) -> Int { times.rows(within: .milliseconds(250), atMost: most) }
        #expect(rows() == 2)
        times.note(rows: 2, took: .milliseconds(45))
        #expect(rows() == 4)
        #expect(rows(3) == 3)
        #expect(rows(1) == 1)
        times.note(rows: 4, took: .milliseconds(60))
        #expect(rows() == 8)
        times.note(rows: 8, took: .milliseconds(300))
        #expect(rows() == 4)
        for _ in 0..<20 { times.note(rows: 1, took: .milliseconds(400)) }
        #expect(rows() == 1)
    }

    @Test func `stand any number of rows and any time`() {
        var times = RunTimes()
        times.note(rows: 0, took: .zero)
        times.note(rows: .max, took: Interval(nanoseconds: .max))
        #expect(times.estimate(rows: .max) >= .zero)
    }
}
