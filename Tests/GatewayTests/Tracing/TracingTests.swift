// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Decide
import Decode
import MQTT
import Spool
import Telemetry
import TestKit
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `The trace of a message` {
    private static let parent = TraceContext(high: 0x4B, low: 0x36, span: 0xF0, isSampled: true)
    private static var unsampled: TraceContext {
        var context = parent
        context.isSampled = false
        return context
    }

    /// A rig whose paths trace, and what they make of it.
    private struct Traced {
        let rig: Rig
        let tracer: SpanTracer
        let parts: PathParts

        init(
            _ files: [String: String] = Presses.files,
            share: Double = 1,
            most: Int = 100,
            adjust: (inout BoundPolicy) -> Void = { _ in }
        ) throws {
            rig = try Rig(files, adjust: adjust)
            tracer = SpanTracer(
                sampler: SpanSampler(share: share, mostPerSecond: most),
                key: rig.parts.key,
                time: rig.clock
            )
            var parts = rig.parts
            parts.tracer = tracer
            self.parts = parts
        }

        func path(_ role: MessagePath.Role = .lane) -> MessagePath {
            MessagePath(name: "presses", role: role, parts: parts, wake: {})
        }

        /// The spans made so far.
        func spans() -> [Span] { tracer.queue.takeAll() }
    }

    @Test func `is one tree: ingest, decode, infer, decide and act`() throws {
        let traced = try Traced()
        let path = traced.path()
        path.receive(traced.rig.burst(Presses.payload(1)))
        try path.settle()
        let spans = traced.spans()
        #expect(
            Set(spans.map(\.name)) == ["message", "ingest", "decode", "infer", "decide", "act"]
        )
        #expect(spans.count == 6)
        let root = try #require(spans.first { $0.name == "message" })
        #expect(root.parent == nil && root.kind == .consumer)
        let below = spans.filter { $0.name != "message" }
        #expect(below.allSatisfy { $0.parent == root.context.span })
        #expect(Set(spans.map(\.context.traceID)).count == 1)
        #expect(Set(spans.map(\.context.span)).count == 6)
        let act = try #require(spans.first { $0.name == "act" })
        #expect(act.kind == .producer && act.failure == nil)
        #expect(traced.rig.publisher.published.map(\.traceparent) == [act.context.traceparent])
    }

    @Test func `has a span of the spool where something must be written, and one of the question`()
        throws
    {
        let traced = try Traced(share: 0)
        let path = traced.path()
        let batch = traced.rig.burst(Presses.payload(1, want: "ask"))
        batch.note(Self.parent)
        path.receive(batch)
        try path.settle()
        let spans = traced.spans()
        // The question's own span ends with its answer.
        #expect(
            spans.map(\.name).sorted() == [
                "decide", "decode", "infer", "ingest", "message", "spool",
            ]
        )
        let root = try #require(spans.first { $0.name == "message" })
        #expect(root.parent == Self.parent.span)
        #expect(spans.allSatisfy { $0.context.traceID == Self.parent.traceID })
        let decide = try #require(spans.first { $0.name == "decide" })
        let names = Set(decide.attributes.map(\.name))
        #expect(
            names == [
                "sluice.policy", "sluice.policy_version", "sluice.route", "sluice.rule",
                "sluice.decision_id", "sluice.model",
            ]
        )
    }

    @Test func `is only handed on where whoever began it does not keep it`() throws {
        let traced = try Traced()
        let path = traced.path()
        let batch = traced.rig.burst(Presses.payload(1))
        batch.note(Self.unsampled)
        path.receive(batch)
        try path.settle()
        #expect(traced.spans().isEmpty)
        #expect(
            traced.rig.publisher.published.map(\.traceparent) == [Self.unsampled.traceparent]
        )
    }

    @Test func `is one of so many a second, whoever began it`() throws {
        let traced = try Traced(share: 0, most: 2)
        let path = traced.path()
        for number in 1...3 {
            let batch = traced.rig.burst(Presses.payload(number))
            batch.note(Self.parent)
            path.receive(batch)
        }
        try path.settle()
        #expect(traced.spans().filter { $0.name == "message" }.count == 2)
        #expect(traced.tracer.sampler.passedOver == 1)
        // It is handed on as it came all the same.
        #expect(traced.rig.publisher.published.last?.traceparent == Self.parent.traceparent)
    }

    @Test func `is not made of what nobody chose`() throws {
        let traced = try Traced(share: 0)
        let path = traced.path()
        path.receive(traced.rig.burst(Presses.payload(1), Presses.payload(2)))
        #expect(!path.isTracing)
        try path.settle()
        #expect(traced.spans().isEmpty)
        #expect(traced.rig.publisher.published.map(\.traceparent) == [nil, nil])
    }

    @Test func `is forgotten with a burst that is abandoned`() throws {
        let traced = try Traced()
        let path = traced.path()
        path.receive(traced.rig.burst(Presses.payload(1, want: "later")))
        _ = traced.spans()
        path.abandon()
        try path.settle()
        #expect(traced.spans().isEmpty)
    }

    @Test func `goes on where a worker decides the reading`() throws {
        let model = BoundPolicy.Paced.slow
        let traced = try Traced { $0.paces = [model] }
        let path = traced.path()
        path.receive(traced.rig.burst(Presses.payload(1)))
        try path.settle()
        let former = traced.spans()
        let root = try #require(former.first { $0.name == "message" })
        #expect(!former.contains { $0.name == "decide" })
        let worker = PendingWorker(parts: traced.parts, logger: silence)
        #expect(worker.work(.all, limit: 9) { false } == [1])
        let spans = traced.spans()
        let pending = try #require(spans.first { $0.name == "pending" })
        #expect(pending.parent == root.context.span)
        #expect(pending.context.traceID == root.context.traceID)
        #expect(spans.contains { $0.name == "decide" && $0.parent == pending.context.span })
        #expect(spans.contains { $0.name == "act" && $0.parent == pending.context.span })
        #expect(!spans.contains { $0.name == "ingest" })
    }

    @Test func `says nothing that may not leave (G8)`() throws {
        let traced = try Traced()
        let path = traced.path()
        path.receive(traced.rig.burst(Presses.payload(1), on: "plant/secret-line/press"))
        path.receive(traced.rig.burst("{ broken", on: "plant/secret-line/press"))
        try path.settle()
        let document = OTLPDocument(site: "s", version: "1", instance: "i")
        let text = String(decoding: document.traces(traced.spans()), as: UTF8.self)
        #expect(text.contains("decide"))
        for secret in ["secret-line", "plant/", "broken", "notes/", "force"] {
            #expect(!text.contains(secret), "\(secret)")
        }
    }

    @Test func `names a device as the policy lets it out (G8)`() throws {
        let tracer = try Traced().tracer
        #expect(tracer.device("press-7", Privacy(send: [], names: ["device"])) == "press-7")
        #expect(tracer.device("press-7", Privacy(send: [])) == nil)
        let withheld = Privacy(send: [], names: ["device"], withheld: ["device"])
        #expect(tracer.device("press-7", withheld) == nil)
        let hashed = Privacy(send: [], names: ["device"], hashed: ["device"])
        let name = try #require(tracer.device("press-7", hashed))
        #expect(!name.contains("press") && name.count == 16)
    }
}

