// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Gateway
import Glibc
import Logging
import Telemetry
import Vocabulary

/// What the verbs print and how they end.
enum Console {
    /// Something was wrong with the configuration.
    static let configurationError = ExitStatus.configuration.code
    /// A service that is needed is not there.
    static let unavailable = ExitStatus.unavailable.code

    /// Prints a line on standard error; where the journal reads it, with its level.
    static func complain(_ text: String, level: Logger.Level = .error) {
        var line = JournalStream.marked(text, as: level) + "\n"
        _ = line.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// Prints a line on standard output at once; false when nobody reads it any more.
    static func say(_ text: String) -> Bool {
        var rest = Array((text + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Prints every diagnostic with its source line, and how many there were.
    static func print(_ findings: CheckFindings, verdict: String?) {
        for diagnostic in findings.diagnostics {
            complain(
                diagnostic.rendered(sourceLine: findings.sourceLine(of: diagnostic)),
                level: diagnostic.severity == .error ? .error : .warning
            )
        }
        let errors = findings.diagnostics.count { $0.severity == .error }
        let warnings = findings.diagnostics.count - errors
        var counts: [String] = []
        if errors > 0 { counts.append("\(errors) error\(errors == 1 ? "" : "s")") }
        if warnings > 0 { counts.append("\(warnings) warning\(warnings == 1 ? "" : "s")") }
        guard !counts.isEmpty else { return }
        complain(
            counts.joined(separator: ", ") + "." + (verdict.map { " " + $0 } ?? ""),
            level: errors > 0 ? .error : .warning
        )
    }
}
