// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Gateway
import HTTP
import Settings
import Testing

@testable import Admin

/// The admin server over a real port, of a gateway that was made and does not run.
@Suite(.serialized, .timeLimit(.minutes(1))) struct `The admin server` {
    private typealias Field = (name: String, value: String)

    @Test func `tells everyone that it lives, and on loopback everything`() async throws {
        try await ControlSite().servingWeb { ask in
            #expect(try await ask("GET", "/healthz").text == #"{"alive":true}"#)
            let ready = try await ask("GET", "/readyz")
            #expect(ready.status == 200 || ready.status == 503)
            #expect(ready.text.contains(#""causes":"#))
            let status = try await ask("GET", "/v1/status")
            #expect(try GatewayStatus.decoded(status.body).site == "plant-4")
            let metrics = try await ask("GET", "/metrics")
            #expect(metrics.text.contains("# TYPE sluice_spool_limit_bytes gauge\n"))
        }
    }

    @Test func `lets in who brings the token, and others learn if it is ready`() async throws {
        try await ControlSite().servingWeb(token: "s3cret") { ask in
            let wrongs: [[Field]] = [
                [], [("Authorization", "Bearer s3cre")], [("Authorization", "s3cret")],
            ]
            for wrong in wrongs {
                let refused = try await ask("GET", "/v1/status", wrong)
                #expect(refused.status == 401)
                #expect(refused.field("www-authenticate")?.hasPrefix("Bearer") == true)
                try await ask.expect(401, "POST", "/v1/reload", wrong)
                try await ask.expect(401, "GET", "/metrics", wrong)
                try await ask.expect(401, "GET", "/v1/decisions/stream", wrong)
            }
            let right: [Field] = [("Authorization", "Bearer s3cret")]
            try await ask.expect(200, "GET", "/v1/status", right)
            try await ask.expect(200, "POST", "/v1/reload", right)
            try await ask.expect(200, "GET", "/healthz")
            #expect(!(try await ask("GET", "/readyz").text.contains("causes")))
            #expect(try await ask("GET", "/readyz", right).text.contains("causes"))
            try await ask.expect(200, "GET", "/")
        }
    }

    @Test func `refuses pages of other sites, and other names for itself`() async throws {
        try await ControlSite().servingWeb { ask in
            for foreign: Field in [
                ("Origin", "http://evil.example"), ("Origin", "null"),
                ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"),
            ] {
                try await ask.expect(403, "POST", "/v1/reload", [foreign])
            }
            for name in ["evil.example", "127.evil.com", "localhost.evil.com:80", "1.2.3.4"] {
                try await ask.expect(403, "GET", "/v1/status", [("Host", name)])
            }
            for name in ["localhost", "127.0.0.1:1", "[::1]:8730"] {
                try await ask.expect(200, "GET", "/v1/status", [("Host", name)])
            }
        }
    }

    @Test func `says in words that a request is too long to be read`() async throws {
        try await ControlSite().servingWeb { ask in
            let long = String(repeating: "7", count: 17 << 10)
            let many = String(repeating: "7", count: 9 << 10)
            let requests: [(String, [Field])] = [
                ("/v1/spool/rows?policy=\(long)", []), ("/v1/status", [("X-Long", long)]),
                ("/v1/status", (1...4).map { ("X-\($0)", many) }),
            ]
            for (path, fields) in requests {
                let answer = try await ask("GET", path, fields)
                #expect(answer.status == 400)
                #expect(answer.field("content-type") == "application/json")
                #expect(answer.field("x-content-type-options") == "nosniff")
                #expect(answer.text.contains("longer than 16384 bytes"))
            }
            try await ask.expect(200, "GET", "/v1/status")
        }
    }

    @Test func `answers wrong methods, addresses and parameters in words`() async throws {
        try await ControlSite().servingWeb { ask in
            let wrong = try await ask("DELETE", "/v1/status")
            #expect(wrong.status == 405 && wrong.field("allow") == "GET, HEAD")
            #expect(try await ask("GET", "/v1/reload").field("allow") == "POST")
            try await ask.expect(200, "HEAD", "/v1/status")
            for path in [
                "/nothing", "/../etc/passwd", "/%2e%2e/etc/passwd", "//etc/passwd",
                "/v1/policies/..%2f..%2fetc/plot", "/v1/policies/%2e%2e/plot",
            ] {
                let answer = try await ask("GET", path)
                #expect(answer.status == 404, "\(path)")
                #expect(answer.field("content-type") == "application/json")
            }
            for path in [
                "/v1/spool/rows?limit=many", "/v1/spool/rows?limit=-1", "/v1/spool/rows?odd=1",
                "/v1/spool/rows?kind=odd", "/v1/spool/rows?older_than=0x10",
                "/v1/spool/rows?parked=yes", "/v1/spool/rows?limit=1&limit=2",
                "/v1/spool/rows/x", "/v1/decisions/xyz", "/v1/status?x=1",
                "/v1/spool/rows?policy=",
                "/v1/spool/rows?policy=" + String(repeating: "x", count: 513),
                "/v1/decisions/%EF%BC%90",
            ] {
                let answer = try await ask("GET", path)
                #expect(answer.status == 400, "\(path)")
                #expect(answer.text.contains("message"))
            }
            try await ask.expect(404, "GET", "/v1/spool/rows/7")
            try await ask.expect(404, "POST", "/v1/spool/backup?path=/tmp/x")
            try await ask.expect(404, "POST", "/v1/record/start?path=/tmp/x")
        }
    }

    @Test func `holds the inputs and lets them go on, and says who did`() async throws {
        let site = try ControlSite()
        try await site.servingWeb { ask in
            let held = try await ask("POST", "/v1/pause?why=cleaning%20the%20tank")
            #expect(held.status == 200 && held.text.contains("\"why\":\"cleaning the tank\""))
            #expect(held.text.contains("\"paused\":true") && held.text.contains("127.0.0.1"))
            let resumed = try await ask("POST", "/v1/resume")
            #expect(resumed.text == "{\"paused\":false}")
            try await ask.expect(200, "POST", "/v1/resume")
            try await ask.expect(400, "POST", "/v1/pause?why=two%0Alines")
            try await ask.expect(405, "GET", "/v1/pause")
        }
    }

    @Test func `an address of its own is none of a template's`() async throws {
        try await ControlSite().servingWeb { ask in
            let answer = try await ask("GET", "/v1/spool/dead/purge")
            #expect(answer.status == 405 && answer.field("allow") == "POST")
        }
    }

    @Test func `takes numbers with commas between them`() async throws {
        try await ControlSite().servingWeb { ask in
            for bad in ["x", "1,", "-1", "1,,2", "1234567890123456789"] {
                try await ask.expect(400, "POST", "/v1/spool/requeue?ids=\(bad)")
            }
            try await ask.expect(200, "POST", "/v1/spool/requeue?ids=1,2")
        }
    }

    @Test func `refuses what is too large`() async throws {
        try await ControlSite().servingWeb { ask in
            let large = [UInt8](repeating: 0x61, count: 10 << 20)
            let larger = [UInt8](repeating: 0x61, count: (16 << 20) + 1)
            try await ask.expect(413, "POST", "/v1/spool/dead/1/edit", [], larger)
            try await ask.expect(400, "POST", "/v1/labels", [], large)
            try await ask.expect(400, "POST", "/v1/reload", [], large)
            let field: Field = ("X-Long", String(repeating: "a", count: 20 << 10))
            try await ask.expect(400, "GET", "/healthz", [field])
        }
    }

    @Test func `guards its pages, which load nothing from elsewhere`() async throws {
        try await ControlSite().servingWeb { ask in
            for file in DashboardFile.all {
                let answer = try await ask("GET", file.path)
                #expect(answer.status == 200 && answer.field("content-type") == file.contentType)
                let policy = answer.field("content-security-policy") ?? ""
                #expect(policy.hasPrefix("default-src 'none'"))
                #expect(!policy.contains("unsafe"))
                #expect(answer.field("x-content-type-options") == "nosniff")
                let kept: [Field] = [("If-None-Match", file.tag)]
                try await ask.expect(304, "GET", file.path, kept)
                for word in ["https://", "innerHTML", "insertAdjacentHTML", "eval("] {
                    #expect(!answer.text.contains(word), "\(file.path): \(word)")
                }
            }
        }
    }

    @Test func `describes every one of its routes`() async throws {
        let site = try ControlSite()
        let routes = ControlRoutes(gateway: site.gateway, logger: site.silence)
        let book = routes.networkBook(version: "1", takesToken: true)
        try await site.servingWeb { ask in
            let answer = try await ask("GET", "/v1/openapi.json")
            let document = try JSONDecoder().decode(Document.self, from: Data(answer.body))
            #expect(document.openapi == "3.1.0")
            var described: Set<String> = []
            for (path, methods) in document.paths {
                for method in methods.keys { described.insert("\(method.uppercased()) \(path)") }
            }
            #expect(
                described == Set(book.operations.map { "\($0.method.rawValue) \($0.path)" })
            )
            let names = document.paths.values.flatMap { $0.values.map(\.operationId) }
            #expect(Set(names).count == names.count)
            // What it refers to is there.
            let text = answer.text
            for part in text.split(separator: "#/components/schemas/").dropFirst() {
                let name = part.prefix { $0 != "\"" }
                #expect(document.components.schemas[String(name)] != nil, "\(name)")
            }
        }
    }

    private struct Document: Decodable {
        struct Operation: Decodable { var operationId: String }
        struct Schema: Decodable { var type: String }
        struct Components: Decodable { var schemas: [String: Schema] }
        var openapi: String
        var paths: [String: [String: Operation]]
        var components: Components
    }

    @Test func `streams are bounded, and more are refused`() async throws {
        let site = try ControlSite()
        let stream = DecisionStream(feed: site.gateway.decisions)
        var seats = (0..<DecisionStream.limit).map { _ in stream.seat() }
        #expect(seats.allSatisfy { $0 != nil })
        #expect(stream.seat() == nil)
        #expect(stream.open == DecisionStream.limit)
        seats.removeLast()
        #expect(stream.seat() != nil)
    }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    func field(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

extension ControlSite {
    /// Serves a free port while `body` asks.
    func servingWeb(
        token: String? = nil,
        _ body: (Asker) async throws -> Void
    ) async throws {
        var settings = GatewayConfiguration.Admin(port: 0)
        if let token {
            try write("token", token)
            settings.token = .init(.file("\(folder)/token"))
        }
        let (ports, found) = AsyncStream<Int>.makeStream()
        let server = try AdminServer(
            gateway: gateway,
            settings: settings,
            version: "test",
            logger: silence,
            whenListening: { found.yield($0) }
        )
        let task = Task { try await server.run() }
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next())
        do {
            try await body(Asker(http: try HTTPClient(), port: port))
        } catch {
            Issue.record(error)
        }
        task.cancel()
        _ = await task.result
    }
}

/// Asks one server.
struct Asker: Sendable {
    let http: HTTPClient
    let port: Int

    /// Asks, and looks at the status alone.
    func expect(
        _ status: Int,
        _ method: String,
        _ path: String,
        _ headers: [(name: String, value: String)] = [],
        _ body: [UInt8] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await self(method, path, headers, body)
        #expect(answer.status == status, "\(method) \(path)", sourceLocation: sourceLocation)
    }

    func callAsFunction(
        _ method: String,
        _ path: String,
        _ headers: [(name: String, value: String)] = [],
        _ body: [UInt8] = []
    ) async throws -> HTTPResponse {
        try await http.send(
            HTTPRequest(
                method: method,
                url: "http://127.0.0.1:\(port)\(path)",
                headers: headers,
                body: body,
                maximumReplyBytes: 8 << 20
            )
        )
    }
}
