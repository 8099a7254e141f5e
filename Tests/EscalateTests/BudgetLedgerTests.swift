// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Escalate

/// What may be spent, and that it is never more, whatever ends the process when.
@Suite struct BudgetLedgerTests {
    private static let start: Int64 = 1_767_225_600

    private func time(_ seconds: Int64, wall: Int64? = nil) -> BudgetLedger.Time {
        .init(
            wall: WallTime(nanoseconds: (Self.start + (wall ?? seconds)) * 1_000_000_000),
            now: MonotonicInstant(nanoseconds: seconds * 1_000_000_000)
        )
    }

    private func ledger(
        _ limits: BudgetLimit...,
        record: BudgetRecord? = nil,
        at time: BudgetLedger.Time? = nil
    ) -> BudgetLedger {
        BudgetLedger(
            BudgetOptions(limits: limits),
            record: record,
            at: time ?? self.time(0)
        )
    }

    /// Takes `cost`, writing as often as is needed.
    private func take(
        _ cost: BudgetLedger.Cost,
        of ledger: inout BudgetLedger,
        at time: BudgetLedger.Time
    ) -> BudgetLedger.Answer {
        var answer = ledger.take(cost, at: time)
        if answer == .wait, ledger.nextRecord(for: cost) != nil {
            ledger.written(true)
            answer = ledger.take(cost, at: time)
        }
        return answer
    }

    private func expectWait(_ ledger: inout BudgetLedger, at time: BudgetLedger.Time) {
        let answer = ledger.take(.init(), at: time)
        #expect(answer == .wait)
    }

    @Test func `takes nothing that disk does not count as spent`() {
        var ledger = ledger(BudgetLimit(.calls, 10, per: .day))
        expectWait(&ledger, at: time(0))
        let record = ledger.nextRecord(for: .init())
        #expect(record?.lines.map(\.granted) == [1])
        expectWait(&ledger, at: time(0))
        let second = ledger.nextRecord(for: .init())
        #expect(second == nil)
        ledger.written(true)
        guard case .granted = ledger.take(.init(), at: time(0)) else {
            Issue.record("was not granted")
            return
        }
        expectWait(&ledger, at: time(0))
    }

    @Test func `a write that fails grants nothing`() {
        var ledger = ledger(BudgetLimit(.calls, 10, per: .day))
        _ = ledger.nextRecord(for: .init())
        ledger.written(false)
        expectWait(&ledger, at: time(0))
        let again = ledger.nextRecord(for: .init())
        #expect(again != nil)
    }

    @Test func `grants a block at a time where there is much`() {
        var ledger = ledger(BudgetLimit(.calls, 5_000, per: .day))
        let record = ledger.nextRecord(for: .init())
        #expect(record?.lines.map(\.granted) == [51])
        ledger.written(true)
        for _ in 0..<51 {
            guard case .granted = ledger.take(.init(), at: time(1)) else {
                Issue.record("the block is smaller than it says")
                return
            }
        }
        expectWait(&ledger, at: time(1))
    }

