// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Infer

@Suite struct `A plan of runs` {
    /// What becomes of rows that have so many milliseconds left each, for a model that takes 10 ms and
    /// 1 ms a row, run after run.
    private func plan(
        _ left: [Int64?],
        maximum: Int = 256
    ) -> (runs: [[Int]], skipped: [Int]) {
        var open = Array(left.indices)
        var now: Int64 = 0
        var runs: [[Int]] = []
        var skipped: [Int] = []
        while !open.isEmpty {
            let times = open.map { left[$0].map { Interval.milliseconds($0 - now) } }
            let plan = RunPlan(left: times, maximum: maximum) { .milliseconds(10 + Int64($0)) }
            skipped += plan.skipped.map { open[$0] }
            if !plan.run.isEmpty { runs.append(plan.run.map { open[$0] }) }
            now += 10 + Int64(plan.run.count)
            let gone = Set((plan.run + plan.skipped).map { open[$0] })
            open.removeAll { gone.contains($0) }
        }
        return (runs, skipped)
    }

    @Test func `puts all rows in one run`() {
        #expect(plan([nil, nil, nil]).runs == [[0, 1, 2]])
        #expect(plan([500, nil, 100]).runs == [[0, 1, 2]])
        #expect(plan([]).runs.isEmpty)
    }

    @Test func `puts no more rows in a run than the model takes`() {
        #expect(plan([nil, nil, nil, nil, nil], maximum: 2).runs == [[0, 1], [2, 3], [4]])
        #expect(plan([900, nil, 900], maximum: 2).runs == [[0, 2], [1]])
    }

    @Test func `skips a row that a run of its own would be too late for`() {
        let (runs, skipped) = plan([500, 10, 0, nil])
        #expect(skipped == [1, 2])
        #expect(runs == [[0, 3]])
    }

    @Test func `still runs a row that has just time enough`() {
        #expect(plan([11]).runs == [[0]])
    }

    @Test func `runs the urgent ones first where all together would be too late for them`() {
        let (runs, skipped) = plan([nil, 12, nil, 12, nil])
        #expect(skipped.isEmpty)
        #expect(runs == [[1, 3], [0, 2, 4]])
    }

    @Test func `counts the runs before a row's own`() {
        // Each alone is in time; the second would end after 22 ms.
        let late = plan([11, 15])
        #expect(late.runs == [[0]])
        #expect(late.skipped == [1])
        #expect(plan([11, 22]).runs == [[0], [1]])
    }

    @Test func `keeps the order of rows inside a run`() {
        #expect(plan([300, 200, 100]).runs == [[0, 1, 2]])
    }
}
