// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Decide
public import Vocabulary

/// What became of the cases beside the policies.
public struct PolicyTestReport: Sendable {
    /// The policies in their order, each with its cases.
    public var policies: [PolicyTests.Report]

    /// What is wrong with the files of cases.
    public var diagnostics: [Diagnostic] { policies.flatMap(\.diagnostics) }

    /// The rules that no case reaches, each a warning with its place.
    public var unreached: [Diagnostic] { policies.flatMap(\.unreached) }

    /// Each case that failed, with its place.
    public var failures: [Diagnostic] {
        policies.flatMap { report in
            report.outcomes.compactMap { outcome in
                outcome.failure.map { failure in
                    Diagnostic(
                        .error,
                        "the case `\(outcome.name)` of \(report.policy) failed: \(failure)",
                        file: report.file,
                        line: outcome.line,
                        column: outcome.column
                    )
                }
            }
        }
    }

    /// How many cases there are.
    public var cases: Int { policies.reduce(0) { $0 + $1.outcomes.count } }

    /// How many cases were not run.
    public var skipped: Int {
        policies.reduce(0) { $0 + $1.outcomes.count { $0.skipped != nil } }
    }

    /// True when no case failed and every file is in order.
    public var hasPassed: Bool { policies.allSatisfy(\.hasPassed) }

    /// True when a file of cases cannot be used.
    public var hasBrokenFile: Bool { diagnostics.contains { $0.severity == .error } }

    /// The report in one line.
    public var summary: String {
        let failed = failures.count
        let skipped = skipped > 0 ? ", \(skipped) skipped" : ""
        return "\(cases - failed - self.skipped) of \(cases) policy cases passed\(skipped)"
    }
}
