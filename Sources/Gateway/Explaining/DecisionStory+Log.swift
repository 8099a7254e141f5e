// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Decide
import FoundationEssentials
public import Infer

/// A story out of the log's lines.
extension DecisionStory {
    /// The story of decision `id`; nil where no line of it is a word.
    ///
    /// With the policy among `policies` in the version it was decided under, its rules are tried again on
    /// the logged values; without, the values are shown as they were logged.
    public init?(_ id: String, _ found: DecisionArchive.Found, policies: [Policy]) {
        let lines = found.lines.filter { $0.decisionId == id }
        let words = lines.filter { $0.verdict == nil && $0.rule != nil }
        // A crash can have had the first word said twice; the one with grounds says more.
        guard let first = words.first(where: { $0.observed != nil }) ?? words.first else {
            return nil
        }
        self.init(
            decisionId: id,
            policy: first.policy ?? "",
            policyVersion: first.policyVersion ?? "",
            device: first.device ?? "",
            time: first.time ?? "",
            sequence: first.sequence,
            rule: first.rule ?? "",
            route: first.route ?? "",
            fallback: first.fallback
        )
        findings = first.finding.map { [$0] } ?? []
        threshold = first.threshold
        bound = first.bound
        deadline = first.deadline
        cloud = first.cloud
        observed = (first.observed ?? [:]).merging(first.ahead ?? [:]) { seen, _ in seen }
        self.words = words.map { Word($0) }
        labels = lines.compactMap { line in
            line.verdict.map { Label(by: $0, label: line.label ?? "", logged: line.logged) }
        }
        if first.shortened == true {
            notes.append("the line was too long: its grounds were not logged")
        }
        tryAgain(first, policies)
    }

    private mutating func tryAgain(_ first: LoggedLine, _ policies: [Policy]) {
        guard let policy = policies.first(where: { $0.name == self.policy }) else {
            notes.append("the policy cannot be read: the values are shown as they were logged")
            return
        }
        guard policy.version == policyVersion else {
            notes.append(
                "the policy has changed since, from \(policyVersion) to \(policy.version): "
                    + "the values are shown as they were logged"
            )
            return
        }
        guard first.observed != nil else {
            notes.append("what the conditions saw was not logged")
            return
        }
        let explainer = PolicyExplainer(policy, observed: observed)
        let tried = Condition.rules(explainer, rule: rule)
        // The log is right about what held; what was too long to be logged cannot be tried again.
        conditions = tried.map { condition in
            var condition = condition
            if !explainer.unknown.isEmpty, condition.outcome == .failed {
                condition.outcome = condition.name == rule ? .held : .notHeld
            }
            return condition
        }
        if !explainer.unknown.isEmpty {
            let names = explainer.unknown.sorted().map { "`\($0)`" }.joined(separator: ", ")
            notes.append("\(names) was too long to be logged: what reads it cannot be tried again")
        }
        let held = conditions.first { $0.outcome == .held }?.name ?? "otherwise"
        if held != rule {
            notes.append("tried again, `\(held)` holds and not `\(rule)`")
        }
    }
}

extension DecisionStory.Word {
    fileprivate init(_ line: LoggedLine) {
        self.init(
            revision: line.revision ?? 0,
            standing: line.standing ?? "",
            label: line.label,
            confidence: line.confidence,
            latencyMs: line.latencyMs,
            logged: line.logged,
            answer: line.answer,
            actions: line.actions ?? [],
            heldBack: line.heldBack ?? []
        )
    }
}

extension DecisionStory {
    /// Stories as JSON, names in snake case.
    public static func json(_ stories: [DecisionStory]) -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf",
            negativeInfinity: "-inf",
            nan: "nan"
        )
        return (try? encoder.encode(stories)).map { String(decoding: $0, as: UTF8.self) } ?? "[]"
    }
}

extension GatewayConfiguration {
    /// The policies that can be read, whatever is the matter with models and endpoints.
    ///
    /// With an `engine` they are read beside its models; without, beside any that have the names.
    public func readablePolicies(engine: CoreEngine? = nil) -> [Policy] {
        var policies: [Policy] = []
        _ = CheckedSite.policies(of: self, engine: engine) { around in
            policies = PolicySet.readable(folder: policiesPath, surroundings: around)
            return (nil, [])
        }
        return policies
    }
}
