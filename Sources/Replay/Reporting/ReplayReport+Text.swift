// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension ReplayReport {
    /// The report for a terminal.
    public var text: String {
        var lines = opening + ["", verdict]
        if otherRule > 0 {
            lines.append("\(Figure.count(otherRule)) came out the same by another rule")
        }
        lines.append("")
        var rows = [
            ReportTable.Row(title: "", former: former.name, tried: tried.name)
        ]
        rows += ReportTable(self).rows
        for (policy, rules) in ReportTable.rules(self) {
            rows.append(.init(title: "", former: "", tried: ""))
            rows.append(.init(title: "rules of \(policy)", former: "", tried: ""))
            rows += rules.map { rule in
                var rule = rule
                rule.isDetail = true
                return rule
            }
        }
        lines += Self.aligned(rows)
        if !changes.isEmpty {
            lines += ["", "changes"]
            let width = changes.map { Figure.count($0.count).count }.max() ?? 0
            for change in changes.prefix(12) {
                let count = Self.padded(Figure.count(change.count), width, isRight: true)
                lines.append("  \(count)  \(Self.plain(change.from)) → \(Self.plain(change.to))")
            }
            if changes.count > 12 { lines.append("  and \(changes.count - 12) other kinds") }
        }
        if !examples.isEmpty { lines += ["", "examples"] }
        for example in examples.prefix(8) { lines += Self.shown(example) }
        lines += [""] + remarks.map { "note: \($0)" }
        return lines.joined(separator: "\n")
    }

    private static func shown(_ example: Example) -> [String] {
        var lines = [
            "  \(example.id)  \(plain(example.device))  \(example.time.rfc3339)",
            "    \(plain(example.from.way)) (\(example.from.rule)) → "
                + "\(plain(example.to.way)) (\(example.to.rule))",
        ]
        if !example.values.isEmpty {
            let values = example.values.prefix(8).map { "\($0.variable) \(plain($0.value))" }
            lines.append("    " + values.joined(separator: ", "))
        }
        return lines
    }

    private static func aligned(_ rows: [ReportTable.Row]) -> [String] {
        let titles = rows.map { ($0.isDetail ? "  " : "") + $0.title }
        let width = titles.map(\.count).max() ?? 0
        let former = rows.map(\.former.count).max() ?? 0
        let tried = rows.map(\.tried.count).max() ?? 0
        return zip(rows, titles).map { row, title in
            var line = padded(title, width)
            line += "  " + padded(row.former, former, isRight: true)
            line += "  " + padded(row.tried, tried, isRight: true)
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    private static func padded(_ text: String, _ width: Int, isRight: Bool = false) -> String {
        let space = String(repeating: " ", count: max(0, width - text.count))
        return isRight ? space + text : text + space
    }

    /// What a device calls itself, without what a terminal would obey.
    private static func plain(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(200).map { scalar in
                    let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                    return isControl ? "\u{FFFD}" : scalar
                }
            )
        )
    }
}
