// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The comparison as rows of a table: what the terminal and the page both show.
struct ReportTable {
    /// One row.
    struct Row {
        var title: String
        var former: String
        var tried: String
        /// True for a row that belongs to the one above it.
        var isDetail = false
    }

    let rows: [Row]

    init(_ report: ReplayReport) {
        let (former, tried) = (report.former, report.tried)
        var rows: [Row] = []
        for (place, way) in Way.allCases.enumerated() {
            let (before, after) = (former.ways[place], tried.ways[place])
            guard before > 0 || after > 0 else { continue }
            rows.append(
                Row(
                    title: Self.title(way),
                    former: Self.share(before, of: report.decisions),
                    tried: Self.share(after, of: report.decisions)
                )
            )
        }
        func add(_ title: String, _ value: (ReplayReport.Side) -> String, isDetail: Bool = false) {
            let row = Row(
                title: title,
                former: value(former),
                tried: value(tried),
                isDetail: isDetail
            )
            if row.former != "–" || row.tried != "–" { rows.append(row) }
        }
        add("calls to the cloud") { Figure.count($0.calls) }
        if report.pricePerCall != nil {
            add("money", { $0.money.map(Figure.money) ?? "–" })
        }
        let escalated = former.answered + former.missed + former.unknown
        if escalated + tried.answered + tried.missed + tried.unknown > 0 {
            add("escalations answered in time") { Figure.count($0.answered) }
            add("escalations that missed the deadline") { Figure.count($0.missed) }
            add("escalations the trace says nothing of") { Figure.count($0.unknown) }
        }
        add("local model, p50") { Figure.milliseconds($0.local.p50) }
        add("local model, p99") { Figure.milliseconds($0.local.p99) }
        add("escalation, p50") { Figure.milliseconds($0.asked.p50) }
        add("escalation, p99") { Figure.milliseconds($0.asked.p99) }
        add("right answers") { Figure.estimate($0.right) }
        add(
            "known of",
            { $0.right.count == 0 ? "–" : Figure.count($0.right.count) },
            isDetail: true
        )
        add("kept local and the cloud agrees") { Figure.estimate($0.agreement) }
        add(
            "known of",
            { $0.agreement.count == 0 ? "–" : Figure.count($0.agreement.count) },
            isDetail: true
        )
        self.rows = rows
    }

    /// The rules of every policy, with how often each held on both sides.
    static func rules(_ report: ReplayReport) -> [(policy: String, rows: [Row])] {
        let policies = Set((report.former.rules + report.tried.rules).map(\.policy)).sorted()
        return policies.map { policy in
            let former = report.former.rules.first { $0.policy == policy }?.rules ?? []
            let tried = report.tried.rules.first { $0.policy == policy }?.rules ?? []
            let names = Set((former + tried).map(\.name)).sorted()
            let rows = names.map { name in
                Row(
                    title: name,
                    former: Figure.count(former.first { $0.name == name }?.count ?? 0),
                    tried: Figure.count(tried.first { $0.name == name }?.count ?? 0)
                )
            }
            return (policy, rows)
        }
    }

    static func title(_ way: Way) -> String {
        switch way {
        case .act: "acted on here"
        case .provisional: "acted on here, asked later"
        case .escalate: "escalated"
        case .defer: "deferred"
        case .drop: "dropped"
        }
    }

    private static func share(_ count: Int, of all: Int) -> String {
        let share = all == 0 ? 0 : Double(count) / Double(all)
        return "\(Figure.count(count))  \(Figure.percent(share))"
    }
}

extension ReplayReport {
    /// What was replayed, in a sentence or two.
    var opening: [String] {
        var lines = [
            "\(Figure.count(decisions)) decisions of \(site), \(span.first.rfc3339) to "
                + "\(span.last.rfc3339), scope \(scope)"
                + (sample < 1 ? ", a sample of \(Figure.percent(sample))" : "")
        ]
        for policy in policies {
            let recorded = policy.former.joined(separator: ", ")
            let isSame = policy.former == [policy.version]
            lines.append(
                "policy \(policy.name), version "
                    + (isSame ? policy.version : "\(recorded) → \(policy.version)")
            )
        }
        return lines + notes
    }

    /// What a reader should know before believing the figures.
    var remarks: [String] {
        var remarks: [String] = []
        if let truth {
            remarks.append("right answers are told by \(truth); intervals are of 95 %")
        } else {
            remarks.append(
                "the trace holds no verdicts and there are no labels: nothing is known of accuracy"
            )
        }
        if isBiased {
            remarks.append(
                "the cloud was asked about hard cases only, so its words say little about the rest; "
                    + "`audit: 1%` in the policy would tell"
            )
        }
        if freshFindings > 0 {
            remarks.append(
                "\(Figure.count(freshFindings)) findings were made again, "
                    + "\(Figure.count(recordedFindings)) were recorded ones"
            )
        }
        if skipped > 0 {
            remarks.append("\(Figure.count(skipped)) decisions of other policies were left out")
        }
        if unmatched > 0 {
            remarks.append(
                "\(Figure.count(unmatched)) readings were left out: their topic is no longer the policy's"
            )
        }
        if gathered > 0 {
            remarks.append(
                "\(Figure.count(gathered)) readings complete no window now, and are no decision"
            )
        }
        if truncated > 0 {
            remarks.append("\(Figure.count(truncated)) last line was cut off and left out")
        }
        if unknownLines > 0 {
            remarks.append("\(Figure.count(unknownLines)) lines of later kinds were passed over")
        }
        if sample < 1 { remarks.append("all counts are of the sample, not of all traffic") }
        remarks.append("actions held back by `hold`, audits and budgets are not simulated")
        return remarks
    }

    /// The first sentence of every report.
    var verdict: String {
        changed == 0
            ? "0 decisions changed"
            : "\(Figure.count(changed)) decisions changed (\(Figure.percent(changedShare)))"
    }
}
