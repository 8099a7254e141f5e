// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import Synchronization
import Telemetry
import TestKit
import Testing
import Vocabulary

@testable import Gateway

/// A collector that answers as the test wants, and keeps what it is sent.
private final class Collector: WebCalling {
    let requests = Mutex<[HTTPRequest]>([])
    private let reply: Mutex<Result<HTTPResponse, HTTPError>>

    init(status: Int = 200) { reply = Mutex(.success(HTTPResponse(status: status))) }

    func answers(_ result: Result<HTTPResponse, HTTPError>) { reply.withLock { $0 = result } }

    var paths: [String] {
        requests.withLock { $0.map { String($0.url.dropFirst("https://c.example".count)) } }
    }

    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        requests.withLock { $0.append(request) }
        return try reply.withLock { $0 }.get()
    }
}

@Suite struct `What is exported` {
    private let clock = ManualClock()
    private let queue = SpanQueue()
    private let start = WallTime(nanoseconds: 0)

    private func exporter(
        _ options: OTLPConfiguration = OTLPConfiguration(url: "https://c.example")
    ) -> OTLPExporter {
        OTLPExporter(
            options: options,
            queue: queue,
            document: OTLPDocument(site: "s", version: "1", instance: "i"),
            time: clock,
            logger: silence
        )
    }

    private func put(_ count: Int) {
        queue.append(
            (0..<count).map { _ in
                Span("x", context: .fresh(), parent: nil, start: start, end: start)
            }
        )
    }

    private func round(_ exporter: OTLPExporter, _ collector: Collector) async {
        await exporter.export({ [] }, since: start, over: collector)
    }

    @Test func `goes in requests of bounded size, and metrics after spans`() async {
        let (collector, exporter) = (Collector(), exporter())
        put(OTLPExporter.most + 1)
        await round(exporter, collector)
        #expect(collector.paths == ["/v1/traces", "/v1/traces", "/v1/metrics"])
        let headers = collector.requests.withLock { $0.map(\.headers) }
        #expect(headers.allSatisfy { $0.first?.value == "application/json" })
        #expect(exporter.counts.exported == OTLPExporter.most + 1)
        #expect(exporter.waiting == 0 && exporter.counts.failures == 0)
    }

    @Test func `is what is wanted`() async {
        let collector = Collector()
        put(1)
        await round(
            exporter(OTLPConfiguration(url: "https://c.example", signals: [.metrics])),
            collector
        )
        #expect(collector.paths == ["/v1/metrics"])
        let traces = exporter(OTLPConfiguration(url: "https://c.example", signals: [.traces]))
        await round(traces, collector)
        await traces.export(nil, since: start, over: collector)
        #expect(collector.paths == ["/v1/metrics", "/v1/traces"])
    }

    @Test(arguments: [429, 503])
    func `waits for a collector that wants it later`(status: Int) async {
        let (collector, exporter) = (Collector(status: status), exporter())
        collector.answers(
            .success(HTTPResponse(status: status, headers: [("retry-after", "20")]))
        )
        put(3)
        await round(exporter, collector)
        #expect(collector.paths == ["/v1/traces"])
        #expect(exporter.counts.failures == 1 && exporter.counts.refused == 0)
        #expect(exporter.counts.trouble == "the collector answers with status \(status)")
        put(2)
        #expect(exporter.waiting == 5)
        clock.advance(by: .seconds(19))
        await round(exporter, collector)
        #expect(collector.paths.count == 1)
        clock.advance(by: .seconds(1))
        collector.answers(.success(HTTPResponse(status: 200)))
        await round(exporter, collector)
        #expect(exporter.counts.exported == 5 && exporter.waiting == 0)
        #expect(exporter.counts.trouble == nil)
    }

    @Test func `never grows beyond what the queue holds twice`() async {
        let (collector, exporter) = (Collector(status: 503), exporter())
        for _ in 0..<9 {
            put(5_000)
            await round(exporter, collector)
            clock.advance(by: ExportPace.longest)
        }
        #expect(exporter.waiting == 2 * 4_096)
        #expect(queue.dropped == 9 * 5_000 - 2 * 4_096)
    }

