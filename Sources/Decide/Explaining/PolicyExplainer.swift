// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
public import Vocabulary

/// Evaluates a policy's conditions once more, keeping what every part of them gave.
///
/// The slow way, for a person who asks why: it allocates freely. Belongs to one thread.
public final class PolicyExplainer {
    /// The policy.
    public let policy: Policy
    /// The variables that the conditions read and whose values are not known.
    public private(set) var unknown: Set<String> = []

    let frame: Frame
    let firstLet: Int
    private var cells: [LetCell] = []

    private init(_ policy: Policy) {
        self.policy = policy
        frame = policy.environment.makeFrame()
        firstLet = frame.variableCount - policy.lets.count
        cells = policy.lets.map { LetCell($0, frame: frame) }
        refresh()
    }

    /// Explains reading `row` in a situation.
    public convenience init(
        _ policy: Policy,
        _ situation: Situation,
        readings: ReadingBatch,
        row: Int
    ) {
        self.init(policy)
        let source = SlotSource(
            policy,
            cloud: situation.bound.cloud,
            model: situation.modelDigest
        )
        for slot in 0..<firstLet {
            source.fill(slot, of: frame, situation, readings, row: row, verdict: nil)
        }
    }

    /// Explains a decision of which the variables' values were kept, as ``PolicyEvaluator/observed()``
    /// writes them.
    ///
    /// A variable without a value among them is unknown, and so is what reads it. Values are read with
    /// CEL's own limits; what is no value is unknown too.
    public convenience init(_ policy: Policy, observed: [String: String]) {
        self.init(policy)
        let literals = CEL.Environment(variables: [])
        for slot in 0..<firstLet {
            let name = policy.environment.names[slot]
            let literal = observed[name]
            if literal == "absent" { continue }
            let program = literal.flatMap { literals.compile($0, expecting: nil).program }
            if let value = try? program?.evaluate(literals.makeFrame()) {
                frame.set(slot, value)
            } else {
                frame.setLazy(slot) { [weak self] in
                    self?.unknown.insert(name)
                    throw EvaluationError(code: .noValue, message: "`\(name)` was not kept")
                }
            }
        }
    }

    /// What the rules up to the one that held said, and the one after it.
    ///
    /// `held` is that rule's place in the policy; nil when it was `otherwise`.
    public func rules(held: Int?) -> [ConditionReport] {
        policy.rules.prefix(held.map { $0 + 2 } ?? policy.rules.count).map { rule in
            report(rule.name, rule.condition)
        }
    }

    /// Whether the finding would be taken at stage `index`; nil for the last stage, which has no condition.
    public func stage(_ index: Int) -> ConditionReport? {
        guard policy.stages.indices.contains(index), let condition = policy.stages[index].condition
        else { return nil }
        return report(policy.stages[index].model, condition)
    }

    private func report(_ name: String, _ program: Program?) -> ConditionReport {
        guard let program else {
            return ConditionReport(name: name, standing: .held, lines: [], ways: [])
        }
        let explanation = program.explain(frame)
        let standing: ConditionReport.Standing =
            switch explanation.outcome {
            case .value(.bool(true)): .held
            case .value: .notHeld
            case .failed(let error): .failed(error.explained)
            case .skipped: .failed("not evaluated")
            }
        return ConditionReport(
            name: name,
            when: program.source,
            standing: standing,
            lines: lines(program.syntax, explanation),
            ways: ways(turning: program, from: standing == .held)
        )
    }

    /// Has the named expressions worked out anew.
    func refresh() {
        for cell in cells {
            cell.begin()
            frame.setLazy(cell.slot, cell.source)
        }
    }

    /// The named expression in `slot`; nil for another variable.
    func named(_ slot: Int) -> NamedExpression? {
        slot < firstLet ? nil : policy.lets.first { $0.slot == slot }
    }

    /// What a part of a condition gives by itself; nil where it has no value.
    func value(_ part: ExpressionView) -> Value? {
        if case .variable(let slot, _) = part.kind { return try? frame.value(slot) }
        if let constant = part.constantValue { return constant }
        return try? policy.environment.compile(part.text, expecting: nil).program?.evaluate(frame)
    }
}
