// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Gateway

/// The tests of policies as a person reads them: what failed and why, then what was reached.
struct TestText {
    private let report: PolicyTestReport
    private let obstacle: String?
    /// True when every case was asked for, so that what was not reached means something.
    private let isWhole: Bool

    init(_ report: PolicyTestReport, obstacle: String?, isWhole: Bool) {
        self.report = report
        self.obstacle = obstacle
        self.isWhole = isWhole
    }

    var text: String {
        var lines: [String] = []
        for policy in report.policies where isWhole || !policy.outcomes.isEmpty {
            lines += failures(policy) + [counts(policy)]
            lines += skips(policy)
            if isWhole, !policy.outcomes.isEmpty { lines += coverage(policy) }
            lines.append("")
        }
        lines.append(report.summary)
        if let notice = Self.notice(of: report, obstacle: obstacle) { lines += ["", notice] }
        return lines.joined(separator: "\n")
    }

    /// How many cases were not run, why, and what to do; nil where all were.
    static func notice(of report: PolicyTestReport, obstacle: String?) -> String? {
        guard report.skipped > 0 else { return nil }
        let cases = "\(report.skipped) of \(report.cases) case\(report.cases == 1 ? "" : "s")"
        let reason = obstacle ?? "the gateway's decoder and models cannot be had"
        var notice = "NOT RUN: \(cases), because \(reason). "
        notice += "Name the configuration with --config FILE, or mend what `sluice check` finds in "
        notice += "it. "
        return notice
            + (report.isUntested
                ? "Nothing was tested, which is a failure."
                : "With --strict this is a failure.")
    }

    /// Every case that failed, on lines of its own.
    static func failures(_ report: PolicyTestReport) -> [String] {
        report.policies.flatMap { TestText(report, obstacle: nil, isWhole: true).failures($0) }
    }

    private func failures(_ policy: PolicyTests.Report) -> [String] {
        policy.outcomes.filter(\.hasFailed).flatMap { outcome in
            ["FAILED  \(policy.policy): \(outcome.name)"]
                + ["  \(policy.file):\(outcome.line):\(outcome.column)"]
                + Self.details(outcome).map { "  " + $0 } + [""]
        }
    }

    private static func details(_ outcome: PolicyTests.Outcome) -> [String] {
        if let fault = outcome.fault { return [fault] }
        var lines = table(
            [["", "expected", "found"]]
                + outcome.differences.map { [$0.what, $0.expected, $0.found] }
        )
        guard outcome.rule != nil else { return lines }
        lines.append("rules tried")
        lines += table(outcome.rules.map(row)).map { "  " + $0 }
        let isAboutActions = outcome.differences.contains {
            $0.what == "actions" || $0.what == "publishes"
        }
        if isAboutActions, !outcome.actions.isEmpty {
            lines.append("actions")
            lines += table(outcome.actions.map(row)).map { "  " + $0 }
        }
        if !outcome.observed.isEmpty {
            lines.append("the conditions saw")
            lines += table(outcome.observed.map { [$0.variable, $0.value] }).map { "  " + $0 }
        }
        return lines
    }

    private static func row(_ tried: PolicyTests.Tried) -> [String] {
        let when = (tried.when ?? "").split(separator: "\n").joined(separator: " ")
        return switch tried.held {
        case .yes: ["yes", tried.name, when]
        case .no: ["no", tried.name, when]
        case .failed(let reason): ["failed", tried.name, "\(when) (\(reason))"]
        }
    }

    private func counts(_ policy: PolicyTests.Report) -> String {
        let all = policy.outcomes.count
        guard all > 0 else {
            return policy.hasPassed
                ? "\(policy.policy): no tests" : "\(policy.policy): its tests cannot be read"
        }
        let failed = policy.outcomes.count(where: \.hasFailed)
        let skipped = policy.outcomes.count { $0.skipped != nil }
        var parts = ["\(all - failed - skipped) of \(all) cases passed"]
        if failed > 0 { parts.append("\(failed) failed") }
        if skipped > 0 { parts.append("\(skipped) skipped") }
        return "\(policy.policy): " + parts.joined(separator: ", ")
    }

    private func skips(_ policy: PolicyTests.Report) -> [String] {
        policy.outcomes.compactMap { outcome in
            outcome.skipped.map { reason in
                let because = obstacle.map { ", and \($0)" } ?? ""
                return "  skipped  \(outcome.name): \(reason)\(because)"
            }
        }
    }

    private func coverage(_ policy: PolicyTests.Report) -> [String] {
        let rules = policy.rules.map { ["rule", $0.name, Self.count($0.count)] }
        let actions = policy.actions.map { ["action", $0.name, Self.count($0.count)] }
        return Self.table(rules + actions).map { "  " + $0 }
    }

    private static func count(_ count: Int) -> String {
        count == 0 ? "not reached" : String(count)
    }

    /// Cells in columns; the last one is as wide as it is.
    private static func table(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.compactMap { $0.count > column + 1 ? $0[column].count : nil }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                guard column + 1 < row.count else { break }
                line += String(repeating: " ", count: widths[column] - cell.count + 2)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}

extension PolicyTestReport {
    /// True when there are cases and not one of them was run.
    var isUntested: Bool { skipped > 0 && skipped == cases }

    /// True when every policy has cases, none was skipped, and every rule was reached.
    var isComplete: Bool {
        skipped == 0 && policies.allSatisfy { !$0.outcomes.isEmpty && $0.unreachedRules.isEmpty }
    }
}
