// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Telemetry
import Vocabulary

/// A word on a decision as the log has it.
extension DecisionTrail {
    /// How many variables, probabilities and actions a line shows at most.
    private static let listLimit = 64
    /// How many bytes of a text it shows at most.
    private static let textLimit = 512
    /// How long a line may get before it does without its grounds.
    private static let lineLimit = DecisionLog.lineLimit / 2

    /// The word as one line of JSON.
    func line(
        _ decision: Decision,
        _ grounds: Grounds?,
        verdict: Verdict?,
        fired: [FiredAction],
        held: [String],
        latency: Interval
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.member("logged", time.wallTime.rfc3339)
        writer.member("decision_id", decision.id.description)
        writer.member("revision", decision.revision)
        writer.member("policy", decision.policy)
        writer.member("policy_version", decision.policyVersion)
        writer.member("device", Self.bounded(decision.device))
        writer.member("sequence", decision.sequence)
        writer.member("time", decision.time.rfc3339)
        writer.member("rule", decision.rule)
        writer.member("route", decision.route.rawValue)
        writer.member("fallback", grounds?.fallback?.rawValue)
        writer.member("standing", decision.standing.rawValue)
        writer.member("label", decision.label.map(Self.bounded))
        writer.member("confidence", decision.confidence)
        writer.member("score", decision.score)
        writer.member("model", decision.model?.description)
        writer.member("endpoint", verdict?.endpoint)
        writer.member("latency_ms", latency.milliseconds)
        if let verdict { Self.write(verdict, &writer) }
        if !fired.isEmpty { Self.write(fired, &writer) }
        if !held.isEmpty {
            writer.key("held_back")
            writer.beginArray()
            for name in held.prefix(Self.listLimit) { writer.value(name) }
            writer.endArray()
        }
        var full = writer
        if let grounds { Self.write(grounds, &full) }
        full.endObject()
        guard full.bytes.count > Self.lineLimit else { return full.bytes }
        writer.member("shortened", true)
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ verdict: Verdict, _ writer: inout JSONWriter) {
        writer.key("answer")
        writer.beginObject()
        writer.member("label", bounded(verdict.label))
        writer.member("confidence", verdict.confidence)
        writer.member("endpoint", verdict.endpoint)
        writer.member("model", verdict.model.description)
        writer.member("latency_ms", verdict.latency.milliseconds)
        writer.endObject()
    }

    private static func write(_ fired: [FiredAction], _ writer: inout JSONWriter) {
        writer.key("actions")
        writer.beginArray()
        for action in fired.prefix(listLimit) {
            writer.beginObject()
            writer.member("name", action.name)
            writer.member("target", bounded(action.target))
            writer.endObject()
        }
        writer.endArray()
    }

    private static func write(_ grounds: Grounds, _ writer: inout JSONWriter) {
        write("observed", grounds.observed, &writer)
        write("ahead", grounds.ahead, &writer)
        write("failed", grounds.failures.map { ($0.name, $0.message) }, &writer)
        if let finding = grounds.finding { write(finding, grounds.calibration, &writer) }
        if let threshold = grounds.threshold { write(threshold, &writer) }
        if let left = grounds.deadlineLeft {
            writer.key("deadline")
            writer.beginObject()
            writer.member("total_ms", grounds.deadline?.milliseconds)
            writer.member("left_ms", left.milliseconds)
            writer.endObject()
        }
        if let cloud = grounds.cloud {
            writer.key("cloud")
            writer.beginObject()
            writer.member("up", cloud.isUp)
            writer.member("p50_ms", cloud.p50.milliseconds)
            writer.member("p95_ms", cloud.p95.milliseconds)
            writer.member("samples", cloud.samples)
            writer.member("in_flight", cloud.inFlight)
            writer.member("breaker", cloud.breaker.rawValue)
            writer.member("budget_left", cloud.budgetLeft)
            writer.member("money_left", cloud.moneyLeft)
            writer.member("calls_left", cloud.callsLeft.map { Int($0) })
            writer.endObject()
        }
        if let bound = grounds.bound {
            writer.key("bound")
            writer.beginObject()
            writer.member("estimate", bound.estimate)
            writer.member("upper", bound.upper)
            writer.member("samples", bound.samples)
            writer.member("broken", bound.isBroken)
            writer.endObject()
        }
    }

    private static func write(
        _ name: String,
        _ pairs: [(variable: String, value: String)],
        _ writer: inout JSONWriter
    ) {
        guard !pairs.isEmpty else { return }
        writer.key(name)
        writer.beginObject()
        for (variable, value) in pairs.prefix(listLimit) {
            writer.member(variable, bounded(value))
        }
        writer.endObject()
    }

    private static func write(
        _ finding: Finding,
        _ calibration: ModelDescription.CalibrationMark?,
        _ writer: inout JSONWriter
    ) {
        writer.key("finding")
        writer.beginObject()
        writer.member("model", finding.model.description)
        writer.member("stage", finding.stage)
        writer.member("latency_ms", finding.latency.milliseconds)
        switch finding.outcome {
        case .classification(let found):
            writer.member("label", bounded(found.label))
            writer.member("confidence", found.confidence)
            writer.member("score", found.score)
            writer.member("margin", found.margin)
            if !found.probabilities.isEmpty {
                writer.key("probabilities")
                writer.beginArray()
                for probability in found.probabilities.prefix(listLimit) {
                    writer.value(probability)
                }
                writer.endArray()
            }
        case .value(let value): writer.member("value", value)
        case .detections(let found):
            writer.key("detections")
            writer.value(found.prefix(listLimit))
        case .failed(let reason): writer.member("failed", bounded(reason))
        case .skipped(let reason): writer.member("skipped", bounded(reason))
        }
        if let calibration {
            writer.key("calibration")
            writer.beginObject()
            writer.member("map", calibration.map)
            writer.member("score", calibration.score)
            writer.member("date", calibration.date)
            writer.member("samples", calibration.samples)
            writer.endObject()
        }
        writer.endObject()
    }

    private static func write(_ threshold: Threshold, _ writer: inout JSONWriter) {
        writer.key("threshold")
        writer.beginObject()
        writer.member("value", threshold.value)
        writer.member("low", threshold.low)
        writer.member("high", threshold.high)
        writer.member("bound", threshold.bound)
        writer.member("max_risk", threshold.maximumRisk)
        writer.member("certainty", threshold.certainty)
        writer.member("samples", threshold.samples)
        writer.member("model", threshold.model)
        writer.member("cloud", threshold.cloud)
        writer.member("trace_sha256", threshold.traceDigest)
        writer.member("tuned", threshold.tuned)
        writer.endObject()
    }

    /// A text that fits a line; what is cut ends with an ellipsis.
    private static func bounded(_ text: String) -> String {
        guard text.utf8.count > textLimit else { return text }
        return String(decoding: text.utf8.prefix(textLimit - 3), as: UTF8.self) + "…"
    }
}
