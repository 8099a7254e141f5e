// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Settings
public import Vocabulary

/// What became of the cases beside the policies.
public struct PolicyTestReport: Sendable {
    /// What is wrong with the files of cases, and which rules no case reaches.
    public var diagnostics: [Diagnostic]
    /// One line for each case that failed.
    public var failures: [String]
    /// How many cases were run.
    public var cases: Int

    /// True when every case passed and every file is in order.
    public var hasPassed: Bool {
        failures.isEmpty && !diagnostics.contains { $0.severity == .error }
    }

    /// The report in one line.
    public var summary: String { "\(cases - failures.count) of \(cases) policy cases passed" }
}

extension CheckedSite {
    /// Runs the cases in `tests.yaml` beside each policy.
    ///
    /// Blocks while files are read.
    public func runPolicyTests() -> PolicyTestReport {
        var report = PolicyTestReport(diagnostics: [], failures: [], cases: 0)
        for bound in policies {
            let tests = PolicyTests.run(policy: bound.policy)
            report.diagnostics += tests.diagnostics
            report.cases += tests.outcomes.count
            report.diagnostics += untested(bound.policy, tests)
            for outcome in tests.outcomes where !outcome.hasPassed {
                let differences = outcome.differences.joined(separator: "; ")
                report.failures.append(
                    "\(bound.policy.name): case `\(outcome.name)` failed: \(differences)"
                )
            }
        }
        return report
    }

    /// The rules that no case of a sound file reaches.
    private func untested(_ policy: Policy, _ tests: PolicyTests.Report) -> [Diagnostic] {
        // Cases that could not be read might have reached them.
        guard tests.hasPassed, !tests.outcomes.isEmpty else { return [] }
        return policy.rules.filter { tests.unreachedRules.contains($0.name) }.map { rule in
            Diagnostic(
                .warning,
                "no case reaches the rule `\(rule.name)`",
                hint: "add one to `tests.yaml` that expects `rule: \(rule.name)`",
                file: policy.file,
                line: rule.place.line,
                column: rule.place.column,
                length: rule.place.length
            )
        }
    }

    /// The site in one line.
    public var summary: String {
        let models = engine?.models.count ?? 0
        return "ok: \(configuration.inputs.count) inputs, \(policies.count) policies, "
            + "\(models) models, \(configuration.endpoints.count) endpoints"
    }
}
