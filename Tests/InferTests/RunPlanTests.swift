// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Infer

@Suite struct `A plan of runs` {
    /// Rows that have so many milliseconds left each, for a model that takes 10 ms and 1 ms a row.
    private func plan(_ left: [Int64?], maximum: Int = 256) -> RunPlan {
        RunPlan(left: left.map { $0.map { .milliseconds($0) } }, maximum: maximum) { rows in
            .milliseconds(10 + Int64(rows))
        }
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
        let plan = plan([500, 10, 0, nil])
        #expect(plan.skipped == [1, 2])
        #expect(plan.runs == [[0, 3]])
    }

    @Test func `still runs a row that has just time enough`() {
        #expect(plan([11]).runs == [[0]])
    }

    @Test func `runs the urgent ones first where all together would be too late for them`() {
        let plan = plan([nil, 12, nil, 12, nil])
        #expect(plan.skipped.isEmpty)
        #expect(plan.runs == [[1, 3], [0, 2, 4]])
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
