// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Glibc
import Infer
public import Logging
public import Vocabulary

extension CheckedSite {
    /// Runs the cases in `tests.yaml` beside each policy; payloads go through the loaded models.
    ///
    /// With `filter`, those whose name or policy has it in it. Blocks while files are read and models run.
    public func runPolicyTests(filter: String? = nil) -> PolicyTestReport {
        PolicyTestReport(
            policies: policies.map { bound in
                let policy = bound.policy
                let rehearsal = try? Rehearsal(site: self, policy: policy.name)
                return PolicyTests.run(
                    policy: policy,
                    on: rehearsal.map { RehearsalBench(rehearsal: $0) },
                    filter: filter.flatMap { policy.name.contains($0) ? nil : $0 }
                )
            }
        )
    }

    /// The site in one line.
    public var summary: String {
        let models = engine?.models.count ?? 0
        return "ok: \(configuration.inputs.count) inputs, \(policies.count) policies, "
            + "\(models) models, \(configuration.endpoints.count) endpoints"
    }
}

/// A run of policies' tests, with a configuration or as far as it goes without.
public struct PolicyTestRun: Sendable {
    /// What became of the cases; nil when the policies cannot be read.
    public var report: PolicyTestReport?
    /// What is wrong with the configuration, the models and the policies.
    public var diagnostics: [Diagnostic]
    /// Why cases that need models were not run; nil where they were.
    public var obstacle: String?

    /// True when one of those files cannot be used as it is.
    public var hasErrors: Bool { diagnostics.contains { $0.severity == .error } }

    /// Runs the tests of the policies in `folder`, which may be a policy's own; of the configuration's by default.
    ///
    /// Without a configuration that can be used, only the cases of facts are run, against policies that are
    /// taken at their word about models and endpoints. Blocks.
    public static func run(
        configuration path: String,
        policies folder: String?,
        filter: String?,
        logger: Logger
    ) -> PolicyTestRun {
        let (read, problems, _) = GatewayConfiguration.read(path: path)
        guard var configuration = read else {
            let isMissing = access(path, F_OK) != 0
            let reason = isMissing ? "there is no \(path)" : "\(path) cannot be used"
            return offline(folder ?? "Policies", filter, isMissing ? [] : problems, reason)
        }
        if let folder { configuration.policiesPath = folder }
        let (set, _, modelProblems) = ModelSet.load(configuration, logger: logger)
        let found = problems + modelProblems
        guard !found.contains(where: { $0.severity == .error }) else {
            let reason = "the models cannot be used"
            return offline(configuration.policiesPath, filter, found, reason)
        }
        let folder = configuration.policiesPath
        let (edition, more) = CheckedSite.policies(
            of: configuration,
            engine: set?.engine
        ) { around in
            CheckedSite.load(folder: folder, surroundings: around)
        }
        let site = edition.map { edition in
            CheckedSite(
                configuration: configuration,
                models: set ?? ModelSet(),
                digest: edition.digest,
                policies: edition.policies
            )
        }
        return PolicyTestRun(
            report: site?.runPolicyTests(filter: filter),
            diagnostics: found + more
        )
    }

    /// Runs what can be run without a site.
    private static func offline(
        _ folder: String,
        _ filter: String?,
        _ problems: [Diagnostic],
        _ reason: String
    ) -> PolicyTestRun {
        let around = Surroundings.assumed(by: CheckedSite.policyFiles(in: folder))
        let (set, found) = CheckedSite.load(folder: folder, surroundings: around)
        let report = set.map { set in
            PolicyTestReport(
                policies: set.policies.map { policy in
                    PolicyTests.run(
                        policy: policy,
                        filter: filter.flatMap { policy.name.contains($0) ? nil : $0 }
                    )
                }
            )
        }
        return PolicyTestRun(report: report, diagnostics: problems + found, obstacle: reason)
    }
}
