// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Settings
import Vocabulary

extension PolicyReader {
    /// `rules`; nil stands for a rule that cannot be used, which is reported.
    mutating func readRules() -> [Rule?] {
        var names: Set<String> = []
        var rules: [Rule?] = []
        for (index, node) in root.children("rules").enumerated() {
            let name = node.optional("name", .string) ?? "rule \(index + 1)"
            if !names.insert(name).inserted || name == "otherwise" {
                let place = node.node("name") ?? node
                place.problem(
                    name == "otherwise"
                        ? "`otherwise` is what happens when no rule holds, and cannot name one"
                        : "two rules are called `\(name)`",
                    hint: "decisions cite rules by name; choose another"
                )
            }
            guard let when = node.node("when") else {
                node.reportMissing(
                    "when",
                    "`when` is missing in `\(name)`",
                    hint: "what happens in all other cases is said by `otherwise`"
                )
                rules.append(readRule(node, name: name, condition: nil))
                continue
            }
            let program = compile(when)
            if let program { conditions.append((name, when, program)) }
            rules.append(readRule(node, name: name, condition: program))
        }
        return rules
    }

    /// `otherwise`: required, because a reading no rule holds for must go somewhere.
    func readOtherwise() -> Rule? {
        guard root.has("otherwise") else {
            root.reportMissing(
                "otherwise",
                "`otherwise` is missing",
                hint: "say where a reading goes that no rule holds for, "
                    + "such as `otherwise: { route: act }`"
            )
            _ = root.node("otherwise", kind: .mapping)
            return nil
        }
        let node = root.mapping("otherwise")
        if let when = node.node("when") {
            when.problemWithKey("`otherwise` has no condition: it holds when nothing else does")
        }
        return readRule(node, name: "otherwise", condition: nil)
    }

    private func readRule(_ node: SettingsNode, name: String, condition: Program?) -> Rule? {
        let route = node.required("route", .choice(Route.self))
        let fallback = node.optional("fallback", .choice(Fallback.self))
        let isProvisional = node.flag("provisional", default: false)
        let priorities = Priority.allCases.map { (word: $0.name, value: $0) }
        let priority = node.value("priority", .choice(of: priorities), default: .normal)
        guard let route else { return nil }
        checkFallback(node, name: name, route: route)
        let rule = Rule(
            name: name,
            route: route,
            fallback: route == .escalate ? fallback : nil,
            isProvisional: isProvisional,
            priority: priority,
            place: name == "otherwise" ? node.place : (node.node("name") ?? node).place,
            condition: condition
        )
        if isProvisional, route != .act {
            node.node("provisional")?.problemWithKey(
                "`provisional` belongs to `route: act`",
                hint: route == .escalate ? "use `fallback: act_provisionally`" : nil
            )
        }
        if node.has("priority"), !rule.asksCloud {
            node.node("priority")?.problemWithKey(
                "`priority` has no effect: nothing of this rule waits to be sent",
                severity: .warning
            )
        }
        checkCloud(node, rule)
        return rule
    }

    private func checkFallback(_ node: SettingsNode, name: String, route: Route) {
        if route == .escalate, !node.has("fallback") {
            node.node("route")?.problem(
                "`\(name)` escalates and does not say what happens without an answer in time",
                hint: "add `fallback: act_provisionally`, `defer` or `drop`"
            )
        }
        if route != .escalate, node.has("fallback") {
            node.node("fallback")?.problemWithKey(
                "`fallback` cannot apply: only `route: escalate` waits for an answer"
            )
        }
    }

    /// A deadline that the local models alone may use up leaves no time for anything else.
    func checkDeadline() {
        guard let deadline, let place = root.node("deadline") else { return }
        let budgets = models.compactMap { $0.shape?.budget }
        let total = budgets.reduce(Interval.zero) { $0 + $1 }
        guard total > deadline else { return }
        let names = models.count == 1 ? "the model `\(models[0].name)`" : "the stages"
        let isSkipped = usage.slots.contains(ConditionVariable.modelSkipped.rawValue)
        place.problem(
            "\(names) may take \(Quantity.text(total)), longer than the deadline",
            hint: isSkipped
                ? "give readings more time, or the model a smaller `budget`"
                : "give readings more time, or the model a smaller `budget`; or say in a rule what "
                    + "becomes of readings whose finding would be late: `when: model.skipped`",
            severity: .warning
        )
    }

    /// Asking the cloud takes somebody to ask and, where somebody waits, a time to wait.
    private func checkCloud(_ node: SettingsNode, _ rule: Rule) {
        guard rule.asksCloud else { return }
        let place = node.node(rule.isProvisional ? "provisional" : "route") ?? node
        if endpoints.isEmpty, !root.has("escalate") {
            place.problem(
                "`\(rule.name)` asks the cloud, and the policy has nobody to ask",
                hint: "add `escalate: [\(surroundings.endpoints.sorted().first ?? "endpoint")]`"
            )
        }
        if rule.route == .escalate, !root.has("deadline") {
            place.problem(
                "`\(rule.name)` escalates, and the policy has no `deadline`",
                hint: "add `deadline: 250ms`: how long a message has in all"
            )
        }
    }
}
