// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// One case of a policy's tests.
struct PolicyCase {
    let policy: Policy
    let name: String
    var situation: Situation
    var readings: ReadingBatch
    var device = ""
    var verdict: Verdict?
    var expected = Expected()

    /// What a case expects; nil where it does not say.
    struct Expected {
        var route: Route?
        var rule: String?
        var isProvisional: Bool?
        var fallback: Fallback?
        var spooled: Priority?
        var publishes: [String]?
        var actions: [String]?
    }

    func run(_ evaluator: PolicyEvaluator) -> PolicyTests.Outcome {
        let ruling = evaluator.decide(situation, readings: readings, row: 0)
        let failures = evaluator.failures.map { "`\($0.name)` failed: \($0.message)" }
        let observed = evaluator.observed().map { "\($0.variable) = \($0.value)" } + failures
        var differences: [String] = []
        func compare<Value: Equatable>(_ what: String, _ wanted: Value?, _ got: Value?) {
            guard let wanted, wanted != got else { return }
            let found = got.map { "\($0)" } ?? "none"
            differences.append("\(what): expected \(wanted), found \(found)")
        }
        compare("rule", expected.rule, ruling.ruleName)
        compare("route", expected.route?.rawValue, ruling.route.rawValue)
        compare("provisional", expected.isProvisional, ruling.isProvisional)
        compare("fallback", expected.fallback?.rawValue, ruling.fallback?.rawValue)
        let asksCloud = ruling.route == .escalate || ruling.route == .defer || ruling.isProvisional
        compare("spooled", expected.spooled?.name, asksCloud ? ruling.priority.name : nil)
        let isActedOn = ruling.route == .act || verdict != nil
        let indices =
            isActedOn
            ? evaluator.actions(situation, readings: readings, row: 0, verdict: verdict) : []
        compare("actions", expected.actions, indices.map { policy.actions[$0].name })
        compare("publishes", expected.publishes, indices.compactMap { topic(of: $0, ruling) })
        return PolicyTests.Outcome(
            name: name,
            rule: ruling.ruleName,
            differences: differences,
            observed: observed
        )
    }

    /// The topic that action `index` publishes to; nil when it does not publish.
    private func topic(of index: Int, _ ruling: Ruling) -> String? {
        guard case .publish(let topic, _, _) = policy.actions[index].target else { return nil }
        return topic.filled { place in
            if let capture = policy.match.names.firstIndex(of: place) {
                return situation.captures.indices.contains(capture)
                    ? situation.captures[capture] : nil
            }
            switch place {
            case "device": return device
            case "label": return verdict?.label ?? situation.finding?.classification?.label
            case "policy": return policy.name
            case "route": return ruling.route.rawValue
            case "rule": return ruling.ruleName
            default: return nil
            }
        } ?? "a topic with an empty place"
    }
}
