// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing
import Vocabulary

@testable import Telemetry

@Suite struct `A document of OTLP` {
    private let document = OTLPDocument(site: "plant-4", version: "1.2.3", instance: "00ff")

    private struct Attribute: Decodable {
        struct Value: Decodable {
            var stringValue: String?
            var intValue: String?
            var doubleValue: Double?
            var boolValue: Bool?
        }
        var key: String
        var value: Value
    }

    private struct Traces: Decodable {
        struct Resource: Decodable { var attributes: [Attribute] }
        struct Status: Decodable {
            var code: Int?
            var message: String?
        }
        struct Span: Decodable {
            var traceId: String
            var spanId: String
            var parentSpanId: String?
            var name: String
            var kind: Int
            var startTimeUnixNano: String
            var endTimeUnixNano: String
            var attributes: [Attribute]
            var status: Status
        }
        struct Scope: Decodable { var spans: [Span] }
        struct One: Decodable {
            var resource: Resource
            var scopeSpans: [Scope]
        }
        var resourceSpans: [One]
    }

    private struct Metrics: Decodable {
        struct Point: Decodable {
            var attributes: [Attribute]
            var startTimeUnixNano: String
            var timeUnixNano: String
            var asInt: String?
            var asDouble: Double?
            var count: String?
            var sum: Double?
            var bucketCounts: [String]?
            var explicitBounds: [Double]?
        }
        struct Points: Decodable {
            var dataPoints: [Point]
            var aggregationTemporality: Int?
            var isMonotonic: Bool?
        }
        struct Metric: Decodable {
            var name: String
            var unit: String
            var sum: Points?
            var gauge: Points?
            var histogram: Points?
        }
        struct Scope: Decodable { var metrics: [Metric] }
        struct One: Decodable { var scopeMetrics: [Scope] }
        var resourceMetrics: [One]
    }

    @Test func `has spans with hexadecimal ids and 64-bit numbers as text`() throws {
        let context = TraceContext(high: 0x4B, low: 0x36, span: 0xB7, isSampled: true)
        let span = Span(
            "decide",
            context: context,
            parent: 0xA1,
            kind: .consumer,
            start: WallTime(nanoseconds: 1_800_000_000_000_000_001),
            end: WallTime(nanoseconds: 5),
            attributes: [
                ("t", .text("a\"b")), ("i", .whole(.max)), ("d", .number(0.5)), ("b", .flag(true)),
            ],
            failure: "deadline"
        )
        let first = Span(
            "message",
            context: context,
            parent: nil,
            start: span.start,
            end: span.start
        )
        let read = try JSONDecoder()
            .decode(Traces.self, from: Data(document.traces([span, first])))
        let one = try #require(read.resourceSpans.first)
        let names = one.resource.attributes.map { "\($0.key)=\($0.value.stringValue ?? "")" }
        #expect(
            names == [
                "service.name=sluice", "service.version=1.2.3", "service.namespace=plant-4",
                "service.instance.id=00ff",
            ]
        )
        let spans = one.scopeSpans[0].spans
        #expect(spans[0].traceId == "000000000000004b0000000000000036")
        #expect(spans[0].spanId == "00000000000000b7")
        #expect(spans[0].parentSpanId == "00000000000000a1")
        #expect(spans[0].kind == 5)
        #expect(spans[0].startTimeUnixNano == "1800000000000000001")
        // A clock that was set back makes no span that ends before it begins.
        #expect(spans[0].endTimeUnixNano == "1800000000000000001")
        #expect(spans[0].status.code == 2 && spans[0].status.message == "deadline")
        #expect(spans[0].attributes.map(\.key) == ["t", "i", "d", "b"])
        #expect(spans[0].attributes[0].value.stringValue == "a\"b")
        #expect(spans[0].attributes[1].value.intValue == "9223372036854775807")
        #expect(spans[0].attributes[2].value.doubleValue == 0.5)
        #expect(spans[0].attributes[3].value.boolValue == true)
        #expect(spans[1].parentSpanId == nil && spans[1].status.code == nil)
    }

    @Test func `has each metric once, with all its points`() throws {
        let timer = TimerCell()
        timer.recordNanoseconds(500_000_000)
        timer.recordNanoseconds(90_000_000_000)
        let samples = [
            MetricSample(name: "a_total", labels: [("route", "act")], reading: .counter(3)),
            MetricSample(name: "b_bytes", labels: [], reading: .gauge(.infinity)),
            MetricSample(name: "b_bytes", labels: [("of", "x")], reading: .gauge(0.5)),
            MetricSample(
                name: "c_seconds",
                labels: [],
                reading: timer.reading,
                buckets: timer.buckets
            ),
            MetricSample(name: "a_total", labels: [("route", "drop")], reading: .counter(.max)),
            MetricSample(name: "a_total", labels: [], reading: .gauge(1)),
        ]
        let bytes = document.metrics(
            samples,
            start: WallTime(nanoseconds: 7),
            now: WallTime(nanoseconds: 9)
        )
        let read = try JSONDecoder().decode(Metrics.self, from: Data(bytes))
        let metrics = read.resourceMetrics[0].scopeMetrics[0].metrics
        #expect(metrics.map(\.name) == ["a_total", "b_bytes", "c_seconds"])
        #expect(metrics.map(\.unit) == ["1", "By", "s"])
        let sum = try #require(metrics[0].sum)
        #expect(sum.isMonotonic == true && sum.aggregationTemporality == 2)
        // A point of another kind has no place among them.
        #expect(sum.dataPoints.map(\.asInt) == ["3", "9223372036854775807"])
        #expect(sum.dataPoints[1].attributes[0].value.stringValue == "drop")
        #expect(sum.dataPoints[0].startTimeUnixNano == "7")
        #expect(sum.dataPoints[0].timeUnixNano == "9")
        // JSON has no infinity.
        #expect(metrics[1].gauge?.dataPoints.map(\.asDouble) == [0.5])
        let histogram = try #require(metrics[2].histogram)
        #expect(histogram.aggregationTemporality == 2)
        let point = histogram.dataPoints[0]
        #expect(point.count == "2" && point.sum == 90.5)
        #expect(point.explicitBounds?.first == 5e-5 && point.explicitBounds?.last == 60)
        #expect(point.bucketCounts?.count == DurationBuckets.bounds.count + 1)
        #expect(point.bucketCounts?.last == "1")
        #expect(point.bucketCounts?[12] == "1" && point.explicitBounds?[12] == 0.5)
    }
}

@Suite struct `A queue of spans` {
    private func spans(_ count: Int) -> [Span] {
        (0..<count).map { number in
            Span(
                "\(number)",
                context: .fresh(),
                parent: nil,
                start: WallTime(nanoseconds: 0),
                end: WallTime(nanoseconds: 0)
            )
        }
    }

    @Test func `forgets what it has no room for, and counts it`() {
        let queue = SpanQueue(capacity: 3)
        queue.append(spans(2))
        queue.append(spans(4))
        #expect(queue.count == 3 && queue.dropped == 3)
        #expect(queue.takeAll().map(\.name) == ["0", "1", "0"])
        #expect(queue.count == 0 && queue.takeAll().isEmpty)
        queue.append([])
        queue.append(spans(3))
        #expect(queue.count == 3 && queue.dropped == 3)
    }
}
