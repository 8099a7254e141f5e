// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Vocabulary

/// A story for a terminal.
extension DecisionStory {
    /// The story in lines of text.
    public var text: String {
        (header + [""] + conditionLines + after + notes.map { "note: \($0)" })
            .joined(separator: "\n")
    }

    // MARK: - What it was made on

    private var header: [String] {
        var lines: [String] = []
        var first = decisionId.map { "decision \($0)  " } ?? ""
        first += "device \(device)  \(time)"
        if let sequence { first += "  number \(sequence)" }
        lines.append(first)
        lines.append("policy \(policy) \(policyVersion)  rule `\(rule)` -> \(outcome)")
        lines += findings.map(Self.line)
        if let threshold { lines.append(Self.line(threshold)) }
        if let bound {
            let share = Self.percent(bound.upper)
            let state = bound.broken ? ", broken" : ""
            lines.append("bound by live audits: at most \(share) of \(bound.samples)\(state)")
        }
        if let deadline {
            let total = deadline.totalMs.map { " of \(Self.milliseconds($0))" } ?? ""
            lines.append("deadline \(Self.milliseconds(deadline.leftMs)) left\(total)")
        }
        if let cloud {
            var line = "cloud \(cloud.up ? "up" : "not to be asked")"
            line += ", p50 \(Self.milliseconds(cloud.p50Ms))"
            line += ", p95 \(Self.milliseconds(cloud.p95Ms)) of \(cloud.samples) calls"
            line += ", \(cloud.inFlight) in flight, breaker \(cloud.breaker)"
            line += ", \(Self.percent(cloud.budgetLeft)) of the budget left"
            lines.append(line)
        }
        return lines
    }

    private var outcome: String {
        guard let fallback else { return route }
        let words = fallback.split(separator: "_").joined(separator: " ")
        return "\(route), else \(words)"
    }

    private static func line(_ finding: Finding) -> String {
        var line = finding.stage.map { $0 > 1 ? "stage \($0) " : "" } ?? ""
        if let failed = finding.failed {
            return line + "model \(finding.model) has no finding: \(failed)"
        }
        if let skipped = finding.skipped {
            return line + "model \(finding.model) was not asked: \(skipped)"
        }
        if let found = finding.detections {
            let shown = found.prefix(4).map { "\($0.label) \(number($0.score))" }
            line += found.count == 1 ? "1 object" : "\(found.count) objects"
            if !shown.isEmpty { line += ": " + shown.joined(separator: ", ") }
            if found.count > shown.count { line += ", …" }
        }
        if let label = finding.label { line += "label \(label)" }
        if let value = finding.value { line += "value \(number(value))" }
        if let confidence = finding.confidence {
            line += "  confidence \(number(confidence))"
            if let calibration = finding.calibration {
                let raw = finding.score.map { "raw \(number($0)), " } ?? ""
                line += " (\(raw)\(calibration.map) of \(calibration.score)"
                line += " on \(calibration.samples) samples, \(calibration.date))"
            } else if let score = finding.score {
                line += " (raw \(number(score)), not calibrated)"
            }
        } else if let score = finding.score {
            line += "  score \(number(score))"
        }
        line += "  \(finding.model)"
        if let latency = finding.latencyMs { line += ", \(milliseconds(latency))" }
        return line
    }

    private static func line(_ threshold: Threshold) -> String {
        var line = "threshold \(number(threshold.value))"
        if let low = threshold.low { line += ", low \(number(low))" }
        if let high = threshold.high { line += ", high \(number(high))" }
        var source: [String] = []
        if let bound = threshold.bound { source.append("at most \(percent(bound)) disagreement") }
        if let risk = threshold.maxRisk { source.append("a risk of at most \(number(risk))") }
        guard !source.isEmpty else { return line + ", set by hand: no bound is known" }
        if let certainty = threshold.certainty { source.append("\(percent(certainty)) sure") }
        if let samples = threshold.samples { source.append("\(samples) samples") }
        if let cloud = threshold.cloud { source.append("labels of \(cloud)") }
        if let tuned = threshold.tuned { source.append("tuned \(tuned)") }
        return line + ": " + source.joined(separator: ", ")
    }

    // MARK: - What was tried

    private var conditionLines: [String] {
        if conditions.isEmpty {
            return observed.sorted { $0.key < $1.key }.map { "  \($0.key) = \($0.value)" }
        }
        let width = conditions.flatMap(\.parts).map { 2 * $0.depth + $0.text.count }.max() ?? 0
        var lines = conditions.flatMap { Self.lines($0, width: min(width, 48), outcome: outcome) }
        if rule == "otherwise" { lines.append("otherwise -> \(outcome)") }
        return lines
    }

    private static func lines(_ condition: Condition, width: Int, outcome: String) -> [String] {
        var title = "\(condition.kind) `\(condition.name)`  "
        let turned: String
        switch condition.outcome {
        case .held:
            title += condition.kind == "rule" ? "yes -> \(outcome)" : "accepted"
            turned = "it would not have held with"
        case .notHeld:
            title += condition.kind == "rule" ? "no" : "not accepted"
            turned = "it would have held with"
        case .failed:
            title += "no, because it failed: \(condition.error ?? "")"
            turned = "it would have held with"
        case .wouldHold:
            title += "not tried; it would have held"
            turned = "it would not have held with"
        case .wouldNotHold:
            title += "not tried; it would not have held"
            if let error = condition.error { title += ": \(error)" }
            turned = "it would have held with"
        }
        let parts = condition.parts.map { part in
            let text = String(repeating: "  ", count: part.depth) + part.text
            let space = String(repeating: " ", count: max(0, width - text.count))
            let filled = part.filled.map { "\($0)  " } ?? ""
            return "    \(text)\(space)  \(filled)\(part.value)"
        }
        let ways = condition.ways.prefix(2).map { way in
            way.map(\.words).joined(separator: " and ")
        }
        guard !ways.isEmpty else { return [title] + parts }
        return [title] + parts + ["    \(turned) \(ways.joined(separator: ", or "))"]
    }

    // MARK: - What came of it

    private var after: [String] {
        var lines: [String] = words.isEmpty ? [] : [""]
        for word in words {
            if let answer = word.answer {
                var line = "answered in \(Self.milliseconds(answer.latencyMs))"
                line += " by \(answer.endpoint) (\(answer.model)): \(answer.label)"
                if let confidence = answer.confidence { line += " \(Self.number(confidence))" }
                lines.append(line)
            }
            var line = "\(word.revision == 0 ? "word" : "word \(word.revision)") \(word.standing)"
            if let label = word.label { line += ": \(label)" }
            if let confidence = word.confidence { line += " \(Self.number(confidence))" }
            if let latency = word.latencyMs {
                let start = word.revision == 0 ? "arrival" : "the sensor's time"
                line += ", \(Self.milliseconds(latency)) after \(start)"
            }
            lines.append(line)
            lines += word.actions.map { "  \($0.name) -> \($0.target)" }
            lines += word.heldBack.map { "  \($0) held back" }
        }
        lines += labels.map { "\($0.by) says \($0.label)" }
        if words.isEmpty, route == "escalate" {
            lines += ["", "no word yet: an answer is waited for"]
        }
        return lines
    }

    // MARK: - Numbers

    private static func number(_ number: Double) -> String { ConditionReport.text(of: number) }
    private static func percent(_ share: Double) -> String { "\(number(share * 100))%" }
    private static func milliseconds(_ time: Double) -> String {
        guard time < 10_000 else { return "\(number((time / 100).rounded() / 10)) s" }
        return "\(number((time * 10).rounded() / 10)) ms"
    }
}
