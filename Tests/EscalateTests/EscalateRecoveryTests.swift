// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization
import TestKit
import Testing
import Vocabulary

@testable import Escalate

/// Outages and shutdown, against a real HTTP server on loopback.
@Suite(.timeLimit(.minutes(1))) struct EscalateRecoveryTests {
    @Test func `opens the breaker, then recovers over probe and trial`() async throws {
        let isWell = Mutex(false)
        let stage = try Stage(
            { request in
                isWell.withLock { $0 } ? oracle(request) : FakeCloud.Reply(status: 500)
            },
            adjust: {
                $0.breaker = BreakerOptions(
                    minimumCalls: 3,
                    openTime: .seconds(2),
                    maximumOpenTime: .seconds(2),
                    trials: 1
                )
            }
        )
        defer { stage.stop() }
        for number: UInt64 in 1...3 {
            stage.ask([question(number)])
            _ = await stage.outcomes.wait(for: Int(number))
        }
        #expect(stage.escalate.facts(endpoint: "central").breaker == .open)
        stage.ask([question(4)])
        let asked = await stage.outcomes.wait(for: 4)
        #expect(asked.map(\.word).suffix(1) == ["answer 4 unavailable"])
        #expect(stage.asked.count == 3)
        isWell.withLock { $0 = true }
        await until { stage.escalate.facts(endpoint: "central").isUp }
        #expect(stage.escalate.facts(endpoint: "central").breaker == .halfOpen)
        stage.ask([question(5)])
        let outcomes = await stage.outcomes.wait(for: 5)
        #expect(outcomes.map(\.word).suffix(1) == ["answer 5 fault"])
        #expect(stage.escalate.facts(endpoint: "central").breaker == .closed)
    }

    @Test func `notices without traffic that the cloud goes and comes back`() async throws {
        let isThere = Mutex(true)
        let stage = try Stage(oracle)
        defer { stage.stop() }
        await until { stage.escalate.uplink == .online }
        #expect(stage.escalate.facts(endpoint: "central").samples > 0)
        stage.cloud.respond { request in
            isThere.withLock { $0 } ? oracle(request) : FakeCloud.Reply(status: 503)
        }
        isThere.withLock { $0 = false }
        await until { stage.escalate.uplink == .offline }
        isThere.withLock { $0 = true }
        await until { stage.escalate.uplink == .online }
        await until { stage.uplinks.all.count >= 4 }
        #expect(stage.uplinks.all == [.online, .offline, .probing, .online])
    }

    @Test func `fails what waits and what is on the wire when it is stopped`() async throws {
        let stage = try Stage(
            { _ in FakeCloud.Reply(delay: 3) },
            adjust: {
                $0.maximumInFlight = 1
                $0.maximumBatch = 1
            }
        )
        stage.ask([question(1), question(2), question(3, deadline: soon(20))])
        await until { stage.asked.count == 1 && stage.outcomes.all.count == 2 }
        stage.stop()
        #expect(
            Set(stage.outcomes.words) == [
                "answer 3 deadline", "late 3 unavailable", "answer 1 unavailable",
                "answer 2 unavailable",
            ]
        )
        stage.ask([question(4)])
        let outcomes = await stage.outcomes.wait(for: 5)
        #expect(outcomes.map(\.word).suffix(1) == ["answer 4 unavailable"])
    }

    @Test func `gives every question exactly one answer, and one late outcome after a deadline`()
        async throws
    {
        let count = Mutex(0)
        let stage = try Stage(
            { request in
                let turn = count.withLock { count in
                    count += 1
                    return count
                }
                switch turn % 7 {
                case 0: return FakeCloud.Reply(status: 500)
                case 1: return FakeCloud.Reply(status: 503, delay: 0.02)
                case 2: return FakeCloud.Reply(body: "{", delay: 0.03)
                case 3: return FakeCloud.Reply(body: "xxxx", cutAfter: 45)
                default:
                    var reply = oracle(request)
                    reply.delay = Double(turn % 5) * 0.02
                    return reply
                }
            },
            adjust: {
                $0.timeout = .milliseconds(300)
                $0.maximumInFlight = 8
                $0.maximumBatch = 4
            }
        )
        for number: UInt64 in 0..<400 {
            let deadline = number % 3 == 0 ? nil : soon(Int64(number % 90))
            stage.ask([question(number, values: [1], deadline: deadline, isLive: number % 4 != 0)])
            if number % 20 == 0 { try await Task.sleep(for: .milliseconds(5)) }
        }
        await until { stage.escalate.liveInFlight == 0 && stage.outcomes.all.count >= 400 }
        stage.stop()
        for number: UInt64 in 0..<400 {
            let outcomes = stage.outcomes.all.filter { $0.number == number }
            let isDeadline = outcomes.first?.word == "answer \(number) deadline"
            #expect(outcomes.map(\.isLate) == (isDeadline ? [false, true] : [false]))
        }
    }
}