    @Test func `says which limit is spent, and when it begins anew`() {
        var ledger = ledger(
            BudgetLimit(.calls, 2, per: .minute),
            BudgetLimit(.money, 5, per: .day)
        )
        let cost = BudgetLedger.Cost(calls: 1, money: 2)
        for _ in 0..<2 { _ = take(cost, of: &ledger, at: time(10)) }
        let dear = take(cost, of: &ledger, at: time(15))
        #expect(
            dear
                == .refused(.init(limit: BudgetLimit(.money, 5, per: .day), wait: .seconds(86_385)))
        )
        let free = BudgetLedger.Cost(calls: 1)
        let third = take(free, of: &ledger, at: time(15))
        #expect(
            third
                == .refused(.init(limit: BudgetLimit(.calls, 2, per: .minute), wait: .seconds(45)))
        )
        guard case .granted = take(free, of: &ledger, at: time(60)) else {
            Issue.record("the minute is over")
            return
        }
    }

    @Test func `gives back what never left, and bytes that did not come`() {
        var ledger = ledger(BudgetLimit(.calls, 1, per: .day), BudgetLimit(.bytes, 100, per: .day))
        let cost = BudgetLedger.Cost(calls: 1, bytes: 80)
        guard case .granted(let first) = take(cost, of: &ledger, at: time(0)) else {
            Issue.record("was not granted")
            return
        }
        ledger.settle(first, actual: .init(calls: 0))
        #expect(ledger.lines.map(\.used) == [0, 0])
        guard case .granted(let second) = take(cost, of: &ledger, at: time(0)) else {
            Issue.record("was not granted again")
            return
        }
        ledger.settle(second, actual: .init(calls: 1, bytes: 30))
        #expect(ledger.lines.map(\.used) == [1, 30])
    }

    @Test func `what was taken in one window is not given back to the next`() {
        var ledger = ledger(BudgetLimit(.calls, 5, per: .minute))
        guard case .granted(let receipt) = take(.init(), of: &ledger, at: time(59)) else {
            Issue.record("was not granted")
            return
        }
        _ = take(.init(), of: &ledger, at: time(61))
        ledger.settle(receipt, actual: .init(calls: 0))
        #expect(ledger.lines.map(\.used) == [1])
    }

    @Test func `after a crash the whole block counts as spent, after a clean end only what was`() {
        let limit = BudgetLimit(.calls, 1_000, per: .day)
        var ledger = ledger(limit)
        let granted = ledger.nextRecord(for: .init())
        ledger.written(true)
        _ = ledger.take(.init(), at: time(1))
        let crashed = self.ledger(limit, record: granted, at: time(2))
        #expect(crashed.lines.map(\.used) == [11])
        let last = ledger.close()
        let ended = self.ledger(limit, record: last, at: time(2))
        #expect(ended.lines.map(\.used) == [1])
        let (answer, record) = (ledger.take(.init(), at: time(3)), ledger.nextRecord(for: .init()))
        #expect(answer == .wait && record == nil)
    }

    @Test func `a clock that goes back, or is not set yet, begins no new window`() {
        let limit = BudgetLimit(.calls, 1, per: .day)
        var ledger = ledger(limit)
        _ = take(.init(), of: &ledger, at: time(100))
        guard case .refused = take(.init(), of: &ledger, at: time(200, wall: -900_000)) else {
            Issue.record("a clock that was set back paid again")
            return
        }
        // A whole day has passed on the other clock: the calendar's word is taken.
        guard
            case .granted = take(.init(), of: &ledger, at: time(200 + 90_000, wall: -810_000))
        else {
            Issue.record("the window never ends")
            return
        }
    }

    @Test func `a record reads back, and nonsense does not`() {
        let record = BudgetRecord(lines: [
            .init(kind: .calls, window: .day, number: 20_454, granted: 150),
            .init(kind: .money, window: .month, number: 24_312, granted: 3_000_000_000),
        ])
        #expect(BudgetRecord(record.bytes) == record)
        for text in ["calls day 1", "calls week 1 2", "calls day 1 -2", "calls day 1 2 3"] {
            #expect(BudgetRecord(Array(text.utf8)) == nil)
        }
        #expect(BudgetRecord([UInt8](repeating: 10, count: 5_000)) == nil)
        #expect(BudgetRecord([])?.lines == [])
    }

    @Test(arguments: 0..<40)
    func
        `whatever happens, and wherever it crashes, no window gets more than its limit (never above)`(
            seed: UInt64
        )
    {
        var random = SeededGenerator(seed: seed)
        let limits = [
            BudgetLimit(.calls, Int64.random(in: 1...400, using: &random), per: .minute),
            BudgetLimit(.bytes, Int64.random(in: 100...9_000, using: &random), per: .hour),
            BudgetLimit(.money, Int64.random(in: 5...900, using: &random), per: .day),
        ]
        let options = BudgetOptions(limits: limits, zone: LocalZoneTests.berlin)
        var (now, wall): (Int64, Int64) = (0, 9_000_000)
        var disk: BudgetRecord?
        var ledger = BudgetLedger(options, record: nil, at: time(now, wall: wall))
        var underWay: [BudgetLedger.Receipt] = []
        // The oracle: what really left, by window.
        var left: [String: Int64] = [:]
        for _ in 0..<6_000 {
            let clocks = time(now, wall: wall)
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<60:
                let cost = BudgetLedger.Cost(
                    bytes: .random(in: 0...60, using: &random),
                    money: .random(in: 0...4, using: &random)
                )
                let answer = ledger.take(cost, at: clocks)
                if answer == .wait { _ = ledger.nextRecord(for: cost) }
                guard case .granted(let receipt) = answer else { continue }
                underWay.append(receipt)
                for limit in limits {
                    let number = options.zone.number(of: limit.window, at: clocks.wall)
                    left["\(limit) \(number)", default: 0] += cost.amount(of: limit.kind)
                }
            case 60..<75:
                // A write ends: on disk, or not.
                guard let writing = ledger.writing else { continue }
                let isDurable = Bool.random(using: &random)
                if isDurable { disk = writing }
                ledger.written(isDurable)
            case 75..<90:
                guard let receipt = underWay.popLast() else { continue }
                ledger.settle(receipt, actual: receipt.cost)
            case 90..<97:
                let step = Int64.random(in: 0...40, using: &random)
                (now, wall) = (now + step, wall + step)
            default:
                // kill -9; the write under way may or may not have reached the disk.
                if let writing = ledger.writing, Bool.random(using: &random) { disk = writing }
                underWay = []
                ledger = BudgetLedger(options, record: disk, at: clocks)
            }
        }
        #expect(!left.isEmpty)
        for limit in limits {
            for (window, amount) in left where window.hasPrefix("\(limit) ") {
                #expect(amount <= limit.amount, "\(window)")
            }
        }
    }
}

/// Random numbers that are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