@Suite struct `The configuration of what is exported` {
    private func read(_ telemetry: String) throws -> (GatewayConfiguration?, String) {
        let folder = try SiteFolder([
            "sluice.yaml": """
            broker: { url: mqtt://localhost }
            inputs: [{ name: a, topics: [t] }]
            policies: { path: p }
            spool: { path: s }
            telemetry: \(telemetry)

            """
        ])
        let (configuration, found, _) = GatewayConfiguration.read(
            path: folder.path + "/sluice.yaml"
        )
        let errors = folder.shown(found.filter { $0.severity == .error })
        return (configuration, errors.joined(separator: "\n"))
    }

    @Test func `is off by default, and has defaults`() throws {
        #expect(try read("{}").0?.telemetry == nil)
        let options = try #require(try read(#"{ otlp: { url: "https://c:4318/" } }"#).0?.telemetry)
        #expect(options.url == "https://c:4318")
        #expect(options.sample == 0.01 && options.interval == .seconds(10))
        #expect(options.tracesPerSecond == 100 && options.signals == [.traces, .metrics])
        #expect(options.headers.isEmpty)
    }

    @Test func `takes headers by reference alone`() throws {
        let good = try read(
            #"{ otlp: { url: "https://c", headers: { api-key: { value_env: HOME } }, sample: 100% } }"#
        )
        #expect(good.0?.telemetry?.headers.map(\.name) == ["api-key"], "\(good.1)")
        for bad in [
            #"{ otlp: { url: "https://c", headers: { api-key: secret } } }"#,
            #"{ otlp: { url: "https://c", headers: { api-key: { value: secret } } } }"#,
            #"{ otlp: { url: "https://c", headers: { api-key: {} } } }"#,
            #"{ otlp: { url: "https://user:secret@c" } }"#,
            #"{ otlp: { url: "https://c/v1?key=secret" } }"#,
            #"{ otlp: { url: "ftp://c" } }"#, "{ otlp: {} }",
            #"{ otlp: { url: "https://c", sample: 2 } }"#,
            #"{ otlp: { url: "https://c", signals: [] } }"#,
            #"{ otlp: { url: "https://c", signals: [logs] } }"#,
            #"{ otlp: { url: "https://c", traces_per_second: 0 } }"#,
            #"{ otlp: { url: "https://c", protocol: grpc } }"#,
        ] {
            #expect(try read(bad).0 == nil, "\(bad)")
        }
    }
}
