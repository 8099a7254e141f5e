// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import Synchronization
import TestKit
import Testing

@Suite struct HTTPCallTests {
    /// Keeps what it hears, by the calls' numbers.
    final class Ear: HTTPListener {
        private let outcomes = Mutex<[UInt64: [Result<HTTPResponse, HTTPError>]]>([:])

        func heard(_ outcomes: [HTTPOutcome]) {
            self.outcomes.withLock { kept in
                for outcome in outcomes { kept[outcome.id, default: []].append(outcome.result) }
            }
        }

        /// What was heard, once there are `count` calls.
        func all(_ count: Int) async -> [UInt64: [Result<HTTPResponse, HTTPError>]] {
            while true {
                let all = outcomes.withLock { $0 }
                if all.count >= count { return all }
                await Task.yield()
            }
        }
    }

    @Test func `each of many calls is heard once, with its own reply`() async throws {
        let cloud = try FakeCloud { FakeCloud.Reply(body: "\($0.path) \($0.body)") }
        defer { cloud.stop() }
        let client = try HTTPClient()
        let ear = Ear()
        let calls = (UInt64(1)...60).map { number in
            let body = Array("body \(number)".utf8)
            let url = "\(cloud.url)/\(number % 3)"
            return HTTPCall(id: number, HTTPRequest(method: "POST", url: url, body: body), for: ear)
        }
        for call in stride(from: 0, to: calls.count, by: 7) {
            client.begin(Array(calls[call..<min(call + 7, calls.count)]))
        }
        _ = await ear.all(60)
        // Nothing more is heard once the thread has ended.
        client.shutdown()
        for (number, results) in await ear.all(60) {
            let bodies = results.map { try? String(decoding: $0.get().body, as: UTF8.self) }
            #expect(bodies == ["/\(number % 3) body \(number)"])
        }
    }

    @Test func `a request shows nothing of the one before it`() async throws {
        let cloud = try FakeCloud { request in
            let field = request.headers["x-secret"] ?? "-"
            return FakeCloud.Reply(body: "\(request.method) \(field) \(request.body)")
        }
        defer { cloud.stop() }
        let client = try HTTPClient()
        defer { client.shutdown() }
        func reply(
            _ method: String,
            _ headers: [(String, String)],
            _ body: String
        ) async throws
            -> String
        {
            let request = HTTPRequest(
                method: method,
                url: cloud.url,
                headers: headers.map { (name: $0.0, value: $0.1) },
                body: Array(body.utf8)
            )
            return String(decoding: try await client.send(request).body, as: UTF8.self)
        }
        for _ in 0..<2 {
            #expect(try await reply("POST", [("X-Secret", "s")], "long body") == "POST s long body")
            #expect(try await reply("POST", [], "b") == "POST - b")
            #expect(try await reply("POST", [], "") == "POST - ")
            #expect(try await reply("GET", [], "") == "GET - ")
            #expect(try await reply("PUT", [("X-Secret", "t")], "p") == "PUT t p")
            #expect(try await reply("GET", [], "with") == "GET - with")
            #expect(try await reply("DELETE", [], "") == "DELETE - ")
        }
        #expect(cloud.connections == 1)
    }

    @Test func `bodies and header fields of any size follow each other`() async throws {
        let cloud = try FakeCloud { request in
            let expect = request.headers["expect"] ?? "none"
            let field = request.headers["x-last"] ?? "-"
            return FakeCloud.Reply(body: "\(request.body.utf8.count) \(field) \(expect)")
        }
        defer { cloud.stop() }
        let client = try HTTPClient()
        defer { client.shutdown() }
        // From none to more than is kept, and to more than libcurl sends unasked.
        for (size, count) in [
            (1, 1), (5_000, 40), (2, 0), (100_000, 3), (3, 90), (1_100_000, 1), (4, 2),
        ] {
            var headers = (0..<count).map { (name: "X-\($0)", value: "\($0)") }
            let last = String(repeating: "v", count: count + 1)
            headers.append((name: "X-Last", value: last))
            let body = [UInt8](repeating: 0x61, count: size)
            let request = HTTPRequest(
                method: "POST",
                url: cloud.url,
                headers: headers,
                body: body
            )
            let reply = String(decoding: try await client.send(request).body, as: UTF8.self)
            #expect(reply == "\(size) \(last) none")
        }
        #expect(cloud.connections == 1)
    }

    @Test func `the limits of a request are its own`() async throws {
        let cloud = try FakeCloud { FakeCloud.Reply(body: $0.body + $0.body) }
        defer { cloud.stop() }
        let client = try HTTPClient()
        defer { client.shutdown() }
        let body = [UInt8](repeating: 0x61, count: 100)
        var request = HTTPRequest(method: "POST", url: cloud.url, body: body)
        for limit in [200, 199, 200] {
            request.maximumReplyBytes = limit
            let sent = request
            let error = await failure { try await client.send(sent) }
            #expect(error?.code == (limit < 200 ? .tooLarge : nil))
        }
    }

    @Test func `a call that nobody waits for fails as cancelled`() async throws {
        let cloud = try FakeCloud { _ in FakeCloud.Reply(delay: 600) }
        defer { cloud.stop() }
        let client = try HTTPClient()
        defer { client.shutdown() }
        let ear = Ear()
        // Longer than all other tests together may keep this one from going on.
        var request = HTTPRequest(url: cloud.url)
        request.timeout = 600
        let call = HTTPCall(id: 1, request, for: ear)
        client.begin([call])
        while cloud.requests.isEmpty { await Task.yield() }
        client.cancel(call)
        guard case .failure(let error) = await ear.all(1)[1]?.first else {
            Issue.record("it was answered")
            return
        }
        #expect(error.code == .cancelled)
    }

    @Test func `calls after the shutdown are refused`() async throws {
        let client = try HTTPClient()
        client.shutdown()
        let ear = Ear()
        client.begin([HTTPCall(id: 7, HTTPRequest(url: "http://127.0.0.1:9"), for: ear)])
        let results = try #require(await ear.all(1)[7])
        guard case .failure(let error) = results[0] else {
            Issue.record("it was answered")
            return
        }
        #expect(results.count == 1)
        #expect(error.code == .closed)
    }
}
