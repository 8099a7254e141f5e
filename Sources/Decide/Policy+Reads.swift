// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL

extension Policy {
    /// The variables that a rule or an action reads.
    public struct Reads: Sendable {
        /// What reads them, for a person: ``rule `sure` ``.
        public var reader: String
        /// The variables' names; fields and captures have their own.
        public var variables: [String]
    }

    /// What each stage, rule and action reads, by way of its `let`s too, in the policy's order.
    public var reads: [Reads] {
        let stages = stages.map { ("the condition of stage `\($0.model)`", $0.condition) }
        let rules = rules.map { ("rule `\($0.name)`", $0.condition) }
        let actions = actions.map { ("action `\($0.name)`", $0.condition) }
        return (stages + rules + actions).compactMap { reader, condition in
            condition.map { Reads(reader: reader, variables: variables(of: $0)) }
        }
    }

    /// True when a condition asks whether the model was skipped, so that a late finding is of no use.
    public var skipsLateFindings: Bool {
        let name = ConditionVariable.modelSkipped.name
        return reads.contains { $0.variables.contains(name) }
    }

    private func variables(of program: Program) -> [String] {
        var slots: Set<Int> = []
        var open = Array(program.variables)
        while let slot = open.popLast() {
            guard slots.insert(slot).inserted else { continue }
            open += lets.first { $0.slot == slot }.map { Array($0.program.variables) } ?? []
        }
        let named = Set(lets.map(\.slot))
        return slots.subtracting(named).sorted().map { environment.names[$0] }
    }

    /// The same policy with `value` as its threshold, whatever model it was tuned for.
    ///
    /// `threshold.low` and `threshold.high` stay what they are.
    public func replacing(threshold value: Double) -> Policy {
        var threshold = Threshold(value: value)
        threshold.low = self.threshold?.low
        threshold.high = self.threshold?.high
        return Policy(self, thresholds: [threshold])
    }
}
