// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import Logging
import Synchronization
import TestKit
import Testing
import Vocabulary

@testable import Escalate

/// Several endpoints, budgets and hedges, against real HTTP servers on loopback.
@Suite(.timeLimit(.minutes(1))) struct EscalateTiersTests {
    /// A stage with two endpoints, `near` and `far`.
    private struct Pair {
        let near: FakeCloud
        let far: FakeCloud
        let http: HTTPClient
        let escalate: Escalate
        let outcomes = Outcomes()

        init(
            near: @escaping @Sendable (FakeCloud.Request) -> FakeCloud.Reply,
            far: @escaping @Sendable (FakeCloud.Request) -> FakeCloud.Reply = oracle,
            store: any BudgetStore = BudgetMemory(),
            adjust: (inout EndpointOptions) -> Void = { _ in }
        ) throws {
            self.near = try FakeCloud {
                $0.method == "GET" ? FakeCloud.Reply(body: "{}") : near($0)
            }
            self.far = try FakeCloud { $0.method == "GET" ? FakeCloud.Reply(body: "{}") : far($0) }
            http = try HTTPClient()
            var options = EndpointOptions(
                name: "near",
                url: self.near.url,
                model: "wear",
                labels: ["ok", "fault"],
                timeout: .seconds(20)
            )
            adjust(&options)
            var second = options
            (second.name, second.server, second.url) = ("far", "far", self.far.url)
            second.budget = nil
            escalate = Escalate(
                endpoints: [options, second],
                http: http,
                time: RealTime(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                budgetStore: store
            )
            escalate.start()
        }

        func stop() {
            escalate.stop()
            http.shutdown()
            near.stop()
            far.stop()
        }

        func ask(_ number: UInt64, within milliseconds: Int64) {
            outcomes.ask(
                escalate,
                [
                    question(
                        number,
                        values: [1],
                        endpoints: ["near", "far"],
                        deadline: soon(milliseconds)
                    )
                ]
            )
        }
    }

    @Test func `a failed call goes on to the next endpoint, and the verdict says who answered`()
        async throws
    {
        let pair = try Pair(near: { _ in FakeCloud.Reply(status: 500) })
        defer { pair.stop() }
        pair.ask(1, within: 30_000)
        let verdict = try await pair.outcomes.wait(for: 1)[0].result.get()
        #expect(verdict.endpoint == "far")
        #expect(pair.near.requests(to: "/infer").count == 1)
        #expect(pair.far.requests(to: "/infer").count == 1)
        let keys = (pair.near.requests(to: "/infer") + pair.far.requests(to: "/infer"))
            .map { $0.headers["idempotency-key"] }
        #expect(Set(keys).count == 1)
    }

    @Test func `a silent endpoint leaves time for the next`() async throws {
        let pair = try Pair(near: { _ in FakeCloud.Reply(delay: 40) })
        defer { pair.stop() }
        let begin = RealTime().now
        pair.ask(1, within: 16_000)
        let outcome = await pair.outcomes.wait(for: 1)[0]
        #expect(try outcome.result.get().endpoint == "far")
        #expect(outcome.at - begin < .milliseconds(16_000))
        #expect(pair.escalate.counts(endpoint: "near")?.passedOn == 1)
        #expect(pair.escalate.counts(endpoint: "near")?.callsCancelled == 1)
    }

    @Test func `what nobody can answer is said once`() async throws {
        let pair = try Pair(
            near: { _ in FakeCloud.Reply(status: 500) },
            far: { _ in FakeCloud.Reply(status: 500) }
        )
        defer { pair.stop() }
        pair.ask(1, within: 30_000)
        _ = await pair.outcomes.wait(for: 1)
        try await Task.sleep(for: .milliseconds(50))
        #expect(pair.outcomes.words == ["answer 1 unavailable"])
    }

    @Test func `a spent budget goes on to the next endpoint; the server counts no call too many`()
        async throws
    {
        let store = BudgetMemory()
        let pair = try Pair(near: oracle, store: store) {
            $0.budget = BudgetOptions(limits: [BudgetLimit(.calls, 3, per: .month)])
        }
        defer { pair.stop() }
        for number: UInt64 in 1...6 {
            pair.ask(number, within: 30_000)
            _ = await pair.outcomes.wait(for: Int(number))
        }
        #expect(pair.near.requests(to: "/infer").count == 3)
        #expect(pair.far.requests(to: "/infer").count == 3)
        let facts = pair.escalate.facts(endpoint: "near")
        #expect(!facts.isUp && facts.budgetLeft == 0 && facts.callsLeft == 0)
        #expect(pair.escalate.budget(server: "near").map(\.used) == [3])
        pair.escalate.stop()
        #expect(BudgetRecord(store.budget(of: "near") ?? [])?.lines.map(\.granted) == [3])
    }

    @Test func `without a disk to write it on nothing is spent`() async throws {
        struct Broken: BudgetStore {
            func budget(of server: String) -> [UInt8]? { nil }
            func keep(
                _ record: [UInt8],
                of server: String,
                whenDone: @escaping @Sendable (Bool) -> Void
            ) { whenDone(false) }
        }
        let pair = try Pair(near: oracle, store: Broken()) {
            $0.budget = BudgetOptions(
                limits: [BudgetLimit(.money, 3, per: .month)],
                pricePerCall: 1
            )
        }
        defer { pair.stop() }
        pair.ask(1, within: 30_000)
        let verdict = try await pair.outcomes.wait(for: 1)[0].result.get()
        #expect(verdict.endpoint == "far")
        #expect(pair.near.requests(to: "/infer").isEmpty)
        #expect(pair.escalate.facts(endpoint: "near").breaker == .closed)
    }

    @Test func `a slow call is sent again, and the first answer is taken`() async throws {
        let first = Atomic(true)
        let pair = try Pair(
            near: { request in
                var reply = oracle(request)
                if first.exchange(false, ordering: .acquiringAndReleasing) { reply.delay = 15 }
                return reply
            },
            adjust: { $0.hedging = HedgeOptions(after: .fixed(.milliseconds(30)), share: 1) }
        )
        defer { pair.stop() }
        let begin = RealTime().now
        pair.ask(1, within: 40_000)
        let outcome = await pair.outcomes.wait(for: 1)[0]
        #expect(try outcome.result.get().endpoint == "near")
        #expect(outcome.at - begin < .seconds(10))
        #expect(pair.near.requests(to: "/infer").count == 2)
        #expect(pair.escalate.counts(endpoint: "near")?.hedgesWon == 1)
    }
}
