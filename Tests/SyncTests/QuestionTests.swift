// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Spool
import Synchronization
import TestKit
import Testing
import Vocabulary

@testable import Sync

/// Turned on by a test, looked at by the cloud's threads.
private final class Switch: Sendable {
    private let state = Mutex(false)
    var isOn: Bool { state.withLock { $0 } }
    func turnOn() { state.withLock { $0 = true } }
}

@Suite(.timeLimit(.minutes(1))) struct `A question that is refused` {
    @Test(arguments: [200, 422])
    func `becomes a dead letter once it was refused too often (G7)`(status: Int) async throws {
        let works = try Works(
            options: DrainOptions(interval: .milliseconds(20), attemptLimit: 3),
            respond: Works.answering(status)
        ) { spool, _ in
            try spool.putQuestions(1)
        }
        for attempt in 1...2 {
            await until { works.drain.counts.postponed == attempt && !works.drain.isBusy }
            #expect(try works.rows().map(\.attempts) == [attempt])
            works.clock.advance(by: .seconds(60))
        }
        try await until { try works.codes() == ["refused"] }
        #expect(try works.rows().isEmpty)
        #expect(try works.spool.deadLetters(limit: 1).map(\.letter.attempts) == [2])
        await works.stop()
    }

    @Test func `stays a row while the dead letters are full (G1)`() async throws {
        let works = try Works(
            options: DrainOptions(interval: .milliseconds(20), attemptLimit: 1),
            letterLimit: 2,
            respond: Works.answering(422)
        ) { spool, _ in
            try spool.putQuestions(1, device: "a")
            try spool.putQuestions(1, device: "b")
            try spool.putQuestions(1, device: "c")
        }
        try await until { try works.codes().count == 2 }
        await until { !works.drain.isBusy }
        #expect(try works.rows().count == 1)
        #expect(works.spool.letters.areFull && works.spool.letters.dropped == 0)
        // Room for it, and its time has come.
        _ = try works.spool.purgeDeadLetters(LetterFilter())
        works.clock.advance(by: .seconds(60))
        try await until { try works.rows().isEmpty }
        #expect(try works.codes() == ["refused"])
        await works.stop()
    }

    @Test func `is kept, like all others, by a cloud that refuses everything (G1)`() async throws {
        let isWell = Switch()
        let respond: @Sendable (FakeCloud.Request) -> FakeCloud.Reply = { request in
            isWell.isOn ? Works.oracle(request) : FakeCloud.Reply(status: 400, body: "{}")
        }
        let works = try Works(
            options: DrainOptions(interval: .milliseconds(20), attemptLimit: 2),
            maximumBatch: 1,
            respond: respond
        ) { spool, _ in
            for number in 1...40 { try spool.putQuestions(1, device: "\(number)") }
        }
        await until { works.drain.counts.postponed >= 40 && !works.drain.isBusy }
        #expect(try works.rows().count == 40)
        #expect(try works.codes().isEmpty)
        // The first seven were refused before it was known that all are.
        #expect(try works.rows().filter { $0.attempts > 0 }.count <= 7)
        isWell.turnOn()
        works.clock.advance(by: .seconds(60))
        try await until { try works.rows().isEmpty }
        #expect(works.desk.concluded.count == 40)
        #expect(try works.codes().isEmpty)
        await works.stop()
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A question put off until the cloud is back` {
    @Test(arguments: [Recovery.reached, .answered])
    func `is asked when it is, not at the end of a delay`(recovery: Recovery) async throws {
        let works = try Works { spool, _ in
            try spool.putQuestions(1, policy: "away")
        }
        await until { works.drain.counts.postponed == 1 }
        for times in 2...4 {
            // The clock stands still: no delay ends by itself.
            works.drain.recovered(recovery)
            await until { works.drain.counts.postponed == times }
            #expect(works.drain.counts.postponed == times)
        }
        await works.stop()
    }

    @Test func `rests for a quarter of a minute to four where everything is refused`() {
        let rests = (0..<6).map { DrainPace.rest(times: $0, random: 1).seconds }
        #expect(rests == [15, 30, 60, 120, 240, 240])
    }
}

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

    @Test func `is asked at once when somebody has the spool drained, whatever its delay`()
        async throws
    {
        let busy = FakeCloud.Reply(
            status: 503,
            headers: [("Retry-After", "315360000")],
            body: "{}"
        )
        let respond: @Sendable (FakeCloud.Request) -> FakeCloud.Reply = { _ in busy }
        let works = try Works(respond: respond) { spool, _ in
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
