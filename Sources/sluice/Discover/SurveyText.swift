// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Survey

/// What was heard, as a person reads it.
struct SurveyText {
    let report: SurveyReport
    let ink: Ink

    var text: String {
        var lines = [
            "\(report.messages) messages in \(Figure.age(report.seconds)), "
                + "\(report.patterns.reduce(0) { $0 + $1.topics }) topics in "
                + "\(report.patterns.count) patterns"
        ]
        if report.unlisted > 0 {
            lines.append("  ! \(report.unlisted) messages were on more topics than are kept apart")
        }
        for pattern in report.patterns.prefix(100) { lines += [""] + self.lines(of: pattern) }
        if report.patterns.count > 100 {
            lines += ["", "… \(report.patterns.count - 100) more patterns; `--json` has them all"]
        }
        return lines.joined(separator: "\n")
    }

    private func lines(of pattern: SurveyReport.Pattern) -> [String] {
        var lines = [ink.bold(Plain.text(pattern.filter))]
        var head = "  \(pattern.topics) topic\(pattern.topics == 1 ? "" : "s"), "
        head += "\(Figure.rate(pattern.rate)), "
        let levels = pattern.qos.enumerated().filter { $0.element > 0 }
            .map { "\($0.element) at QoS \($0.offset)" }
        head += levels.joined(separator: ", ")
        if pattern.retained > 0 { head += ", \(pattern.retained) retained" }
        lines.append(head + ", \(pattern.format.rawValue) of \(bytes(pattern.bytes))")
        if pattern.others > 0 {
            lines.append(ink.yellow("  ! \(pattern.others) payloads were something else"))
        }
        if pattern.qos.first ?? 0 > 0 {
            lines.append(ink.yellow("  ! at QoS 0 nothing is promised (G1): publish at QoS 1"))
        }
        if let device = pattern.device { lines.append("  device: \(Plain.text(device))") }
        let width = min(32, pattern.fields.map { Self.name($0).count }.max() ?? 0)
        for field in pattern.fields {
            let path = Self.name(field)
            let gap = String(repeating: " ", count: max(0, width - path.count))
            lines.append("    \(path)\(gap)  \(words(of: field))")
        }
        return lines
    }

    private static func name(_ field: SurveyReport.Field) -> String {
        field.path.isEmpty ? "the payload" : Plain.text(field.path)
    }

    private func words(of field: SurveyReport.Field) -> String {
        var words = field.kinds.map(\.rawValue).joined(separator: " or ")
        if let length = field.length { words += " (\(length))" }
        if field.presence < 0.995 { words += " in \(Figure.percent(field.presence))" }
        if let low = field.minimum, let high = field.maximum, field.part != .time {
            words += low == high ? " \(number(low))" : " \(number(low)) to \(number(high))"
        }
        if let examples = field.examples, !examples.isEmpty {
            words += " " + examples.prefix(4).map { "\"\(Plain.text($0))\"" }.joined(separator: " ")
        }
        switch field.part {
        case .time?:
            words += ink.cyan(" time (\(field.timeUnit ?? "?"))")
            if let ahead = field.clockAhead, ahead.count == 3 {
                words +=
                    ", its clock is \(clock(ahead[1])) (\(clock(ahead[0])) to \(clock(ahead[2])))"
            }
        case .sequence?: words += ink.cyan(" sequence")
        case .device?: words += ink.cyan(" device")
        case nil: break
        }
        return words
    }

    /// How far a clock is from ours; what it is behind has the way here in it.
    private func clock(_ seconds: Double) -> String {
        let size = Figure.milliseconds(abs(seconds) * 1_000)
        return abs(seconds) < 0.000_5 ? "the same" : size + (seconds > 0 ? " ahead" : " behind")
    }

    private func bytes(_ span: [Int]) -> String {
        guard let low = span.first, let high = span.last else { return "0 B" }
        return low == high ? Figure.bytes(low) : "\(Figure.bytes(low)) to \(Figure.bytes(high))"
    }

    private func number(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 9e15 { return "\(Int64(value))" }
        // Beyond these there are no thousandths to speak of.
        guard (1e-3..<1e12).contains(abs(value)) else { return "\(value)" }
        return "\((value * 1_000).rounded() / 1_000)"
    }

    static func json(_ report: SurveyReport) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(report), as: UTF8.self)
    }
}
