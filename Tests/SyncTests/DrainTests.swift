// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Escalate
import MQTT
import Spool
import Synchronization
import TestKit
import Testing
import Vocabulary

@testable import Sync

/// Over a real spool, a fake broker and a real HTTP server on loopback.
@Suite(.timeLimit(.minutes(1))) struct `A drain` {
    // MARK: - Actions

    @Test func `sends actions whether or not there is a cloud`() async throws {
        let works = try Works(hasCloud: false) { spool, _ in
            try spool.putQuestions(1)
            try spool.putActions("x/1", "x/2")
        }
        try await until { try works.rows().count == 1 }
        #expect(works.publisher.topics == ["x/1", "x/2"])
        await until { works.drain.counts.delivered == 2 && !works.drain.isBusy }
        #expect(works.drain.counts.delivered == 2)
        // The question waits, untouched.
        #expect(try works.rows().map(\.state) == [.waiting])
        #expect(works.cloud.requests(to: "/infer").isEmpty)
        await works.stop()
    }

    @Test func `sends by priority, and in order inside a stream (G3)`() async throws {
        let works = try Works(hasCloud: false) { spool, _ in
            try spool.putActions("x/1", "y/1", "x/2", priority: .low)
            try spool.putActions("z/1", "z/2", priority: .high)
        }
        try await until { try works.rows().isEmpty }
        let topics = works.publisher.topics
        #expect(topics.prefix(2) == ["z/1", "z/2"])
        #expect(topics.filter { $0.hasPrefix("x/") } == ["x/1", "x/2"])
        #expect(topics.sorted() == ["x/1", "x/2", "y/1", "z/1", "z/2"])
        await works.stop()
    }

    @Test func `tries an action again later that did not arrive, and counts`() async throws {
        let works = try Works(hasCloud: false) { _, _ in }
        works.publisher.answers(.failed(.notConnected))
        try works.spool.putActions("x/1")
        await until { works.drain.counts.postponed == 1 && !works.drain.isBusy }
        let row = try #require(try works.rows().first)
        #expect(row.attempts == 1)
        guard case .delayed(let wait) = row.state else {
            Issue.record("it is \(row.state)")
            return
        }
        #expect(wait <= .milliseconds(500))
        works.publisher.answers(.acknowledged)
        works.clock.advance(by: .milliseconds(500))
        try await until { try works.rows().isEmpty }
        #expect(works.publisher.topics == ["x/1", "x/1"])
        await works.stop()
    }

    @Test func `deletes the row of an action that was delivered before (G2)`() async throws {
        let works = try Works(hasCloud: false) { spool, act in
            act.deliver([effect("x/1")]) { _, _ in }
            try spool.putActions("x/1", "x/2")
        }
        try await until { try works.rows().isEmpty }
        #expect(works.publisher.topics == ["x/1", "x/2"])
        await works.stop()
    }

    @Test func `buries an action that the broker will never take`() async throws {
        let works = try Works(hasCloud: false) { _, _ in }
        works.publisher.answers(.failed(.invalid("too long")))
        try works.spool.putActions("x/1")
        try await until { try works.codes() == ["rejected"] }
        #expect(try works.rows().isEmpty)
        #expect(works.drain.counts.buried == 1)
        await works.stop()
    }

    @Test func `buries a row that is no action, and goes on with the others (G7)`() async throws {
        let works = try Works(hasCloud: false) { spool, _ in
            try spool.put([
                NewEntry(
                    id: 0,
                    key: "damaged",
                    kind: .action,
                    priority: .high,
                    device: "a",
                    policy: "press",
                    policyVersion: "v1",
                    body: Array("{".utf8)
                )
            ])
            try spool.putActions("x/1")
        }
        try await until { try works.rows().isEmpty }
        #expect(try works.codes() == ["unreadable"])
        #expect(works.publisher.topics == ["x/1"])
        await works.stop()
    }

    @Test func `drops an action whose time is over, counted (G4)`() async throws {
        let works = try Works(hasCloud: false) { _, _ in }
        let written = works.clock.now
        try works.spool.putActions(
            "x/1",
            notAfter: MonotonicInstant(nanoseconds: written.nanoseconds - 1),
            at: written
        )
        try await until { try works.rows().isEmpty }
        #expect(works.publisher.topics.isEmpty)
        #expect(try works.spool.stats().dropped.map(\.reason) == [.tooOld])
        await works.stop()
    }

    // MARK: - Questions

    @Test func `asks when the uplink is there and settles with what was concluded`() async throws {
        let works = try Works { spool, _ in
            try spool.putQuestions(1, -1, 2, device: "a")
            try spool.putQuestions(-1, 1, device: "b")
        }
        try await until { try works.rows().isEmpty }
        let concluded = works.desk.concluded
        #expect(concluded.filter { $0.hasPrefix("a") } == ["a-0 fault", "a-1 ok", "a-2 fault"])
        #expect(concluded.filter { $0.hasPrefix("b") } == ["b-0 ok", "b-1 fault"])
        #expect(try works.spool.meta(prefix: "concluded.").count == 5)
        await until { !works.drain.isBusy }
        #expect(works.drain.counts.concluded == 5)
        await works.stop()
    }

    @Test func `asks the urgent first`() async throws {
        let works = try Works(
            options: DrainOptions(batch: 1, batchesInFlight: 1, interval: .milliseconds(20))
        ) { spool, _ in
            try spool.putQuestions(1, device: "low", priority: .low)
            try spool.putQuestions(1, device: "high", priority: .high)
        }
        try await until { try works.rows().isEmpty }
        #expect(works.desk.concluded == ["high-0 fault", "low-0 fault"])
        await works.stop()
    }

    @Test func `lets no word of a device overtake one that has to wait (G3)`() async throws {
        // The first question of the device fails once; its second does not.
        let failed = Mutex(false)
        let failsOnce: @Sendable (FakeCloud.Request) -> FakeCloud.Reply = { request in
            guard FakeCloud.rows(of: request.body) == [[1]],
                failed.withLock({ failed in
                    defer { failed = true }
                    return !failed
                })
            else { return Works.oracle(request) }
            return FakeCloud.Reply(status: 503)
        }
        let works = try Works(maximumBatch: 1, respond: failsOnce) { spool, _ in
            try spool.putQuestions(1, -1, device: "a")
            try spool.putQuestions(-1, device: "b")
        }
        await until { works.drain.counts.postponed >= 1 && !works.drain.isBusy }
        #expect(works.desk.concluded == ["b-0 ok"])
        works.clock.advance(by: .seconds(60))
        try await until { try works.rows().isEmpty }
        #expect(works.desk.concluded == ["b-0 ok", "a-0 fault", "a-1 ok"])
        await works.stop()
    }

    @Test func `waits without counting while the cloud cannot answer`() async throws {
        let works = try Works(respond: Works.answering(503)) { spool, _ in
            try spool.putQuestions(1)
        }
        await until { works.drain.counts.postponed == 1 && !works.drain.isBusy }
        let row = try #require(try works.rows().first)
        #expect(row.attempts == 0)
        #expect(row.state != .waiting)
        works.cloud.respond(Works.oracle)
        works.clock.advance(by: .seconds(60))
        // Probes ask with GET, which the oracle answers too.
        try await until { try works.rows().isEmpty }
        #expect(works.desk.concluded == ["a-0 fault"])
        await works.stop()
    }

    @Test func `buries a row that is no question, and goes on with the others (G7)`() async throws {
        let works = try Works { spool, _ in
            try spool.put([
                NewEntry(
                    id: 0,
                    key: "damaged",
                    kind: .deferral,
                    priority: .high,
                    device: "b",
                    policy: "press",
                    policyVersion: "v1",
                    body: Array("x".utf8)
                )
            ])
            try spool.putQuestions(1)
        }
        try await until { try works.rows().isEmpty }
        #expect(try works.codes() == ["unreadable"])
        #expect(works.desk.concluded == ["a-0 fault"])
        await works.stop()
    }

    // MARK: - After a crash

    @Test func `buries a row that has ended the process three times (G7)`() async throws {
        let works = try Works(
            hasCloud: false,
            options: DrainOptions(interval: .milliseconds(20), followsUncleanExit: true)
        ) { spool, _ in
            try spool.putActions("x/1", "x/2")
            let poison = AttemptKey(high: 0, low: 1)
            #expect(try spool.rows(limit: 1).map(\.id) == [1])
            _ = try spool.beginAttempts([poison])
            _ = try spool.beginAttempts([poison])
        }
        try await until { try works.rows().isEmpty }
        #expect(try works.codes() == ["ends_process"])
        #expect(works.publisher.topics == ["x/2"])
        await until { !works.drain.isBusy }
        // What it outlived is not counted any more.
        #expect(try works.spool.beginAttempts([AttemptKey(high: 0, low: 2)]) == [1])
        await works.stop()
    }
}
