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

    /// True when one of its conditions may read `payload`.
    public let readsPayload: Bool

    private let frame: Frame
    private var source: SlotSource
    private let firstLet: Int
    private let rules: [Trial?]
    private let stages: [Trial?]
    private let actions: [Trial?]
    /// The named expressions with their slots' sources, by slot from `firstLet`.
    private let lets: [(cell: LetCell, source: () throws -> Value)]
    /// Which slots the conditions tried have filled; memory of its own, because an array's uniqueness and
    /// exclusive access would be checked with each mark.
    private let isFilled: UnsafeMutableBufferPointer<Bool>

    /// A condition and whose it is.
    ///
    /// A class, because a program has many parts that would be counted up and down with each copy.
    private final class Trial {
        let name: String
        let program: Program
        let slots: [Int]

        init?(_ name: String, _ program: Program?) {
            guard let program else { return nil }
            self.name = name
            self.program = program
            slots = program.variables
        }
    }

    /// Makes an evaluator for the calling thread.
    public init(_ policy: Policy) {
        self.policy = policy
        frame = policy.environment.makeFrame()
        source = SlotSource(policy, cloud: nil)
        firstLet = frame.variableCount - policy.lets.count
        rules = policy.rules.map { Trial($0.name, $0.condition) }
        stages = policy.stages.map { Trial("stage `\($0.model)`", $0.condition) }
        actions = policy.actions.map { Trial($0.name, $0.condition) }
        lets = policy.lets.map { [frame] expression in
            let cell = LetCell(expression, frame: frame)
            return (cell, cell.source)
        }
        isFilled = .allocate(capacity: frame.variableCount)
        isFilled.initialize(repeating: false)
        let programs =
            policy.rules.map(\.condition) + policy.actions.map(\.condition)
            + policy.stages.map(\.condition) + policy.lets.map(\.program)
        let payload = ConditionVariable.payload.rawValue
        readsPayload = programs.contains { $0?.variables.contains(payload) == true }
    }

    deinit {
        isFilled.deallocate()
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
        for index in rules.indices {
            guard let trial = rules[index], holds(trial, situation, readings, row, nil) else {
                continue
            }
            return ruling(policy.rules[index], index: index)
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
        guard stages.indices.contains(index), let trial = stages[index] else { return true }
        begin(situation)
        return holds(trial, situation, readings, row, nil)
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
        return holding(situation, readings, row, verdict)
    }

    /// As `actions`, for the reading that was decided last: what its rules have read is not read again.
    ///
    /// Ask right after `decide`, with the same arguments.
    public func actionsOfDecided(
        _ situation: Situation,
        readings: ReadingBatch,
        row: Int
    ) -> [Int] {
        holding(situation, readings, row, nil)
    }

    private func holding(
        _ situation: Situation,
        _ readings: ReadingBatch,
        _ row: Int,
        _ verdict: Verdict?
    ) -> [Int] {
        var indices: [Int] = []
        for index in actions.indices {
            if let trial = actions[index] {
                guard holds(trial, situation, readings, row, verdict) else { continue }
            }
            indices.append(policy.actions[index].index)
        }
        return indices
    }

    /// The variables that the conditions tried have read, with their values as CEL writes them.
    ///
    /// Ask right after `decide` or `actions`. Costs text; `payload` is named and not shown.
    public func observed() -> [(variable: String, value: String)] {
        described(isFilled.indices.filter { isFilled[$0] })
    }

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
        let tried = Array(isFilled)
        fill(condition.variables, situation, readings, row, nil)
        return described(isFilled.indices.filter { isFilled[$0] && !tried[$0] })
    }

    private func described(_ slots: [Int]) -> [(variable: String, value: String)] {
        slots.compactMap { slot in
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
        if cloud != source.cloud || model != source.model {
            source = SlotSource(policy, cloud: cloud, model: model)
        }
        if !failures.isEmpty { failures.removeAll(keepingCapacity: true) }
        isFilled.update(repeating: false)
    }

    private func holds(
        _ trial: Trial,
        _ situation: Situation,
        _ readings: ReadingBatch,
        _ row: Int,
        _ verdict: Verdict?
    ) -> Bool {
        fill(trial.slots, situation, readings, row, verdict)
        do {
            return try trial.program.holds(frame)
        } catch {
            failures.append(ConditionFailure(name: trial.name, message: error.message))
            return false
        }
    }

    private func fill(
        _ slots: [Int],
        _ situation: Situation,
        _ readings: ReadingBatch,
        _ row: Int,
        _ verdict: Verdict?
    ) {
        for slot in slots where !isFilled[slot] {
            isFilled[slot] = true
            if slot < firstLet {
                source.fill(slot, of: frame, situation, readings, row: row, verdict: verdict)
            } else {
                let (cell, value) = lets[slot - firstLet]
                cell.begin()
                frame.setLazy(slot, value)
                fill(cell.program.variables, situation, readings, row, verdict)
            }
        }
    }

    private func ruling(_ rule: Rule, index: Int?) -> Ruling {
        Ruling(rule, index: index, failedConditions: failures.count)
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
