// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import TestKit
import Testing

@Suite struct HTTPLimitTests {
    let client: HTTPClient

    init() throws {
        client = try HTTPClient()
    }

    @Test func `refuses a reply that is too large`() async throws {
        let body = String(repeating: "x", count: 5000)
        let cloud = try FakeCloud { _ in FakeCloud.Reply(body: body) }
        defer { cloud.stop() }
        var request = HTTPRequest(url: cloud.url, maximumReplyBytes: 4999)
        let error = await failure { try await client.send(request) }
        #expect(error?.code == .tooLarge)
        request.maximumReplyBytes = 5000
        #expect(try await client.send(request).body.count == 5000)
    }

    @Test func `refuses a header that is too long`() async throws {
        let value = String(repeating: "y", count: 1000)
        let cloud = try FakeCloud { _ in
            FakeCloud.Reply(headers: (0..<100).map { ("X-\($0)", value) })
        }
        defer { cloud.stop() }
        let error = await failure { try await client.send(HTTPRequest(url: cloud.url)) }
        #expect(error?.code == .tooLarge)
    }

    @Test func `gives up when the time is over`() async throws {
        let cloud = try FakeCloud { _ in FakeCloud.Reply(delay: 5) }
        defer { cloud.stop() }
        let error = await failure {
            try await client.send(HTTPRequest(url: cloud.url, timeout: 0.05))
        }
        #expect(error?.code == .timeout)
        #expect(error?.mayHaveBeenSent == true)
    }

    @Test func `knows that nothing was sent where nobody listens`() async {
        let error = await failure { try await client.send(HTTPRequest(url: "http://127.0.0.1:1/")) }
        #expect(error?.code == .connect)
        #expect(error?.mayHaveBeenSent == false)
    }

    @Test func `ends the transfer of a cancelled task`() async throws {
        let cloud = try FakeCloud { _ in FakeCloud.Reply(delay: 5) }
        defer { cloud.stop() }
        let url = cloud.url
        let client = client
        let task = Task { await failure { try await client.send(HTTPRequest(url: url)) } }
        while cloud.requests.isEmpty { await Task.yield() }
        task.cancel()
        #expect(await task.value?.code == .cancelled)
    }

    @Test func `fails what is under way when it is shut down, and what comes after`() async throws {
        let cloud = try FakeCloud { _ in FakeCloud.Reply(delay: 5) }
        defer { cloud.stop() }
        let url = cloud.url
        let client = client
        let task = Task { await failure { try await client.send(HTTPRequest(url: url)) } }
        while cloud.requests.isEmpty { await Task.yield() }
        client.shutdown()
        #expect(await task.value?.code == .closed)
        let after = await failure { try await client.send(HTTPRequest(url: url)) }
        #expect(after?.code == .closed)
        #expect(after?.mayHaveBeenSent == false)
    }

    @Test(arguments: [
        ("file:///etc/passwd", HTTPError.Code.protocolNotAllowed),
        ("ftp://127.0.0.1/x", .protocolNotAllowed),
        ("http://bad host/", .invalidRequest),
        ("http://", .invalidRequest),
        ("", .invalidRequest),
        ("http://name.invalid/", .resolve),
    ])
    func `refuses an address it does not speak`(url: String, code: HTTPError.Code) async {
        let error = await failure { try await client.send(HTTPRequest(url: url)) }
        #expect(error?.code == code)
        #expect(error?.mayHaveBeenSent == false)
    }

    @Test func `lets no header field write another`() async {
        let forged = [("X-A", "b\r\nX-Forged: c"), ("X A", "b"), ("", "b"), ("X-A", "b\0")]
        for header in forged {
            let request = HTTPRequest(url: "http://127.0.0.1:1/", headers: [header])
            let error = await failure { try await client.send(request) }
            #expect(error?.code == .invalidRequest)
        }
        let request = HTTPRequest(method: "GET / HTTP/1.1\r\nX: y", url: "http://127.0.0.1:1/")
        #expect(await failure { try await client.send(request) }?.code == .invalidRequest)
    }
}
