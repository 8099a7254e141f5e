// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The report as one HTML file: nothing is fetched, nothing runs, light and dark.
struct Page {
    private let report: ReplayReport

    init(_ report: ReplayReport) {
        self.report = report
    }

    /// The file's text.
    var html: String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" \
        content="default-src 'none'; style-src 'unsafe-inline'">
        <title>Replay of \(Self.escaped(report.site))</title>
        <style>\(Self.style)</style></head><body><main>
        <h1>\(Self.escaped(report.verdict))</h1>
        \(report.opening.map { "<p>\(Self.escaped($0))</p>" }.joined(separator: "\n"))
        \(table(ReportTable(report).rows, caption: "What comes of it"))
        \(figures)
        \(rules)
        \(changes)
        \(examples)
        <h2>Notes</h2><ul>\
        \(report.remarks.map { "<li>\(Self.escaped($0))</li>" }.joined())</ul>
        </main></body></html>

        """
    }

    private var figures: String {
        let plots = ReplayPlots(report: report)
        var html = "<h2>Share per route over time</h2>\(Self.legend(Way.allCases.map(\.rawValue)))"
        html += figure(plots.overTime(report.former)) + figure(plots.overTime(report.tried))
        let histograms = [report.former, report.tried].compactMap(plots.confidence)
        if !histograms.isEmpty {
            html += "<h2>Confidence of what was kept, and of what was asked</h2>"
            html += Self.legend([Way.act.rawValue, Way.escalate.rawValue])
            html += histograms.map(figure).joined()
        }
        if let accuracy = plots.accuracy() {
            html += "<h2>Accuracy against the share asked</h2>"
            html +=
                "<p>Every threshold on the confidence is a point of the curve; asking at random "
            html += "moves along the dashed line.</p>" + figure(accuracy)
        }
        return html
    }

    private func figure(_ svg: String) -> String { "<figure>\(svg)</figure>" }

    private func table(_ rows: [ReportTable.Row], caption: String) -> String {
        var html = "<h2>\(Self.escaped(caption))</h2><table><thead><tr><th></th>"
        html += "<th>\(Self.escaped(report.former.name))</th>"
        html += "<th>\(Self.escaped(report.tried.name))</th></tr></thead><tbody>"
        for row in rows {
            html += "<tr\(row.isDetail ? " class=\"detail\"" : "")>"
            html += "<th scope=\"row\">\(Self.escaped(row.title))</th>"
            html += "<td>\(Self.escaped(row.former))</td><td>\(Self.escaped(row.tried))</td></tr>"
        }
        return html + "</tbody></table>"
    }

    private var rules: String {
        ReportTable.rules(report).map { policy, rows in
            table(rows, caption: "Rules of \(policy)")
        }.joined(separator: "\n")
    }

    private var changes: String {
        guard !report.changes.isEmpty else { return "" }
        var html = "<h2>Changes</h2><table><thead><tr><th>from</th><th>to</th><th>decisions</th>"
        html += "</tr></thead><tbody>"
        for change in report.changes.prefix(50) {
            html += "<tr><td class=\"words\">\(Self.escaped(change.from))</td>"
            html += "<td class=\"words\">\(Self.escaped(change.to))</td>"
            html += "<td>\(Figure.count(change.count))</td></tr>"
        }
        return html + "</tbody></table>"
    }

    private var examples: String {
        guard !report.examples.isEmpty else { return "" }
        var html = "<h2>Examples</h2>"
        for example in report.examples {
            html += "<section><h3><code>\(example.id)</code> \(Self.escaped(example.device)), "
            html += "\(example.time.rfc3339)</h3><p>\(Self.escaped(example.from.way)) "
            html += "<small>(\(Self.escaped(example.from.rule)))</small> → "
            html += "\(Self.escaped(example.to.way)) "
            html += "<small>(\(Self.escaped(example.to.rule)))</small></p>"
            let values = example.values.map { variable, value in
                "<code>\(Self.escaped(variable))</code> \(Self.escaped(value))"
            }
            html += "<p>\(values.joined(separator: ", "))</p></section>"
        }
        return html
    }

    private static func legend(_ names: [String]) -> String {
        let items = names.map { name in
            "<span><svg class=\"key\" viewBox=\"0 0 10 10\"><rect class=\"\(name)\" width=\"10\" "
                + "height=\"10\"/></svg> \(escaped(name))</span>"
        }
        return "<p class=\"legend\">\(items.joined(separator: " "))</p>"
    }

    /// `text` without meaning to HTML, and without characters that no text should have.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default:
                let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
                escaped.unicodeScalars.append(isControl ? "\u{FFFD}" : scalar)
            }
        }
        return escaped
    }

    private static let style = """
        :root{color-scheme:light dark;--ink:#1c2126;--paper:#fff;--line:#d5dae0;--act:#3b7dbd;\
        --provisional:#8fbce6;--escalate:#d9822b;--defer:#b9a24c;--drop:#8a929b}\
        @media(prefers-color-scheme:dark){:root{--ink:#e4e8ec;--paper:#15181b;--line:#353b41;\
        --act:#5b9bd8;--provisional:#37628c;--escalate:#e89a4f;--defer:#c9b565;--drop:#6c747c}}\
        body{margin:0;background:var(--paper);color:var(--ink);\
        font:15px/1.5 system-ui,sans-serif}main{max-width:54rem;margin:auto;padding:1.5rem}\
        h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}h3{font-size:1rem;margin-bottom:0}\
        table{border-collapse:collapse;width:100%}th,td{padding:.25rem .5rem;\
        border-bottom:1px solid var(--line);text-align:right;font-variant-numeric:tabular-nums}\
        th[scope=row],td.words{text-align:left;font-weight:normal}\
        tr.detail th{padding-left:1.5rem;opacity:.75}tr.detail td{opacity:.75}\
        section p{margin:.1rem 0;overflow-wrap:anywhere}figure{margin:.5rem 0}\
        svg{width:100%;height:auto}svg text{fill:var(--ink);font-size:11px}\
        svg.key{width:.8em;height:.8em}.legend span{margin-right:1rem}\
        .grid{stroke:var(--line)}.act{fill:var(--act)}.provisional{fill:var(--provisional)}\
        .escalate{fill:var(--escalate)}.defer{fill:var(--defer)}.drop{fill:var(--drop)}\
        .curve{fill:none;stroke:var(--act);stroke-width:2}\
        .random{fill:none;stroke:var(--drop);stroke-dasharray:4 4}\
        .former{fill:var(--drop)}.tried{fill:var(--escalate)}
        """
}

extension ReplayReport {
    /// The report as one self-contained HTML page with its plots drawn in it.
    public var page: String { Page(self).html }
}
