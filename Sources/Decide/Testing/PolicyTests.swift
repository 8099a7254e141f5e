// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
public import Vocabulary

/// Runs the cases beside a policy file: what is given, and where it should go.
///
/// `tests.yaml` holds `topic` and `cases`; a case has `name`, `given` (finding, fields, cloud, queue,
/// deadline, retained, topic, device, verdict) and `expect` (route, rule, provisional, fallback,
/// spooled, publishes, actions). Only what `expect` names is compared. `hold` is not simulated.
public enum PolicyTests {
    /// What became of one case.
    public struct Outcome: Sendable {
        /// The case's name.
        public let name: String
        /// The rule that held.
        public let rule: String
        /// What differs, one line each; empty when the case passed.
        public let differences: [String]
        /// The variables the conditions tried saw.
        public let observed: [String]

        /// True when nothing differs.
        public var hasPassed: Bool { differences.isEmpty }
    }

    /// What became of the cases of one policy.
    public struct Report: Sendable {
        /// The policy.
        public let policy: String
        /// The cases in the order of the file.
        public let outcomes: [Outcome]
        /// The rules that no case reached; `otherwise` is one of them.
        public let unreachedRules: [String]
        /// What is wrong with the file of cases.
        public let diagnostics: [Diagnostic]

        /// True when the file is in order and every case passed.
        public var hasPassed: Bool {
            outcomes.allSatisfy(\.hasPassed)
                && !diagnostics.contains { $0.severity == .error }
        }
    }

    /// Runs the cases in `tests.yaml` beside the policy's file; a missing file is a warning.
    ///
    /// Blocks while it reads.
    public static func run(policy: Policy) -> Report {
        let folder = policy.file.lastIndex(of: "/").map { String(policy.file[...$0]) } ?? ""
        let path = folder + "tests.yaml"
        let (file, problems) = SettingsFile.read(path: path, shownAs: path)
        guard let file else {
            let isMissing = problems.map(\.message) == ["there is no such file"]
            let missing = Diagnostic(.warning, "the policy has no tests", file: path)
            return report(policy, outcomes: [], isMissing ? [missing] : problems)
        }
        return run(policy: policy, file: file)
    }

    /// Runs the cases of a file.
    static func run(policy: Policy, file: SettingsFile) -> Report {
        let evaluator = PolicyEvaluator(policy)
        let topic = file.root.node("topic", kind: .text(pattern: nil))
        let cases = file.root.children("cases", isRequired: true).map {
            PolicyCase($0, policy: policy, topic: topic)
        }
        file.root.finish()
        let outcomes = file.hasErrors ? [] : cases.map { $0.run(evaluator) }
        return report(policy, outcomes: outcomes, file.diagnostics)
    }

    private static func report(
        _ policy: Policy,
        outcomes: [Outcome],
        _ diagnostics: [Diagnostic]
    ) -> Report {
        let reached = Set(outcomes.map(\.rule))
        let rules = policy.rules.map(\.name) + [policy.otherwise.name]
        return Report(
            policy: policy.name,
            outcomes: outcomes,
            unreachedRules: rules.filter { !reached.contains($0) },
            diagnostics: diagnostics
        )
    }
}
