// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// A decision as a CloudEvents 1.0 event in the JSON format, structured mode.
///
/// `id` is the effect's key, so that a repeat has the same id and a correction another one; `source` is
/// `/sluice/<site>`, `subject` the device, `time` the sensor's. The attributes `decision`, `revision`,
/// `policy`, `route` and `standing` are repeated as extensions, so that a broker or router can
/// filter without reading `data`.
/// (CloudEvents 1.0.2 and its JSON Event Format, cloudevents.io.)
public struct CloudEvent: Sendable {
    /// The media type of the event.
    public static let contentType = "application/cloudevents+json"
    /// The event's type.
    public static let decisionType = "io.sluice.decision"
    /// The type of an event that tells of a reading alone.
    public static let readingType = "io.sluice.reading"

    /// The effect's key.
    public var key: EffectKey
    /// The decision.
    public var decision: Decision
    /// The site's name.
    public var site: String
    /// The topic the reading came on.
    public var topic: String?
    /// What the decision recommends to do, where the policy says.
    public var recommended: String?
    /// The values that the rules saw, each in the form of a CEL literal, in the order they were asked for.
    public var observed: [(name: String, value: String)]
    /// The cloud's answer, where there is one.
    public var verdict: Verdict?
    /// What the local model said: of a number or objects, the event tells them.
    public var finding: Finding.Outcome?
    /// The reading's fields, each with its value as JSON.
    public var fields: [(name: String, json: [UInt8])] = []
    /// True when nothing is told of the decision but its id.
    public var isReadingOnly = false

    /// Makes an event.
    public init(
        key: EffectKey,
        decision: Decision,
        site: String,
        topic: String? = nil,
        recommended: String? = nil,
        observed: [(name: String, value: String)] = [],
        verdict: Verdict? = nil,
        finding: Finding.Outcome? = nil
    ) {
        self.key = key
        self.decision = decision
        self.site = site
        self.topic = topic
        self.recommended = recommended
        self.observed = observed
        self.verdict = verdict
        self.finding = finding
    }

    /// The event as JSON.
    public func json() -> [UInt8] {
        var writer = JSONWriter(capacity: 768)
        write(into: &writer)
        return writer.bytes
    }

    /// Writes the event as the writer's next value.
    public func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("specversion", "1.0")
        writer.member("id", key.description)
        writer.member("source", "/sluice/" + Self.segment(site))
        writer.member("type", isReadingOnly ? Self.readingType : Self.decisionType)
        writer.member("subject", decision.device.isEmpty ? nil : decision.device)
        writer.member("time", decision.time.rfc3339)
        writer.member("datacontenttype", "application/json")
        writer.member("decision", decision.id.description)
        writer.member("revision", decision.revision)
        writer.member("policy", decision.policy)
        if !isReadingOnly {
            writer.member("route", decision.route.rawValue)
            writer.member("standing", decision.standing.rawValue)
        }
        writer.key("data")
        writeContent(into: &writer)
        writer.endObject()
    }

    private func writeContent(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("device", decision.device.isEmpty ? nil : decision.device)
        writer.member("sequence", decision.sequence)
        writer.member("topic", topic)
        writer.member("policy", decision.policy)
        writer.member("policy_version", decision.policyVersion)
        if !isReadingOnly { writeDecision(into: &writer) }
        if !fields.isEmpty {
            writer.key("fields")
            writer.beginObject()
            for (name, json) in fields {
                writer.key(name)
                writer.raw(json)
            }
            writer.endObject()
        }
        writer.endObject()
    }

    private func writeDecision(into writer: inout JSONWriter) {
        writer.member("rule", decision.rule)
        writer.member("route", decision.route.rawValue)
        writer.member("standing", decision.standing.rawValue)
        writer.member("revision", decision.revision)
        writer.member("label", decision.label)
        writer.member("confidence", decision.confidence)
        writer.member("score", decision.score)
        switch finding {
        case .value(let value): writer.member("value", value)
        case .detections(let detections):
            writer.key("detections")
            writer.value(detections)
        case .classification, .failed, .skipped, nil: break
        }
        writer.member("model", decision.model?.description)
        writer.member("recommended", recommended)
        if let verdict {
            writer.key("verdict")
            writer.beginObject()
            writer.member("label", verdict.label)
            writer.member("confidence", verdict.confidence)
            writer.member("endpoint", verdict.endpoint)
            writer.member("model", verdict.model.description)
            writer.member("latency_ms", verdict.latency.milliseconds)
            writer.endObject()
        }
        if !observed.isEmpty {
            writer.key("observed")
            writer.beginObject()
            for (name, value) in observed { writer.member(name, value) }
            writer.endObject()
        }
    }

    /// `text` as one segment of a URI's path (RFC 3986 section 3.3).
    private static func segment(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "~"):
                bytes.append(byte)
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                bytes.append(contentsOf: (byte < 16 ? "%0" : "%").utf8)
                bytes.append(contentsOf: digits.utf8)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
