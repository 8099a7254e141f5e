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
    /// True when one of its conditions may read `topic`, or what a capture of the pattern stands for.
    public let readsTopic: Bool

    private let frame: Frame
    private var source: SlotSource
    private let firstLet: Int
    private let rules: Trials
    private let stages: Trials
    private let actions: Trials
    /// What each rule says where it holds, and `otherwise` behind them.
    private let rulings: [Ruling]
    /// The named expressions with their slots' sources, by slot from `firstLet`.
    private let lets: [(cell: LetCell, source: () throws -> Value)]
    /// Which slots the conditions tried have filled; memory of its own, because an array's uniqueness and
    /// exclusive access would be checked with each mark.
    private let isFilled: UnsafeMutableBufferPointer<Bool>

    /// A condition and whose it is.
    ///
    /// A class, because a condition has many parts that would be counted up and down with each copy.
    private final class Trial {
        let name: String
        let test: Program.Test
        let slots: [Int]

        init(_ name: String, _ program: Program) {
            self.name = name
            test = program.test
            slots = program.variables
        }
    }

    /// Conditions in their order, nil where there is none.
    ///
    /// They live as long as the evaluator does, so nothing is counted up and down to ask one.
    private struct Trials {
        private let owned: [Trial?]
        private let places: [Unmanaged<Trial>?]

        init(_ trials: [(name: String, program: Program?)]) {
            owned = trials.map { trial in trial.program.map { Trial(trial.name, $0) } }
            places = owned.map { $0.map { Unmanaged.passUnretained($0) } }
        }

        var indices: Range<Int> { places.indices }

        @inline(__always)
        subscript(index: Int) -> Unmanaged<Trial>? { places[index] }
    }

    /// Makes an evaluator for the calling thread.
    public init(_ policy: Policy) {
        self.policy = policy
        frame = policy.environment.makeFrame()
        source = SlotSource(policy, cloud: nil)
        firstLet = frame.variableCount - policy.lets.count
        rules = Trials(policy.rules.map { ($0.name, $0.condition) })
        stages = Trials(policy.stages.map { ("stage `\($0.model)`", $0.condition) })
        actions = Trials(policy.actions.map { ($0.name, $0.condition) })
        rulings =
            policy.rules.enumerated().map { Ruling($1, index: $0) } + [Ruling(policy.otherwise)]
        lets = policy.lets.map { [frame] expression in
            let cell = LetCell(expression, frame: frame)
            return (cell, cell.source)
        }
        isFilled = .allocate(capacity: frame.variableCount)
        isFilled.initialize(repeating: false)
        let programs =
            policy.rules.map(\.condition) + policy.actions.map(\.condition)
            + policy.stages.map(\.condition) + policy.lets.map(\.program)
        let variables = Set(programs.flatMap { $0?.variables ?? [] })
        readsPayload = variables.contains(ConditionVariable.payload.rawValue)
        let captures = ConditionVariable.count..<ConditionVariable.count + policy.match.names.count
        readsTopic =
            variables.contains(ConditionVariable.topic.rawValue)
            || variables.contains(where: { captures.contains($0) })
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
        var situation = situation
        return decide(&situation, readings: readings, row: row)
    }

    /// The same, with a situation that stays where it is: to copy it costs as much as a rule.
    public func decide(
        _ situation: inout Situation,
        readings: ReadingBatch,
        row: Int
    ) -> Ruling {
        begin(situation)
        // Counted up and down once, and not for each slot.
        let source = source
        for index in rules.indices {
            guard let trial = rules[index],
                holds(trial, source, situation, readings, row, nil)
            else { continue }
            return ruling(index)
        }
        return ruling(rulings.count - 1)
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
        return holds(trial, source, situation, readings, row, nil)
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
        _ situation: inout Situation,
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
        let source = source
        for index in actions.indices {
            if let trial = actions[index] {
                guard holds(trial, source, situation, readings, row, verdict) else { continue }
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
        fill(condition.variables, source, situation, readings, row, nil)
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

    @inline(__always)
    private func holds(
        _ trial: Unmanaged<Trial>,
        _ source: SlotSource,
        _ situation: Situation,
        _ readings: ReadingBatch,
        _ row: Int,
        _ verdict: Verdict?
    ) -> Bool {
        trial._withUnsafeGuaranteedRef { trial in
            fill(trial.slots, source, situation, readings, row, verdict)
            do throws(EvaluationError) {
                return try trial.test(frame)
            } catch {
                failures.append(ConditionFailure(name: trial.name, message: error.message))
                return false
            }
        }
    }

    private func fill(
        _ slots: [Int],
        _ source: SlotSource,
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
                fill(cell.program.variables, source, situation, readings, row, verdict)
            }
        }
    }

    private func ruling(_ place: Int) -> Ruling {
        var ruling = rulings[place]
        ruling.failedConditions = failures.count
        return ruling
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