    @Test(arguments: [400, 401, 404, 500])
    func `is forgotten and counted where the collector never takes it`(status: Int) async {
        let (collector, exporter) = (Collector(status: status), exporter())
        put(5)
        await round(exporter, collector)
        #expect(exporter.counts.refused == 5 && exporter.waiting == 0)
        #expect(exporter.counts.trouble == "the collector answers with status \(status)")
    }

    @Test func `is kept while nobody is there`() async {
        let (collector, exporter) = (Collector(), exporter())
        collector.answers(.failure(HTTPError(code: .connect, message: "refused")))
        put(5)
        await round(exporter, collector)
        #expect(exporter.waiting == 5 && exporter.counts.trouble == "connect: refused")
    }

    @Test func `counts what of it a collector rejects`() async {
        let (collector, exporter) = (Collector(), exporter())
        let body = #"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"no"}}"#
        collector.answers(.success(HTTPResponse(status: 200, body: Array(body.utf8))))
        put(5)
        await round(exporter, collector)
        #expect(exporter.counts.exported == 3 && exporter.counts.refused == 2)
    }
}

@Suite struct `A collector's answer` {
    private let now = WallTime(nanoseconds: 0)

    private func answer(_ status: Int, _ body: String = "") -> OTLPAnswer {
        OTLPAnswer(HTTPResponse(status: status, body: Array(body.utf8)), at: now)
    }

    @Test func `is taken where nothing else is said`() {
        for body in ["", "{}", "not json", #"{"partialSuccess":{}}"#, #"{"partialSuccess":null}"#] {
            #expect(answer(200, body) == .taken(rejected: 0), "\(body)")
        }
        #expect(
            answer(202, #"{"partialSuccess":{"rejectedDataPoints":7}}"#) == .taken(rejected: 7)
        )
        #expect(
            answer(200, #"{"partialSuccess":{"rejectedSpans":"-7"}}"#) == .taken(rejected: 0)
        )
    }

    @Test(arguments: [408, 429, 502, 503, 504])
    func `may be given another time`(status: Int) {
        guard case .later(_, nil) = answer(status) else {
            Issue.record("\(answer(status))")
            return
        }
    }

    @Test func `is final where the request itself is wrong`() {
        for code in [HTTPError.Code.protocolNotAllowed, .invalidRequest, .tooLarge] {
            guard case .refused = OTLPAnswer(HTTPError(code: code, message: "m")) else {
                Issue.record("\(code)")
                return
            }
        }
    }
}

@Suite struct `The pace of an export` {
    private let now = MonotonicInstant(nanoseconds: 0)

    @Test func `slows down with every failure, and is itself again after an answer`() {
        var pace = ExportPace()
        #expect(pace.admits(at: now))
        pace.failed(retryAfter: nil, at: now, chance: 1)
        #expect(!pace.admits(at: now + .milliseconds(999)))
        #expect(pace.admits(at: now + .seconds(1)))
        pace.failed(retryAfter: nil, at: now, chance: 0)
        #expect(!pace.admits(at: now + .milliseconds(999)))
        #expect(pace.admits(at: now + .seconds(1)))
        for _ in 0..<70 { pace.failed(retryAfter: nil, at: now, chance: 1) }
        #expect(!pace.admits(at: now + .seconds(299)))
        #expect(pace.admits(at: now + .seconds(300)))
        pace.answered()
        #expect(pace.admits(at: now) && pace.failures == 0)
    }

    @Test func `keeps to what the collector asks for, within bounds`() {
        var pace = ExportPace()
        pace.failed(retryAfter: .seconds(30), at: now, chance: 1)
        #expect(!pace.admits(at: now + .seconds(29)))
        #expect(pace.admits(at: now + .seconds(30)))
        pace.failed(retryAfter: .seconds(1_000_000), at: now, chance: 1)
        #expect(pace.admits(at: now + ExportPace.longest))
        var hurried = ExportPace()
        hurried.failed(retryAfter: .zero, at: now, chance: 1)
        #expect(!hurried.admits(at: now + .milliseconds(999)))
    }
}
