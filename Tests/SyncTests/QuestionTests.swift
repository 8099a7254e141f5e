// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import TestKit
import Testing
import Vocabulary

@testable import Sync

@Suite struct `A question put off` {
    @Test func `waits longer each time, ten seconds at most`() {
        var patience = Patience()
        let holds = (0..<8).map { _ in
            DrainPace.hold(failures: patience.tryAgain(1) + 1, random: 1).seconds
        }
        #expect(holds == [0.5, 1, 2, 4, 8, 10, 10, 10])
        let other = patience.tryAgain(2)
        patience.forget(1)
        let afresh = patience.tryAgain(1)
        #expect(other == 0 && afresh == 0)
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A question whose endpoint is not there` {
    @Test func `holds back nobody who asks another one (G7)`() async throws {
        let works = try Works { spool, _ in
            for number in 1...200 {
                let device = "dead\(number)"
                try spool.putQuestions(1, 2, device: device, priority: .high, policy: "away")
            }
            try spool.putQuestions(1, -1, device: "b")
        }
        try await until { try works.rows().count == 400 }
        await until { !works.drain.isBusy }
        #expect(works.desk.concluded == ["b-0 fault", "b-1 ok"])
        // The clock stands still, so that each device is looked at once, however many rounds pass.
        #expect(works.drain.counts.postponed == 200)
        #expect(try works.rows().allSatisfy { $0.attempts == 0 })
        await works.stop()
    }

    @Test func `is asked at once when somebody has the spool drained, whatever its delay`() async throws {
        let works = try Works(respond: { _ in
            FakeCloud.Reply(status: 503, headers: [("Retry-After", "315360000")], body: "{}")
        }) { spool, _ in
            try spool.putQuestions(1)
        }
        await until { works.drain.counts.postponed == 1 && !works.drain.isBusy }
        #expect(try works.rows().map(\.state) == [.delayed(.seconds(60))])
        // The clock stands still, and the endpoint is left alone for a minute of its own.
        works.drain.tryNow()
        await until { works.drain.counts.postponed > 1 }
        #expect(works.drain.counts.postponed > 1)
        await works.stop()
    }

    @Test func `is parked where nobody configured its endpoints, and is no dead letter`()
        async throws
    {
        let works = try Works(
            options: DrainOptions(interval: .milliseconds(20), attemptLimit: 3)
        ) { spool, _ in
            try spool.putQuestions(1, policy: "gone")
        }
        await until { works.drain.counts.parked == 1 }
        try await until { try works.rows().first?.parked == .noEndpoint }
        #expect(try works.rows().first?.attempts == 0)
        #expect(try works.codes().isEmpty)
        #expect(works.spool.depth(of: [.escalation, .deferral]) == 0)
        await works.stop()
    }
}
