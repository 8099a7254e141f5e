// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
public import Logging
import Telemetry
public import Vocabulary

extension ModelChange {
    /// What is wanted of a model's versions.
    public enum Verb: Sendable {
        /// Let this version speak, or the canary's.
        case promote(Int?)
        /// End the canary, or go back to a version.
        case rollBack(Int?)
        /// Let `sluice.yaml` alone hold.
        case reset
    }

    /// Does what the running gateway would, for one that does not run: the choice is checked and written.
    ///
    /// Models and policies are loaded and tested first, but for a rollback, which is not tested. Blocks.
    public static func offline(
        _ verb: Verb,
        model name: String,
        configuration: GatewayConfiguration,
        logger: Logger
    ) -> ModelChange {
        let (read, found) = ModelChoices.read(path: configuration.choicesPath)
        guard var choices = read else {
            return .refused("what was chosen cannot be read", found.map { $0.rendered() })
        }
        guard let state = choices.state(of: name, configuration) else {
            return .refused("there is no model `\(name)`")
        }
        let time = SystemTime().wallTime.rfc3339
        let (what, runsTests): (String, Bool)
        switch verb {
        case .promote(let wanted):
            guard let version = wanted ?? state.canary else {
                return .refused("model `\(name)` has no canary: say which version is promoted")
            }
            choices.byModel[name] = .promotion(
                to: version,
                state,
                on: .init(time: time, author: .command, reason: "promoted by the command")
            )
            (what, runsTests) = ("promoted", true)
        case .rollBack(let target):
            do throws(ModelChoice.Refusal) {
                choices.byModel[name] = try .rollback(
                    to: target,
                    state,
                    on: .init(time: time, author: .command, reason: "rolled back by the command")
                )
            } catch {
                return .refused("model `\(name)`: \(error.message)")
            }
            (what, runsTests) = ("rolled back", false)
        case .reset:
            guard choices.byModel.removeValue(forKey: name) != nil else {
                return .refused("nothing was chosen for model `\(name)`")
            }
            (what, runsTests) = ("reset", true)
        }
        return put(choices, name, what, runsTests, configuration, logger)
    }

    private static func put(
        _ choices: ModelChoices,
        _ name: String,
        _ what: String,
        _ runsTests: Bool,
        _ configuration: GatewayConfiguration,
        _ logger: Logger
    ) -> ModelChange {
        var (set, _, diagnostics) = ModelSet.load(configuration, choices: choices, logger: logger)
        let (edition, found) = CheckedSite.policies(of: configuration, engine: set?.engine)
        diagnostics += found
        if runsTests, let set, let edition {
            let site = CheckedSite(
                configuration: configuration,
                models: set,
                digest: edition.digest,
                policies: edition.policies
            )
            let report = site.runPolicyTests()
            diagnostics += report.diagnostics + report.failures
        }
        let problems = diagnostics.map { $0.rendered() }
        guard let set, edition != nil, !diagnostics.contains(where: { $0.severity == .error })
        else {
            return .refused("model `\(name)` is not \(what): nothing has changed", problems)
        }
        do throws(ModelChoices.Unwritable) {
            try choices.write(path: configuration.choicesPath)
        } catch {
            return .refused(error.message, problems)
        }
        let version = set.engine?.roles[name]?.active.version ?? "none"
        return ModelChange(
            isTaken: true,
            message: "model `\(name)` is \(what): version \(version) will speak",
            problems: problems
        )
    }
}

extension ModelChoices {
    /// What is known of a model from its folder alone; nil for one that is not there.
    fileprivate func state(
        of name: String,
        _ configuration: GatewayConfiguration
    ) -> ModelChoice.State? {
        guard let path = configuration.modelsPath,
            let available = CoreEngine.versions(in: path)[name]
        else { return nil }
        let use = configuration.models.uses[name]?.versions ?? ModelUse()
        let roles = ModelRoles(use, choice: byModel[name], available: available)
        guard let active = roles.active.first else { return nil }
        return ModelChoice.State(
            use: use,
            choice: byModel[name],
            active: active,
            canary: roles.canary,
            available: available
        )
    }
}

extension ModelReport {
    /// The models of a gateway that does not run: what its files and choices come to, without loading any.
    public static func offline(
        _ configuration: GatewayConfiguration
    ) -> (reports: [ModelReport], problems: [Diagnostic]) {
        guard let path = configuration.modelsPath else { return ([], []) }
        let (read, problems) = ModelChoices.read(path: configuration.choicesPath)
        let choices = read ?? ModelChoices()
        let found = CoreEngine.inspect(repository: path, trust: configuration.models.trust)
        let names = Set(found.map(\.reference.name)).sorted()
        let reports = names.map { name in
            let use = configuration.models.uses[name]?.versions ?? ModelUse()
            let sound = found.filter { $0.reference.name == name && $0.problem == nil }
            let roles = ModelRoles(
                use,
                choice: choices.byModel[name],
                available: sound.compactMap { Int($0.reference.version) }
            )
            var report = ModelReport(
                name: name,
                versions: [],
                choice: choices.byModel[name].flatMap {
                    $0.over == use.words ? Choice($0) : nil
                }
            )
            report.add(found)
            for index in report.versions.indices {
                switch Int(report.versions[index].version) {
                case roles.active.first: report.versions[index].role = "active"
                case roles.canary:
                    report.versions[index].role = "canary"
                    report.versions[index].share = use.canary?.share
                case roles.shadow: report.versions[index].role = "shadow"
                default: break
                }
            }
            return report
        }
        return (reports, problems)
    }
}
