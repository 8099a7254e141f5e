// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import TestKit
import Testing

@Suite struct HTTPClientTests {
    @Test func `brings the request there and the reply back`() async throws {
        let cloud = try FakeCloud { request in
            FakeCloud.Reply(
                status: 201,
                headers: [("X-Seen", request.headers["x-asked"] ?? "")],
                body: "\(request.method) \(request.path) \(request.body)"
            )
        }
        defer { cloud.stop() }
        let client = try HTTPClient()
        defer { client.shutdown() }
        let request = HTTPRequest(
            method: "POST",
            url: cloud.url + "/a?b=c",
            headers: [("X-Asked", "twice")],
            body: Array("hello".utf8)
        )
        let response = try await client.send(request)
        #expect(response.status == 201)
        #expect(response.header("x-seen") == "twice")
        #expect(String(decoding: response.body, as: UTF8.self) == "POST /a?b=c hello")
        #expect(response.totalTime > 0)
    }

    @Test(arguments: ["PUT", "DELETE", "GET", "PATCH"])
    func `sends a body with any method`(method: String) async throws {
        let cloud = try FakeCloud { FakeCloud.Reply(body: "\($0.method) \($0.body)") }
        defer { cloud.stop() }
        let client = try HTTPClient()
        defer { client.shutdown() }
        let request = HTTPRequest(method: method, url: cloud.url, body: Array("x".utf8))
        let response = try await client.send(request)
        #expect(String(decoding: response.body, as: UTF8.self) == "\(method) x")
    }

    @Test func `reuses its connection`() async throws {
        let cloud = try FakeCloud { _ in FakeCloud.Reply(body: "ok") }
        defer { cloud.stop() }
        let client = try HTTPClient()
        defer { client.shutdown() }
        var reused: [Bool] = []
        for _ in 0..<5 {
            let response = try await client.send(HTTPRequest(url: cloud.url))
            reused.append(response.isConnectionReused)
        }
        #expect(reused == [false, true, true, true, true])
        #expect(cloud.connections == 1)
    }

    @Test(arguments: [(false, 3), (true, 2)])
    func `libcurl repeats a request on a dead connection by itself, unless it may leave only once`(
        isSentOnce: Bool,
        times: Int
    ) async throws {
        let cloud = try FakeCloud { request in
            request.path == "/die" ? FakeCloud.Reply(cutAfter: 0) : FakeCloud.Reply(body: "ok")
        }
        defer { cloud.stop() }
        let client = try HTTPClient()
        defer { client.shutdown() }
        var request = HTTPRequest(
            method: "POST",
            url: cloud.url + "/live",
            body: Array(repeating: 0x78, count: 100_000)
        )
        request.isSentOnce = isSentOnce
        #expect(try await client.send(request).status == 200)
        request.url = cloud.url + "/die"
        await #expect(throws: HTTPError.self) { try await client.send(request) }
        #expect(cloud.requests.count == times)
        #expect(cloud.requests.allSatisfy { $0.body.utf8.count == 100_000 })
        let error = await #expect(throws: HTTPError.self) { try await client.send(request) }
        #expect(error?.code == .connectionLost && error?.mayHaveBeenSent == true)
    }

    @Test func `has many requests under way at once`() async throws {
        let cloud = try FakeCloud { FakeCloud.Reply(body: $0.path, delay: 0.05) }
        defer { cloud.stop() }
        let client = try HTTPClient()
        defer { client.shutdown() }
        let url = cloud.url
        let bodies = await withTaskGroup(of: String.self) { group in
            for index in 0..<32 {
                group.addTask {
                    let response = try? await client.send(HTTPRequest(url: "\(url)/\(index)"))
                    return String(decoding: response?.body ?? [], as: UTF8.self)
                }
            }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(bodies == Set((0..<32).map { "/\($0)" }))
    }

    @Test func `speaks over a Unix socket`() async throws {
        let path = "/tmp/sluice-http-\(UInt64.random(in: 0...UInt64.max)).sock"
        let cloud = try FakeCloud(unixSocket: path) { FakeCloud.Reply(body: $0.path) }
        defer {
            cloud.stop()
            removeFile(path)
        }
        let client = try HTTPClient()
        defer { client.shutdown() }
        let request = HTTPRequest(url: "http://localhost/stats", unixSocketPath: path)
        let response = try await client.send(request)
        #expect(String(decoding: response.body, as: UTF8.self) == "/stats")
    }

    @Test func `does not follow a redirect`() async throws {
        let cloud = try FakeCloud { _ in
            FakeCloud.Reply(status: 302, headers: [("Location", "/elsewhere")])
        }
        defer { cloud.stop() }
        let client = try HTTPClient()
        defer { client.shutdown() }
        let response = try await client.send(HTTPRequest(url: cloud.url))
        #expect(response.status == 302)
        #expect(cloud.requests.count == 1)
    }

    @Test func `goes on after a request that went wrong`() async throws {
        let cloud = try FakeCloud { request in
            FakeCloud.Reply(body: "12345", cutAfter: request.path == "/cut" ? 40 : nil)
        }
        defer { cloud.stop() }
        let client = try HTTPClient()
        defer { client.shutdown() }
        let error = await failure { try await client.send(HTTPRequest(url: cloud.url + "/cut")) }
        #expect(error?.code == .connectionLost)
        #expect(error?.mayHaveBeenSent == true)
        let response = try await client.send(HTTPRequest(url: cloud.url))
        #expect(response.status == 200)
    }
}
