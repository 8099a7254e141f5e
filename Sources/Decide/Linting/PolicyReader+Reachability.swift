// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Settings
import Vocabulary

extension PolicyReader {
    /// Reports a condition that no reading can make true, and what of it cannot be.
    func checkCanHold(_ program: Program, _ node: SettingsNode) {
        guard program.resultType == .bool else { return }
        let formula = FormulaMaker(lets).formula(program)
        if case .constant(false) = formula {
            node.problem("the condition is always false", severity: .warning)
            return
        }
        let impossible = Self.impossible(formula)
        for comparison in impossible {
            guard let range = comparison.range, let what = comparison.variable else { continue }
            let place = CharacterRange(
                scalars: range.lowerBound,
                count: range.count,
                in: program.source
            )
            node.problem(
                at: place.offset,
                length: place.length,
                "`\(comparison.text)` is never true: `\(what.name)` \(what.domainText ?? "")",
                severity: .warning
            )
        }
        guard impossible.isEmpty, !Reasoning.canHold(formula) else { return }
        node.problem(
            "the condition can never be true: its parts contradict each other",
            severity: .warning
        )
    }

    /// The comparisons that lie outside of what their variable can be.
    private static func impossible(_ formula: Formula) -> [Comparison] {
        switch formula {
        case .constant: []
        case .all(let parts), .any(let parts): parts.flatMap { impossible($0) }
        case .comparison(let comparison):
            comparison.variable?.domain != nil && Reasoning.domains([formula]) == nil
                ? [comparison] : []
        }
    }

    /// Reports rules that no reading comes to, because the rules before them leave none.
    func checkReachability() {
        let maker = FormulaMaker(lets)
        var earlier: [(name: String, formula: Formula)] = []
        var rest: [Formula] = []
        for rule in conditions {
            let formula = maker.formula(rule.program)
            // A condition that is never true has been reported by itself.
            guard Reasoning.canHold(formula) else { continue }
            if let (message, hint) = obstacle(formula, rule.name, earlier, rest) {
                rule.node.problem(message, hint: hint, severity: .warning)
            } else {
                earlier.append((rule.name, formula))
                rest += Reasoning.remainder(formula)
            }
        }
    }

    /// What keeps readings from a rule.
    private func obstacle(
        _ formula: Formula,
        _ name: String,
        _ earlier: [(name: String, formula: Formula)],
        _ rest: [Formula]
    ) -> (message: String, hint: String?)? {
        let never = "`\(name)` can never be reached"
        if let first = earlier.first(where: { Reasoning.isCertain($0.formula) }) {
            return ("\(never): `\(first.name)` always holds", "put it before `\(first.name)`")
        }
        if let first = earlier.first(where: { Reasoning.implies(formula, $0.formula) }) {
            let isSame = Reasoning.implies(first.formula, formula)
            return (
                "\(never): `\(first.name)` holds whenever it does",
                isSame ? "take one of them out" : "put it before `\(first.name)`"
            )
        }
        guard !Reasoning.canHold(formula, given: rest) else { return nil }
        return ("\(never): the rules before it leave nothing for it", nil)
    }

    /// Reports fallbacks that act where no action can be done.
    func checkFallbacksAct(_ actions: [ActionSpec]) {
        // An action that is unfit is left out, and might have been the one.
        guard actions.count == root.children("actions").count else { return }
        let maker = FormulaMaker(lets)
        for node in root.children("rules") where node.node("fallback")?.text == "act_provisionally"
        {
            guard let place = node.node("fallback") else { continue }
            let when = node.node("when")?.text
            let rule = conditions.first { $0.program.source == when }
            // Only what the model said is the same when the fallback is taken.
            let facts = (rule.map { maker.formula($0.program).conjuncts } ?? []).filter { part in
                guard case .comparison(let comparison) = part else { return false }
                return comparison.variable?.comesFromModel == true
            }
            let canAct = actions.contains { action in
                guard let condition = action.condition else { return true }
                return Reasoning.canHold(maker.formula(condition), given: facts)
            }
            guard !canAct else { continue }
            place.problem(
                actions.isEmpty
                    ? "the fallback acts, and the policy has no action"
                    : "the fallback acts, and no action can be done for the rule's readings",
                hint: "`fallback: defer` says what happens",
                severity: .warning
            )
        }
    }

    /// Reports a condition that costs more than an evaluation may, or nearly as much.
    func checkCost(_ program: Program, _ node: SettingsNode) {
        let (estimate, limit) = (program.estimate, Limits.cost)
        if estimate.minimum > limit {
            node.problem(
                "the condition costs at least \(estimate.minimum) steps, and is ended after "
                    + "\(limit)",
                hint: "make its lists or macros smaller"
            )
        } else if let maximum = estimate.maximum, maximum > limit / 2 {
            node.problem(
                "the condition costs up to \(maximum) steps, and is ended after \(limit)",
                hint: "make its lists or macros smaller",
                severity: .warning
            )
        }
    }
}
