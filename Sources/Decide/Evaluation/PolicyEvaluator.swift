// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
public import Vocabulary

/// Decides readings by one policy, one after the other.
///
/// Belongs to one thread and reuses its frame: a condition on scalars allocates nothing, and only the
/// variables that the conditions tried do read are filled.
public final class PolicyEvaluator {
    /// The policy.
    public let policy: Policy
    /// The conditions that could not be evaluated in the last `decide` or `actions`.
    public private(set) var failures: [ConditionFailure] = []

    private let frame: Frame
    private var constants: SlotSource.Constants
    private let firstLet: Int
    /// The named expressions with their slots' sources, by slot from `firstLet`.
    private let lets: [(cell: LetCell, source: () throws -> Value)]
    private var isFilled: [Bool]
    private var filled: [Int] = []

    /// Makes an evaluator for the calling thread.
    public init(_ policy: Policy) {
        self.policy = policy
        frame = policy.environment.makeFrame()
        constants = SlotSource.Constants(policy, cloud: nil)
        firstLet = frame.variableCount - policy.lets.count
        lets = policy.lets.map { [frame] expression in
            let cell = LetCell(expression, frame: frame)
            return (cell, cell.source)
        }
        isFilled = Array(repeating: false, count: frame.variableCount)
    }

    /// The first rule whose condition holds for reading `row`, or `otherwise`.
    ///
    /// A condition that cannot be evaluated does not hold.
    public func decide(
        _ situation: Situation,
        readings: ReadingBatch,
        row: Int
    ) -> Ruling {
        begin(situation)
        let source = SlotSource(
            constants: constants,
            situation: situation,
            readings: readings,
            row: row,
            verdict: nil
        )
        for (index, rule) in policy.rules.enumerated()
        where holds(rule.condition, rule.name, source) {
            return ruling(rule, index: index)
        }
        return ruling(policy.otherwise, index: nil)
    }

    /// Whether the finding of `situation` is good enough for the cascade to stop at stage `index`.
    ///
    /// The last stage's always is; a condition that cannot be evaluated does not hold.
    public func accepts(
        stage index: Int,
        _ situation: Situation,
        readings: ReadingBatch,
        row: Int
    ) -> Bool {
        guard policy.stages.indices.contains(index), let condition = policy.stages[index].condition
        else { return true }
        begin(situation)
        let source = SlotSource(
            constants: constants,
            situation: situation,
            readings: readings,
            row: row,
            verdict: nil
        )
        return holds(condition, "stage `\(policy.stages[index].model)`", source)
    }

    /// The actions whose conditions hold for reading `row`: places in `policy.actions`, rising.
    ///
    /// With a `verdict`, its label and confidence stand in for the model's.
    public func actions(
        _ situation: Situation,
        readings: ReadingBatch,
        row: Int,
        verdict: Verdict? = nil
    ) -> [Int] {
        begin(situation)
        let source = SlotSource(
            constants: constants,
            situation: situation,
            readings: readings,
            row: row,
            verdict: verdict
        )
        var indices: [Int] = []
        for action in policy.actions
        where action.condition == nil || holds(action.condition, action.name, source) {
            indices.append(action.index)
        }
        return indices
    }

    /// The variables that the conditions tried have read, with their values as CEL writes them.
    ///
    /// Ask right after `decide` or `actions`. Costs text; `payload` is named and not shown.
    public func observed() -> [(variable: String, value: String)] { described(filled) }

    /// The variables that the rule after the one that held would have read besides, like `observed`.
    ///
    /// Ask right after `decide`, with the same arguments; costs text.
    public func ahead(
        of ruling: Ruling,
        _ situation: Situation,
        readings: ReadingBatch,
        row: Int
    ) -> [(variable: String, value: String)] {
        guard let index = ruling.ruleIndex, index + 1 < policy.rules.count,
            let condition = policy.rules[index + 1].condition
        else { return [] }
        let source = SlotSource(
            constants: constants,
            situation: situation,
            readings: readings,
            row: row,
            verdict: nil
        )
        let tried = filled.count
        fill(condition.variables, source)
        return described(filled[tried...])
    }

    private func described(_ slots: some Sequence<Int>) -> [(variable: String, value: String)] {
        slots.sorted().compactMap { slot in
            let name = policy.environment.names[slot]
            guard slot != ConditionVariable.payload.rawValue else { return (name, "…") }
            // A named expression that no condition came to has no value and wants none.
            if slot >= firstLet { return frame.known(slot).map { (name, Self.shown($0)) } }
            guard let value = try? frame.value(slot) else { return (name, "absent") }
            return (name, Self.shown(value))
        }
    }

    private func begin(_ situation: borrowing Situation) {
        // The cloud may answer with another model from one burst to the next, which is rare.
        let cloud = situation.bound.cloud
        let model = situation.modelDigest
        if cloud != constants.cloud || model != constants.model {
            constants = SlotSource.Constants(policy, cloud: cloud, model: model)
        }
        failures.removeAll(keepingCapacity: true)
        for slot in filled {
            isFilled[slot] = false
        }
        filled.removeAll(keepingCapacity: true)
    }

    private func holds(
        _ condition: Program?,
        _ name: @autoclosure () -> String,
        _ source: borrowing SlotSource
    ) -> Bool {
        guard let condition else { return false }
        fill(condition.variables, source)
        do {
            return try condition.holds(frame)
        } catch {
            failures.append(ConditionFailure(name: name(), message: error.message))
            return false
        }
    }

    private func fill(_ slots: [Int], _ source: borrowing SlotSource) {
        for slot in slots where !isFilled[slot] {
            isFilled[slot] = true
            filled.append(slot)
            if slot < firstLet {
                source.fill(slot, of: frame)
            } else {
                let (cell, value) = lets[slot - firstLet]
                cell.begin()
                frame.setLazy(slot, value)
                fill(cell.program.variables, source)
            }
        }
    }

    private func ruling(_ rule: Rule, index: Int?) -> Ruling {
        Ruling(
            ruleIndex: index,
            ruleName: rule.name,
            route: rule.route,
            fallback: rule.fallback,
            isProvisional: rule.isProvisional,
            priority: rule.priority,
            failedConditions: failures.count
        )
    }

    private static func shown(_ value: Value) -> String {
        switch value {
        case .list(let values) where values.count > 8: "a list of \(values.count)"
        case .map(let map): "a map of \(map.count)"
        case .string(let text) where text.utf8.count > 120: "a text of \(text.utf8.count) bytes"
        default: value.description
        }
    }
}
