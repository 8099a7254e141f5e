// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Bodies of OTLP/HTTP requests in JSON (OpenTelemetry Protocol 1, section "JSON Protobuf Encoding").
///
/// Names in lowerCamelCase, ids as hexadecimal digits, 64-bit numbers as text, enumerations as numbers.
public struct OTLPDocument: Sendable {
    private let site: String
    private let version: String
    /// No other run of the process has it.
    private let instance: String

    /// Makes documents of the gateway of `site`.
    public init(site: String, version: String, instance: String) {
        self.site = site
        self.version = version
        self.instance = instance
    }

    /// The body of a request to `/v1/traces`.
    public func traces(_ spans: some Sequence<Span>) -> [UInt8] {
        wrapped("resourceSpans", "scopeSpans", "spans") { writer in
            for span in spans { Self.write(span, &writer) }
        }
    }

    /// The body of a request to `/v1/metrics`: totals since `start`, as they stand `now`.
    public func metrics(_ samples: [MetricSample], start: WallTime, now: WallTime) -> [UInt8] {
        wrapped("resourceMetrics", "scopeMetrics", "metrics") { writer in
            // The points of one metric stand together, whoever measured them.
            var places: [String: Int] = [:]
            var metrics: [[MetricSample]] = []
            for sample in samples where sample.isFinite {
                if let place = places[sample.name] {
                    metrics[place].append(sample)
                } else {
                    places[sample.name] = metrics.count
                    metrics.append([sample])
                }
            }
            for points in metrics { Self.write(points, start, now, &writer) }
        }
    }

    private func wrapped(
        _ resources: String,
        _ scopes: String,
        _ items: String,
        _ write: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 4_096)
        writer.beginObject()
        writer.key(resources)
        writer.beginArray()
        writer.beginObject()
        writer.key("resource")
        writer.beginObject()
        Self.write(
            [
                ("service.name", .text("sluice")), ("service.version", .text(version)),
                ("service.namespace", .text(site)), ("service.instance.id", .text(instance)),
            ],
            &writer
        )
        writer.endObject()
        writer.key(scopes)
        writer.beginArray()
        writer.beginObject()
        writer.key("scope")
        writer.beginObject()
        writer.member("name", "sluice")
        writer.member("version", version)
        writer.endObject()
        writer.key(items)
        writer.beginArray()
        write(&writer)
        writer.endArray()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ span: Span, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("traceId", span.context.traceID)
        writer.member("spanId", TraceContext.hexadecimal(span.context.span))
        writer.member("parentSpanId", span.parent.map { TraceContext.hexadecimal($0) })
        writer.member("name", span.name)
        writer.member("kind", span.kind.rawValue)
        writer.member("startTimeUnixNano", "\(max(0, span.start.nanoseconds))")
        // No collector takes a span that ends before it begins: the clock may have been set.
        writer.member("endTimeUnixNano", "\(max(0, span.start.nanoseconds, span.end.nanoseconds))")
        write(span.attributes, &writer)
        writer.key("status")
        writer.beginObject()
        if let failure = span.failure {
            writer.member("message", failure)
            writer.member("code", 2)
        }
        writer.endObject()
        writer.endObject()
    }

    private static func write(
        _ attributes: [(name: String, value: Span.Attribute)],
        _ writer: inout JSONWriter
    ) {
        writer.key("attributes")
        writer.beginArray()
        for (name, value) in attributes {
            writer.beginObject()
            writer.member("key", name)
            writer.key("value")
            writer.beginObject()
            switch value {
            case .text(let text): writer.member("stringValue", text)
            case .whole(let number): writer.member("intValue", "\(number)")
            case .number(let number): writer.member("doubleValue", number)
            case .flag(let flag): writer.member("boolValue", flag)
            }
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
    }

    private static func write(
        _ points: [MetricSample],
        _ start: WallTime,
        _ now: WallTime,
        _ writer: inout JSONWriter
    ) {
        guard let first = points.first else { return }
        writer.beginObject()
        writer.member("name", first.name)
        writer.member("unit", unit(of: first.name))
        switch first.reading {
        case .counter:
            writer.key("sum")
            writer.beginObject()
            // AGGREGATION_TEMPORALITY_CUMULATIVE.
            writer.member("aggregationTemporality", 2)
            writer.member("isMonotonic", true)
        case .gauge:
            writer.key("gauge")
            writer.beginObject()
        case .timer:
            writer.key("histogram")
            writer.beginObject()
            writer.member("aggregationTemporality", 2)
        }
        writer.key("dataPoints")
        writer.beginArray()
        for point in points where point.isLike(first) {
            writer.beginObject()
            write(point.labels.map { ($0.name, .text($0.value)) }, &writer)
            writer.member("startTimeUnixNano", "\(max(0, start.nanoseconds))")
            writer.member("timeUnixNano", "\(max(0, now.nanoseconds))")
            write(point, &writer)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        writer.endObject()
    }

    private static func write(_ point: MetricSample, _ writer: inout JSONWriter) {
        switch point.reading {
        case .counter(let count): writer.member("asInt", "\(count)")
        case .gauge(let value): writer.member("asDouble", value)
        case .timer(let count, _, _, _):
            guard let buckets = point.buckets else {
                return writer.member("count", "\(count)")
            }
            // The protocol wants the sum of what follows, and there may be more by now.
            writer.member("count", "\(buckets.counts.reduce(0, +))")
            writer.member("sum", Double(buckets.sum) / 1e9)
            writer.key("bucketCounts")
            writer.beginArray()
            for count in buckets.counts { writer.value("\(count)") }
            writer.endArray()
            writer.key("explicitBounds")
            writer.beginArray()
            for bound in DurationBuckets.bounds { writer.value(Double(bound) / 1e9) }
            writer.endArray()
        }
    }

    /// The unit as the name says it, in the codes of UCUM.
    private static func unit(of name: String) -> String {
        let stem = name.hasSuffix("_total") ? String(name.dropLast(6)) : name
        if stem.hasSuffix("_seconds") { return "s" }
        if stem.hasSuffix("_bytes") { return "By" }
        return "1"
    }
}

extension MetricSample {
    /// False for a value that JSON has no number for.
    fileprivate var isFinite: Bool {
        if case .gauge(let value) = reading { value.isFinite } else { true }
    }

    fileprivate func isLike(_ other: MetricSample) -> Bool {
        switch (reading, other.reading) {
        case (.counter, .counter), (.gauge, .gauge), (.timer, .timer): true
        default: false
        }
    }
}
