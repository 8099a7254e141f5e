// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Ingest

@Suite struct TopicTableTests {
    @Test func `the same name is the same topic`() {
        var table = TopicTable()
        let first = table.intern("factory/4/machines/17/vibration")
        let other = table.intern("factory/4/machines/18/vibration")
        let again = table.intern("factory/4/machines/17/vibration")
        #expect(first === again)
        #expect(first !== other)
        #expect(first.name == "factory/4/machines/17/vibration")
        #expect([first.index, other.index] == [0, 1])
    }

    @Test func `names that differ in any byte or in length differ`() {
        var table = TopicTable()
        let names = (0...20).flatMap { length in
            [String(repeating: "a", count: length), String(repeating: "a", count: length) + "b"]
        }
        let topics = names.map { table.intern($0) }
        #expect(topics.map(\.name) == names)
        #expect(Set(topics.map(\.index)).count == names.count)
    }

    @Test func `it finds every one of many names again`() {
        var table = TopicTable()
        let names = (0..<20_000).map { "plant/\($0 % 7)/device/\($0)/value" }
        let indices = names.map { table.intern($0).index }
        #expect(indices == Array(0..<20_000))
        #expect(names.map { table.intern($0).index } == indices)
    }

    @Test func `it is emptied when it holds too many names, and says so`() {
        var table = TopicTable(mostTopics: 3)
        let old = table.intern("a")
        for name in ["b", "c", "d"] { _ = table.intern(name) }
        #expect(table.count == 1)
        let new = table.intern("a")
        #expect(new !== old)
        #expect([old.generation, new.generation] == [0, 1])
        #expect(new.index == 1)
    }

    @Test func `it is emptied when its names take too many bytes`() {
        var table = TopicTable(mostTopics: 1_000, mostBytes: 100)
        for number in 0..<30 { _ = table.intern("topic/\(number)") }
        #expect(table.count < 13)
        #expect(table.generation >= 2)
    }
}

@Suite struct BrokerDropsTests {
    private func totals(_ reports: [String], known: Int? = nil) -> [Int?] {
        var drops = BrokerDrops(last: known)
        return reports.map { report in
            _ = Array(report.utf8).withUnsafeBytes { drops.report($0) }
            return drops.total
        }
    }

    @Test func `the first report is where counting starts`() {
        #expect(totals(["3980"]) == [0])
    }

    @Test func `G1: what was dropped while the gateway was away is counted`() {
        #expect(totals(["3980"], known: 20) == [3960])
        #expect(totals(["7"], known: 20) == [7])
        #expect(totals(["20", "21"], known: 20) == [0, 1])
    }

    @Test func `growth is counted`() {
        #expect(totals(["10", "10", "15"]) == [0, 0, 5])
    }

    @Test func `a smaller count is a broker that started again`() {
        #expect(totals(["10", "12", "3"]) == [0, 2, 5])
    }

    @Test func `what is no count is passed over`() {
        #expect(
            totals(["", "many", "-4", "10", "99999999999999999999999"]) == [nil, nil, nil, 0, 0]
        )
    }
}
