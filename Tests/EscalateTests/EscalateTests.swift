// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization
import TestKit
import Testing
import Vocabulary

@testable import Escalate

/// The stage against a real HTTP server on loopback.
@Suite(.timeLimit(.minutes(1))) struct EscalateTests {
    @Test func `answers in time`() async throws {
        let stage = try Stage(oracle)
        defer { stage.stop() }
        stage.ask([question(1, values: [1], deadline: soon(60_000))])
        let outcome = await stage.outcomes.wait(for: 1)[0]
        #expect(outcome.word == "answer 1 fault")
        let verdict = try outcome.result.get()
        #expect(verdict.confidence == 0.9)
        #expect(verdict.endpoint == "central")
        #expect(verdict.model == ModelReference(name: "fake", version: "7"))
        #expect(verdict.latency > .zero)
        let key = "00000000000000070000000000000001:0:ask"
        #expect(stage.asked.map { $0.headers["idempotency-key"] } == [key])
    }

    @Test func `asks many at once in few requests, over few connections`() async throws {
        let stage = try Stage(oracle) {
            $0.maximumInFlight = 4
            // How long a loaded machine takes is not what is asked here.
            $0.timeout = .seconds(60)
        }
        defer { stage.stop() }
        stage.ask((1...200).map { question($0, values: [$0 % 2 == 0 ? 1 : -1]) })
        let outcomes = await stage.outcomes.wait(for: 200)
        #expect(outcomes.count == 200)
        for outcome in outcomes {
            let label = outcome.number % 2 == 0 ? "fault" : "ok"
            #expect(outcome.word == "answer \(outcome.number) \(label)")
        }
        #expect(stage.asked.count < 50)
        #expect(stage.cloud.connections <= 6)
        let counts = try #require(stage.escalate.counts(endpoint: "central"))
        #expect(counts.questionsSent == 200)
        #expect(counts.calls == stage.asked.count)
        #expect(stage.escalate.liveInFlight == 0)
    }

    @Test func `says deadline promptly, then the answer late`() async throws {
        let stage = try Stage(
            FakeCloud.inference(labels: ["ok", "fault"], delay: 0.4) { _ in "fault" }
        )
        defer { stage.stop() }
        let deadline = soon(50)
        stage.ask([question(1, deadline: deadline)])
        let outcomes = await stage.outcomes.wait(for: 2)
        #expect(outcomes.map(\.word) == ["answer 1 deadline", "late 1 fault"])
        #expect(outcomes[0].at >= deadline)
        #expect(outcomes[0].at - deadline < .milliseconds(200))
    }

    @Test func `says late that no answer came at all`() async throws {
        let stage = try Stage(
            { _ in FakeCloud.Reply(delay: 3) },
            adjust: {
                $0.timeout = .milliseconds(150)
            }
        )
        defer { stage.stop() }
        stage.ask([question(1, deadline: soon(30))])
        let outcomes = await stage.outcomes.wait(for: 2)
        #expect(outcomes.map(\.word) == ["answer 1 deadline", "late 1 unavailable"])
        #expect(stage.escalate.facts(endpoint: "central").p95 == .milliseconds(150))
    }

    @Test func `tries again after a 503 and a cut reply, under the same key`() async throws {
        let attempts = Mutex(0)
        let stage = try Stage { request in
            let attempt = attempts.withLock { count in
                count += 1
                return count
            }
            switch attempt {
            case 1: return FakeCloud.Reply(status: 503)
            case 2:
                var reply = oracle(request)
                reply.cutAfter = 60
                return reply
            default: return oracle(request)
            }
        }
        defer { stage.stop() }
        stage.ask([question(1, values: [1], deadline: soon(60_000))])
        let outcomes = await stage.outcomes.wait(for: 1)
        #expect(outcomes.map(\.word) == ["answer 1 fault"])
        #expect(stage.asked.count == 3)
        #expect(Set(stage.asked.map { $0.headers["idempotency-key"] }).count == 1)
    }

    @Test func `refuses garbage, and says that asking again may help`() async throws {
        let stage = try Stage(
            { _ in FakeCloud.Reply(body: "<html>\u{0}{[") },
            adjust: {
                $0.retry.maximumAttempts = 2
            }
        )
        defer { stage.stop() }
        stage.ask([question(1, deadline: soon(60_000))])
        guard case .failure(let failure) = await stage.outcomes.wait(for: 1)[0].result else {
            Issue.record("garbage was taken for an answer")
            return
        }
        #expect(failure.kind == .refused)
        #expect(failure.isRepeatable)
        #expect(stage.asked.count == 2)
    }

    @Test(arguments: [
        (FakeCloud.Reply(status: 401), EscalationFailure.Kind.unavailable),
        (FakeCloud.Reply(status: 302, headers: [("Location", "/x")]), .unavailable),
        (FakeCloud.Reply(status: 400, body: #"{"error":"bad shape"}"#), .refused),
        (FakeCloud.Reply(body: String(repeating: " ", count: 70_000)), .refused),
    ])
    func `says why a reply is not acceptable`(
        reply: FakeCloud.Reply,
        kind: EscalationFailure.Kind
    ) async throws {
        let stage = try Stage({ _ in reply }, adjust: { $0.maximumReplyBytes = 65_536 })
        defer { stage.stop() }
        stage.ask([question(1, deadline: soon(60_000))])
        let result = await stage.outcomes.wait(for: 1)[0].result
        #expect(throws: EscalationFailure.self) { try result.get() }
        if case .failure(let failure) = result { #expect(failure.kind == kind) }
        #expect(stage.asked.count == 1)
    }

    @Test func `one bad question does not take the others with it`() async throws {
        let stage = try Stage(
            { request in
                let rows = FakeCloud.rows(of: request.body) ?? []
                return rows.contains { $0[0] == 13 }
                    ? FakeCloud.Reply(status: 400) : oracle(request)
            },
            adjust: { $0.maximumInFlight = 1 }
        )
        defer { stage.stop() }
        stage.ask((11...15).map { question($0, values: [Float($0)], deadline: soon(60_000)) })
        let words = await stage.outcomes.wait(for: 5).map(\.word)
        #expect(
            Set(words) == [
                "answer 11 fault", "answer 12 fault", "answer 13 refused", "answer 14 fault",
                "answer 15 fault",
            ]
        )
    }

    @Test func `shows the token it has at that moment`() async throws {
        let token = Mutex("first")
        let stage = try Stage(oracle) {
            $0.credential = HeaderCredential.bearer { token.withLock { $0 } }
        }
        defer { stage.stop() }
        stage.ask([question(1)])
        _ = await stage.outcomes.wait(for: 1)
        token.withLock { $0 = "second" }
        stage.ask([question(2)])
        _ = await stage.outcomes.wait(for: 2)
        let shown = stage.asked.map { $0.headers["authorization"] }
        #expect(shown == ["Bearer first", "Bearer second"])
    }

    @Test func `goes to the first endpoint that takes the question`() async throws {
        let stage = try Stage(oracle)
        defer { stage.stop() }
        stage.ask([
            question(1, endpoints: ["gone", "central"]), question(2, endpoints: ["gone"]),
            question(3, endpoints: []),
        ])
        let words = await stage.outcomes.wait(for: 3).map(\.word)
        #expect(
            Set(words) == ["answer 1 fault", "answer 2 unavailable", "answer 3 unavailable"]
        )
        #expect(stage.escalate.facts(endpoints: ["gone"]) == .absent)
        #expect(stage.escalate.facts(endpoints: ["gone", "central"]).isUp)
    }
}
