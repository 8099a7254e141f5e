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

    /// What each rule and action reads, in the policy's order.
    public var reads: [Reads] {
        (rules.map { ("rule `\($0.name)`", $0.condition) }
            + actions.map { ("action `\($0.name)`", $0.condition) })
            .compactMap { reader, condition in
                condition.map { program in
                    Reads(
                        reader: reader,
                        variables: program.variables.map { environment.names[$0] }
                    )
                }
            }
    }

    /// The same policy with `value` as its threshold, whatever model it was tuned for.
    ///
    /// `threshold.low` and `threshold.high` stay what they are.
    public func replacing(threshold value: Double) -> Policy {
        var threshold = Threshold(value: value)
        threshold.low = self.threshold?.low
        threshold.high = self.threshold?.high
        var policy = self
        policy.thresholds = [threshold]
        return policy
    }
}
