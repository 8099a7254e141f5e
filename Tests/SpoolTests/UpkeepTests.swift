// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import TestKit
import Testing
import Vocabulary

@testable import Spool

@Suite struct `Upkeep` {
    private static let second: UInt64 = 1_000_000_000

    @Test func `comes once a second, however often somebody asks`() {
        var pace = UpkeepPace(now: 0)
        var turns = 0
        for step in UInt64(1)...200 where pace.begins(at: step * 20_000_000) { turns += 1 }
        #expect(turns == 4)
        #expect(pace.left(at: 4 * Self.second + 250_000_000) == 750_000_000)
    }

    @Test func `takes a file that is only read for idle`() {
        var pace = UpkeepPace(now: 0)
        var idle: [Int] = []
        for second in UInt64(1)...5 {
            if second == 3 { pace.noteWrite() }
            let begins = pace.begins(at: second * Self.second)
            #expect(begins)
            idle.append(pace.idleTurns)
        }
        #expect(idle == [1, 2, 0, 1, 2])
    }
}

@Suite struct `A listing of the newest` {
    let place: TemporarySpool
    init() throws { place = try TemporarySpool() }

    @Test func `finds all of a kind behind a backlog, oldest first`() async throws {
        let spool = try place.open()
        let old = try spool.put(2, .escalation)
        try spool.put(3_000, .deferral)
        let new = try spool.put(2, .escalation)
        #expect(try await spool.newest(.escalation, limit: 10, scan: 10_000) == old + new)
        #expect(try await spool.newest(.escalation, limit: 3, scan: 10_000) == old[1...] + new)
        #expect(try await spool.newest(.escalation, limit: 10, scan: 2_000) == new)
        #expect(try await spool.rows(old + [99_999] + new).map(\.id) == old + new)
        #expect(spool.depth(of: [.escalation]) == 4)
        #expect(spool.depth(of: [.escalation, .deferral]) == 3_004)
        #expect(spool.depth(of: [.action]) == 0)
    }
}

@Suite struct `A change with another one added` {
    private func change(_ id: Int64, leased: Bool) -> SpoolChange {
        var change = SpoolChange()
        change.insertsAreLeased = leased
        change.inserts = [
            NewEntry(
                id: id,
                key: "k\(id)",
                kind: .action,
                priority: .high,
                device: "d",
                policy: "p",
                policyVersion: "1",
                body: []
            )
        ]
        return change
    }

    @Test(arguments: [true, false])
    func `keeps whose inserts are owned`(isFirst: Bool) {
        var both = change(1, leased: isFirst)
        both.append(change(2, leased: !isFirst))
        #expect(both.insertsAreLeased)
        #expect(both.inserts.map(\.isFree) == [!isFirst, isFirst])
    }

    @Test func `leaves inserts alone when both are alike`() {
        var both = change(1, leased: true)
        both.append(change(2, leased: true))
        #expect(both.insertsAreLeased && both.inserts.allSatisfy { !$0.isFree })
    }
}
