// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Testing
import Vocabulary

@Suite struct `A hold` {
    private let key = HoldTable.Key(policy: "p", action: "a", device: "d")
    private let rule = HoldTable.Rule(of: 5, atLeast: 3, quiet: .seconds(60))

    private func at(_ seconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: seconds * 1_000_000_000)
    }

    @Test func `fires at the third of five`() {
        var table = HoldTable()
        let answers = [true, false, true, false, true].enumerated().map { second, held in
            table.count(key, held: held, rule: rule, at: at(Int64(second)))
        }
        #expect(answers == [.waits, .waits, .waits, .waits, .fires])
    }

    @Test func `does not fire when the third comes too late, or with a reading that is fine`() {
        var table = HoldTable()
        for held in [true, true, false, false, false] {
            #expect(table.count(key, held: held, rule: rule, at: at(0)) == .waits)
        }
        #expect(table.count(key, held: true, rule: rule, at: at(0)) == .waits)
        var other = HoldTable()
        for _ in 0..<2 { _ = other.count(key, held: true, rule: rule, at: at(0)) }
        #expect(other.count(key, held: true, rule: rule, at: at(0)) == .fires)
        #expect(other.count(key, held: false, rule: rule, at: at(100)) == .waits)
    }

    @Test func `makes one alarm a minute of a fault at 100 Hz`() {
        var table = HoldTable()
        var fired: [Int] = []
        for reading in 0..<18_001 {
            let now = MonotonicInstant(nanoseconds: Int64(reading) * 10_000_000)
            if table.count(key, held: true, rule: rule, at: now) == .fires { fired.append(reading) }
        }
        #expect(fired == [2, 6_002, 12_002])
    }

    @Test func `counts each device and action by itself`() {
        var table = HoldTable()
        for device in ["x", "y", "z"] {
            let key = HoldTable.Key(policy: "p", action: "a", device: device)
            #expect(table.count(key, held: true, rule: rule, at: at(0)) == .waits)
        }
        #expect(table.count == 3)
    }

    @Test(arguments: [1, 63, 64, 65, 128, 1_000])
    func `may look back any number of readings`(width: Int) {
        var table = HoldTable()
        let rule = HoldTable.Rule(of: width, atLeast: 2, quiet: .zero)
        #expect(
            table.count(key, held: true, rule: rule, at: at(0)) == (width == 1 ? .fires : .waits)
        )
        guard width > 1 else { return }
        for _ in 0..<width - 2 { _ = table.count(key, held: false, rule: rule, at: at(0)) }
        #expect(table.count(key, held: true, rule: rule, at: at(0)) == .fires)
        for _ in 0..<width - 1 { _ = table.count(key, held: false, rule: rule, at: at(0)) }
        #expect(table.count(key, held: true, rule: rule, at: at(0)) == .waits)
    }

    @Test func `takes back what a batch that was not safe has counted`() {
        var table = HoldTable()
        _ = table.count(key, held: true, rule: rule, at: at(0))
        table.settled()
        for round in 0..<3 {
            #expect(table.count(key, held: true, rule: rule, at: at(1)) == .waits)
            #expect(table.count(key, held: true, rule: rule, at: at(1)) == .fires, "\(round)")
            table.rolledBack()
        }
        let fresh = HoldTable.Key(policy: "p", action: "a", device: "new")
        _ = table.count(fresh, held: true, rule: rule, at: at(1))
        table.rolledBack()
        #expect(table.count == 1)
    }

    @Test func `forgets the devices unused for longest`() {
        var table = HoldTable(limit: 2)
        for device in ["a", "b", "a", "c"] {
            let key = HoldTable.Key(policy: "p", action: "a", device: device)
            _ = table.count(key, held: true, rule: rule, at: at(0))
        }
        table.settled()
        #expect(table.count == 2)
        let key = HoldTable.Key(policy: "p", action: "a", device: "a")
        #expect(table.count(key, held: true, rule: rule, at: at(0)) == .fires)
    }
}
