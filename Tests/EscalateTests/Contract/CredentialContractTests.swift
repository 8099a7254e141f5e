// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import TestKit
import Testing
import Vocabulary

@testable import Escalate

/// What every protocol's credentials keep.
@Suite struct `Contract of the credentials` {
    private static let all = Dialect.all.filter { !$0.usesBroker }

    /// The fields of a request that show who asks.
    private func shown(_ request: FakeCloud.Request) -> [String] {
        ["authorization", "api-key", "x-amz-security-token"].compactMap { request.headers[$0] }
    }

    @Test(arguments: all)
    func `shows the secret it has at that moment`(dialect: Dialect) async throws {
        let rig = try await ContractRig(dialect) { _ in dialect.reply([.init(label: "ok")]) }
        _ = await rig.ask([question(1)])
        rig.secret.value = "open-sesame-2"
        _ = await rig.ask([question(2)])
        let shown = rig.asked.map { self.shown($0).joined(separator: " ") }
        try #require(shown.count == 2)
        if dialect.shows == "google" {
            #expect(shown == ["Bearer token-1", "Bearer token-1"])
            #expect(rig.tokens.value == 1)
        } else {
            #expect(shown[0].contains("open-sesame-1") && shown[1].contains("open-sesame-2"))
        }
    }

    @Test(arguments: all)
    func `a refused secret that has changed is shown anew, once`(dialect: Dialect) async throws {
        let (count, secret) = (SharedCount(), SharedSecret("open-sesame-1"))
        let rig = try await ContractRig(dialect, secret: secret) { _ in
            guard count.next() == 1 else { return dialect.reply([.init(label: "ok")]) }
            // Rotated while the first request is under way.
            secret.value = "open-sesame-2"
            return FakeCloud.Reply(status: 401, body: #"{"error":"expired"}"#)
        }
        let answer = await rig.ask([question(1)])
        #expect((try? answer.get())?.answers.count == 1, "\(answer)")
        #expect(rig.asked.count == 2)
        #expect(Set(rig.asked.map { $0.headers["idempotency-key"] }).count == 1)
        if dialect.shows == "google" {
            #expect(
                rig.asked.map { $0.headers["authorization"] } == [
                    "Bearer token-1", "Bearer token-2",
                ]
            )
        }
    }

    @Test(arguments: all)
    func `a secret that stays refused is shown once, or twice where it is renewed`(
        dialect: Dialect
    ) async throws {
        let rig = try await ContractRig(dialect) { request in
            // A server that repeats what it was shown.
            let all = ["authorization", "api-key", "x-amz-security-token"]
                .compactMap { request.headers[$0] }.joined(separator: " and ")
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("error", "I do not take \(all)")
            writer.endObject()
            var reply = FakeCloud.Reply(status: 401)
            reply.bytes = writer.bytes
            return reply
        }
        guard case .failure(let failure) = await rig.ask([question(1)]) else {
            Issue.record("an answer without being let in")
            return
        }
        #expect(rig.asked.count == (dialect.shows == "google" ? 2 : 1))
        #expect(failure.kind == .unavailable && !failure.isRetryable && failure.isRepeatable)
        for secret in ["open-sesame", "token-", "Signature=", "hidden-signing-key"] {
            #expect(!failure.message.contains(secret), "\(failure.message)")
        }
    }

    @Test func `one token serves all who wait for it, and a new one is had in time`() async throws {
        let rig = try await ContractRig(.vertex) { _ in Dialect.vertex.reply([.init(label: "ok")]) }
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask { _ = await rig.ask([question(UInt64(number))]) }
            }
        }
        #expect(rig.asked.count == 8)
        #expect(rig.tokens.value == 1)
        var request = HTTPRequest(url: "http://127.0.0.1")
        let http = try HTTPClient()
        defer { http.shutdown() }
        let hour = RealTime().wallTime + .seconds(3_400)
        try await rig.options.credential.authorize(&request, over: http, now: hour)
        #expect(rig.tokens.value == 2)
        #expect(request.headers.last?.value == "Bearer token-2")
    }
}
