// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
public import Vocabulary

/// Runs the cases beside a policy file: what is given, and where it should go.
///
/// `tests.yaml` holds `topic` and `cases`; a case has `name`, `given` (a payload or fields, and the facts
/// around them) and `expect`. Only what `expect` names is compared. `hold` is not simulated. The keys
/// are at Configuration.
public enum PolicyTests {
    /// What became of the cases of one policy.
    public struct Report: Sendable {
        /// The policy.
        public let policy: String
        /// The file of cases, as the user named its folder.
        public let file: String
        /// The cases in the order of the file.
        public let outcomes: [Outcome]
        /// The rules in their order, `otherwise` last, and how many readings each held for.
        public let rules: [Coverage]
        /// The actions in their order, and how often each was done.
        public let actions: [Coverage]
        /// What is wrong with the file of cases.
        public let diagnostics: [Diagnostic]

        /// The rules that no case reached.
        public var unreachedRules: [String] { rules.filter { $0.count == 0 }.map(\.name) }

        /// The rules that no case reached, each a warning with its place; none while there is no case.
        public var unreached: [Diagnostic] {
            guard !outcomes.isEmpty else { return [] }
            return rules.filter { $0.count == 0 }.compactMap(\.warning)
        }

        /// True when the file is in order and no case failed.
        public var hasPassed: Bool {
            !outcomes.contains(where: \.hasFailed)
                && !diagnostics.contains { $0.severity == .error }
        }
    }

    /// How often something of a policy was reached.
    public struct Coverage: Sendable {
        /// Its name.
        public let name: String
        /// How often.
        public let count: Int
        /// What to say where it was not.
        let warning: Diagnostic?
    }

    /// Runs the cases in `tests.yaml` beside the policy's file; a missing file is a warning.
    ///
    /// Without a bench the cases that need one are skipped. With `filter`, only cases run in whose name
    /// it is. Blocks while it reads.
    public static func run(
        policy: Policy,
        on bench: (any PolicyTestBench)? = nil,
        filter: String? = nil
    ) -> Report {
        let folder = policy.file.lastIndex(of: "/").map { String(policy.file[...$0]) } ?? ""
        let path = folder + "tests.yaml"
        let (file, problems) = SettingsFile.read(path: path, shownAs: path)
        guard let file else {
            let isMissing = problems.map(\.message) == ["there is no such file"]
            let missing = Diagnostic(.warning, "the policy has no tests", file: path)
            return report(policy, path, outcomes: [], isMissing ? [missing] : problems)
        }
        let topic = file.root.node("topic", kind: .text(pattern: nil))
        let cases = file.root.children("cases", isRequired: true).map {
            PolicyCase($0, policy: policy, topic: topic, folder: folder)
        }
        file.root.finish()
        let evaluator = PolicyEvaluator(policy)
        let chosen = cases.filter { one in filter.map { one.name.contains($0) } ?? true }
        let outcomes = file.hasErrors ? [] : chosen.map { $0.run(evaluator, on: bench) }
        return report(policy, path, outcomes: outcomes, file.diagnostics)
    }

    private static func report(
        _ policy: Policy,
        _ file: String,
        outcomes: [Outcome],
        _ diagnostics: [Diagnostic]
    ) -> Report {
        func counts(_ names: [String]) -> [String: Int] {
            names.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        let reached = counts(outcomes.flatMap(\.reached))
        let done = counts(outcomes.flatMap(\.done))
        return Report(
            policy: policy.name,
            file: file,
            outcomes: outcomes,
            rules: (policy.rules + [policy.otherwise]).map { rule in
                let warning = Diagnostic(
                    .warning,
                    "no case reaches the rule `\(rule.name)`",
                    hint: "add one to `tests.yaml` that expects `rule: \(rule.name)`",
                    file: policy.file,
                    line: rule.place.line,
                    column: rule.place.column,
                    length: rule.place.length
                )
                return Coverage(name: rule.name, count: reached[rule.name] ?? 0, warning: warning)
            },
            actions: policy.actions.map {
                Coverage(name: $0.name, count: done[$0.name] ?? 0, warning: nil)
            },
            diagnostics: diagnostics
        )
    }
}
