// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import TestKit
import Testing
import Vocabulary

@testable import Sync

@Suite struct `The pace of audits` {
    private func at(_ seconds: Int64) -> MonotonicInstant {
        MonotonicInstant(nanoseconds: seconds * 1_000_000_000)
    }

    @Test func `lets a tenth of an hour's gather and no more`() {
        var pace = AuditPace(callsPerHour: 100)
        let first = pace.allowance(at: at(0))
        pace.spend(10, at: at(0))
        let spent = pace.allowance(at: at(0))
        let soon = pace.allowance(at: at(37))
        let late = pace.allowance(at: at(7_200))
        #expect([first, spent, soon, late] == [10, 0, 1, 10])
    }

    @Test func `keeps to the hour over an hour`() {
        var pace = AuditPace(callsPerHour: 100)
        var asked = 0
        for second in 0..<Int64(3_600) {
            let allowed = pace.allowance(at: at(second))
            pace.spend(allowed, at: at(second))
            asked += allowed
        }
        #expect((100...110).contains(asked))
    }

    @Test func `asks nothing when nothing is allowed`() {
        var pace = AuditPace(callsPerHour: 0)
        #expect(pace.allowance(at: at(0)) == 0)
        #expect(pace.allowance(at: at(9_999)) == 0)
    }
}

@Suite(.timeLimit(.minutes(1))) struct `An audit` {
    private func entries(_ values: [Float]) -> [NewEntry] {
        values.enumerated().map { place, value in
            NewEntry(
                id: 0,
                key: "audit-\(place)",
                kind: .audit,
                priority: .low,
                device: "a",
                stream: "0",
                policy: "press",
                policyVersion: "v1",
                body: Array("\(value)".utf8)
            )
        }
    }

    @Test func `is asked after everything else, as many as its budget allows`() async throws {
        let works = try Works(
            options: DrainOptions(interval: .milliseconds(20), auditsPerHour: 30),
            maximumBatch: 1
        ) { spool, _ in
            try spool.put(self.entries([1, -1, 1, 1, 1]))
            try spool.putQuestions(1, -1, 1, device: "b")
        }
        await until { works.desk.concluded.count >= 6 }
        try await until { try works.rows().count == 2 }
        await until { !works.drain.isBusy }
        #expect(works.desk.concluded.prefix(3).allSatisfy { $0.hasPrefix("b-") })
        // A tenth of thirty an hour; the clock stands still.
        let audits = works.desk.concluded.dropFirst(3)
        #expect(audits == ["audit-0 fault", "audit-1 ok", "audit-2 fault"])
        #expect(works.drain.counts.audited == 3)
        #expect(works.drain.counts.concluded == 3)
        works.clock.advance(by: .seconds(121))
        try await until { try works.rows().count == 1 }
        #expect(works.desk.concluded.last == "audit-3 fault")
        await works.stop()
    }

    @Test func `that the cloud refuses is counted and leaves no dead letter`() async throws {
        let works = try Works(respond: Works.answering(400)) { spool, _ in
            try spool.put(self.entries([1]))
        }
        try await until { try works.rows().isEmpty }
        await until { !works.drain.isBusy }
        #expect(try works.codes().isEmpty)
        #expect(works.drain.counts.auditsGivenUp == 1)
        #expect(try works.spool.stats().dropped.map(\.reason) == [.unanswered])
        await works.stop()
    }

    @Test func `waits while the cloud is away`() async throws {
        let site = try Site()
        try site.spool.put(entries([1, 2]))
        try await site.drain.askAudits()
        #expect(try site.spool.rows(limit: 10).map(\.state) == [.waiting, .waiting])
        #expect(site.drain.counts.auditsGivenUp == 0)
    }
}
