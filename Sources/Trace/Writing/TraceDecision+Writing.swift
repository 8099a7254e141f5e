// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension TraceDecision {
    func write(_ writer: inout JSONWriter) {
        writer.member("kind", "decision")
        writer.member("id", id.description)
        writer.member("policy", policy)
        writer.member("version", version)
        writer.member("topic", topic)
        writer.member("device", device)
        writer.member("time", time.rfc3339)
        if !isDeviceTime { writer.member("clock", "arrival") }
        if arrived != time { writer.member("arrived", arrived.rfc3339) }
        writer.member("sequence", sequence)
        if isRetained { writer.member("retained", true) }
        if isWhole { writer.member("whole", true) }
        writeFields(&writer)
        if !withheld.isEmpty { writer.member("withheld", withheld) }
        if let finding {
            writer.key("finding")
            finding.write(&writer)
        }
        if !earlier.isEmpty {
            writer.key("earlier")
            writer.beginArray()
            for finding in earlier { finding.write(&writer) }
            writer.endArray()
        }
        writeFacts(&writer)
        writer.member("rule", rule)
        writer.member("route", route.rawValue)
        if isProvisional { writer.member("provisional", true) }
        writer.member("fallback", fallback?.rawValue)
        if priority != .normal { writer.member("priority", priority.name) }
        if !actions.isEmpty { writer.member("actions", actions) }
        writer.member("audit", audit)
        writer.member("latency_ms", latency.milliseconds)
    }

    private func writeFields(_ writer: inout JSONWriter) {
        writer.key("fields")
        writer.beginObject()
        for field in fields {
            writer.key(field.name)
            switch field.value {
            case .absent: writer.null()
            case .number(let number): writer.value(number)
            case .text(let text): writer.value(text)
            case .flag(let flag): writer.value(flag)
            case .samples(let samples):
                writer.beginArray()
                for sample in samples { writer.value(sample) }
                writer.endArray()
            }
        }
        writer.endObject()
    }

    private func writeFacts(_ writer: inout JSONWriter) {
        if cloud != .absent {
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
        if let deadline {
            writer.key("deadline")
            writer.beginObject()
            writer.member("total_ms", deadline.total.milliseconds)
            writer.member("left_ms", deadline.left.milliseconds)
            writer.endObject()
        }
        writer.key("queue")
        writer.beginObject()
        writer.member("depth", queue.depth)
        writer.member("bytes", queue.bytes)
        writer.member("fill", queue.fill)
        writer.member("oldest_ms", queue.oldest.milliseconds)
        if let left = queue.headRoom { writer.member("head_room_ms", left.milliseconds) }
        writer.endObject()
        if bound.samples > 0 {
            writer.key("bound")
            writer.beginObject()
            writer.member("estimate", bound.estimate)
            writer.member("lower", bound.lower)
            writer.member("upper", bound.upper)
            writer.member("samples", bound.samples)
            writer.member("broken", bound.isBroken)
            writer.endObject()
        }
    }
}

extension TraceFinding {
    func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("model", finding.model.description)
        writer.member("digest", digest)
        switch finding.outcome {
        case .classification(let found):
            writer.member("label", found.label)
            writer.member("score", found.score)
            writer.member("confidence", found.confidence)
            writer.member("margin", found.margin)
            if !found.probabilities.isEmpty {
                writer.member("probabilities", Array(found.probabilities))
            }
            if !labels.isEmpty { writer.member("labels", labels) }
        case .value(let value):
            writer.member("value", value)
        case .detections(let detections):
            writer.key("detections")
            writer.value(detections)
        case .failed(let reason):
            writer.member("failed", reason)
        case .skipped(let reason):
            writer.member("skipped", reason)
        }
        writer.member("latency_ms", finding.latency.milliseconds)
        if finding.stage != 1 { writer.member("stage", finding.stage) }
        writer.endObject()
    }
}
