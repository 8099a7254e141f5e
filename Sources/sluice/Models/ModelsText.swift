// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway

/// Models and versions as a person reads them.
struct ModelsText {
    private let reports: [ModelReport]

    init(_ reports: [ModelReport]) {
        self.reports = reports
    }

    var text: String {
        guard !reports.isEmpty else { return "no models" }
        return reports.map { lines(of: $0) }.joined(separator: [""]).joined(separator: "\n")
    }

    private func lines(of report: ModelReport) -> [String] {
        var lines = [report.name]
        let rows = report.versions.map { version in
            [
                version.version, role(version), version.digest ?? "-",
                version.signature ?? "-",
                version.estimateMs.map { "\(Self.rounded($0)) ms" } ?? "",
                version.seen.map { seen($0) } ?? "",
            ]
        }
        lines += Self.columns(rows).map { "  " + $0 }
        for version in report.versions {
            if let problem = version.problem { lines.append("  ! \(version.version): \(problem)") }
        }
        if let choice = report.choice {
            let refused = choice.refused.map(String.init).joined(separator: ", ")
            let also = refused.isEmpty ? "" : "; rolled back: \(refused)"
            lines.append("  chosen \(choice.time) by \(choice.by): \(choice.reason)\(also)")
        }
        return lines
    }

    private func role(_ version: ModelReport.Version) -> String {
        guard let role = version.role else { return "-" }
        guard let share = version.share else { return role }
        return "\(role) \(Self.rounded(share * 100)) %"
    }

    private func seen(_ seen: ModelReport.Seen) -> String {
        guard seen.findings > 0 || seen.verdicts > 0 else { return "nothing seen" }
        var parts = ["\(seen.findings) findings", "\(Self.rounded(seen.meanMs)) ms"]
        if seen.failures > 0 { parts.append("\(seen.failures) failed") }
        if seen.slow > 0 { parts.append("\(seen.slow) slow") }
        if seen.verdicts > 0 {
            let agrees = seen.verdicts - seen.disagreements
            parts.append("agrees with the cloud in \(agrees) of \(seen.verdicts)")
        }
        if seen.compared > 0 {
            let agrees = seen.compared - seen.differing
            parts.append("with the version that speaks in \(agrees) of \(seen.compared)")
        }
        return parts.joined(separator: ", ")
    }

    /// Rows with their columns below each other.
    static func columns(_ rows: [[String]]) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in
            rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                line += cell
                guard index < row.count - 1 else { continue }
                line += String(repeating: " ", count: widths[index] - cell.count + 2)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    static func rounded(_ value: Double) -> String {
        let scale = value < 1 ? 1_000.0 : 10.0
        return ((value * scale).rounded() / scale).description
    }
}
