// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Escalate
import HTTP
import Synchronization
import TestKit
import Testing
import Vocabulary

@testable import Sync

/// A web server that answers as a test says, and keeps what it was sent.
final class LakeServer: WebCalling {
    // Used by one call at a time, and by the test afterwards.
    private let kept = Mutex<[HTTPRequest]>([])
    private let answer: @Sendable (HTTPRequest) throws(HTTPError) -> HTTPResponse

    init(_ answer: @escaping @Sendable (HTTPRequest) throws(HTTPError) -> HTTPResponse) {
        self.answer = answer
    }

    var requests: [HTTPRequest] { kept.withLock { $0 } }

    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        kept.withLock { $0.append(request) }
        return try answer(request)
    }
}

extension HTTPRequest {
    var lines: [String] {
        String(decoding: body, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    func field(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

@Suite struct `A sink of JSON lines` {
    private let clock = ManualClock()

    private func lines(_ count: Int) -> [OutboundLine] {
        (0..<count).map { number in
            OutboundLine(
                key: "k\(number)",
                policy: "p",
                device: "d",
                json: Array("{\"n\":\(number)}".utf8)
            )
        }
    }

    private func sink(
        _ server: LakeServer,
        gzip: Bool = false,
        credential: any Credential = NoCredential()
    ) -> NDJSONSink {
        NDJSONSink(
            NDJSONSink.Options(
                url: "https://lake.test/lines",
                usesGzip: gzip,
                credential: credential
            ),
            http: server,
            time: clock
        )
    }

    private func send(
        _ server: LakeServer,
        _ count: Int,
        streams: [String]? = nil
    ) async -> [SinkOutcome] {
        await sink(server).send(
            lines(count),
            streams: streams ?? (0..<count).map { "\($0)" }
        )
    }

    @Test func `posts all lines in one call, each on a line of its own`() async {
        let server = LakeServer { _ throws(HTTPError) in HTTPResponse(status: 204) }
        let outcomes = await send(server, 3)
        #expect(outcomes == [.stored, .stored, .stored])
        #expect(server.requests.count == 1)
        #expect(server.requests.first?.lines == ["{\"n\":0}", "{\"n\":1}", "{\"n\":2}"])
        #expect(server.requests.first?.field("Content-Type") == "application/x-ndjson")
    }

    @Test func `gives the same lines the same key, and others another`() async {
        let one = NDJSONSink.key(lines(3))
        #expect(one == NDJSONSink.key(lines(3)))
        #expect(one != NDJSONSink.key(lines(2)))
        #expect(one != NDJSONSink.key(lines(3).reversed()))
        #expect(one.utf8.count == 32)
    }

    @Test func `compresses bodies where it is told to`() async {
        let server = LakeServer { _ throws(HTTPError) in HTTPResponse(status: 200) }
        let many = (0..<200).map { number in
            OutboundLine(
                key: "\(number)",
                policy: "p",
                device: nil,
                json: Array("{\"always\":\"the same\"}".utf8)
            )
        }
        _ = await sink(server, gzip: true).send(many, streams: many.map(\.key))
        let request = server.requests.first
        #expect(request?.field("Content-Encoding") == "gzip")
        #expect(request?.body.prefix(3) == [0x1F, 0x8B, 0x08])
        #expect((request?.body.count ?? .max) < 400)
    }

    @Test func `believes what the server says line by line`() async {
        let server = LakeServer { _ throws(HTTPError) in
            let body = """
                {"items":[{"status":201},{"status":422,"error":"no such column"},{"status":503}]}
                """
            return HTTPResponse(status: 207, body: Array(body.utf8))
        }
        let outcomes = await send(server, 3)
        #expect(
            outcomes == [
                .stored, .refused("it answered 422: no such column"), .failed("it answered 503"),
            ]
        )
    }

    @Test(arguments: [400, 413, 422])
    func `finds the one line that is refused`(status: Int) async {
        let server = LakeServer { request throws(HTTPError) in
            let isBad = request.lines.contains("{\"n\":5}")
            return HTTPResponse(status: isBad ? status : 200, body: isBad ? Array("bad".utf8) : [])
        }
        let outcomes = await send(server, 8)
        #expect(outcomes[5] == .refused("it answered \(status): bad"))
        #expect(outcomes.count { $0 == .stored } == 7)
    }

    @Test(arguments: [301, 401, 403, 404, 408, 409, 429, 500, 503])
    func `blames no line for what the server is to blame for`(status: Int) async {
        let server = LakeServer { _ throws(HTTPError) in
            HTTPResponse(status: status, headers: [(name: "retry-after", value: "7")])
        }
        let outcomes = await send(server, 4)
        #expect(server.requests.count == 1)
        #expect(
            outcomes.allSatisfy { $0 == .failed("it answered \(status)", retryAfter: .seconds(7)) }
        )
    }

    @Test func `keeps all lines where no answer comes`() async {
        let server = LakeServer { _ throws(HTTPError) in
            throw HTTPError(code: .timeout, message: "too slow", mayHaveBeenSent: true)
        }
        #expect(
            await send(server, 2) == [.failed("timeout: too slow"), .failed("timeout: too slow")]
        )
    }

    @Test func `sends nothing where it cannot say who we are`() async {
        struct Missing: Error {}
        let server = LakeServer { _ throws(HTTPError) in HTTPResponse(status: 200) }
        let sink = sink(server, credential: HeaderCredential.bearer { throw Missing() })
        let outcomes = await sink.send(lines(1), streams: ["a"])
        #expect(server.requests.isEmpty)
        guard case .failed = outcomes[0] else {
            Issue.record("\(outcomes)")
            return
        }
    }

    @Test func `shows its token`() async {
        let server = LakeServer { _ throws(HTTPError) in HTTPResponse(status: 200) }
        let sink = sink(server, credential: HeaderCredential.bearer { "secret" })
        _ = await sink.send(lines(1), streams: ["a"])
        #expect(server.requests.first?.field("Authorization") == "Bearer secret")
    }
}
