// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// What a threshold is to be tuned to.
public struct TuneRequest: Equatable, Sendable {
    /// Which score of the probabilities is used.
    public enum Method: String, CaseIterable, Sendable {
        /// The best of them on rows that do not test.
        case auto
        /// The greatest probability.
        case max
        /// The greatest less the second.
        case margin
        /// One less the normalised entropy.
        case entropy
        /// A fitted model of disagreement, where one can be fitted and is better.
        case learned
    }

    /// What errors cost, in any unit of money.
    public struct Costs: Equatable, Sendable {
        /// The indices of the labels that are an alarm.
        public var alarm: Set<Int>
        /// An alarm ignored.
        public var miss: Double
        /// Acting where there was no alarm.
        public var falseAlarm: Double
        /// Asking the cloud.
        public var escalation: Double

        /// Makes costs.
        public init(alarm: Set<Int>, miss: Double, falseAlarm: Double, escalation: Double) {
            self.alarm = alarm
            self.miss = miss
            self.falseAlarm = falseAlarm
            self.escalation = escalation
        }
    }

    /// The greatest P(local and reference differ | kept local), within 0…1; nil when only the risk is bounded.
    public var disagreement: Double?
    /// The greatest expected cost a reading, with `costs`.
    public var risk: Double?
    /// What errors cost; needed with `risk`.
    public var costs: Costs?
    /// The greatest share of readings that may be escalated.
    public var escalation: Double?
    /// The probability with which the bound must hold, over the choice of samples.
    public var certainty: Double
    /// Which score.
    public var method: Method
    /// Rows of one device in one such window are one block.
    public var window: Interval?
    /// Whether the user says that rows are independent whatever they look like.
    public var isIndependent: Bool

    /// Makes a request.
    public init(
        disagreement: Double? = nil,
        risk: Double? = nil,
        costs: Costs? = nil,
        escalation: Double? = nil,
        certainty: Double = 0.95,
        method: Method = .auto,
        window: Interval? = nil,
        isIndependent: Bool = false
    ) {
        self.disagreement = disagreement
        self.risk = risk
        self.costs = costs
        self.escalation = escalation
        self.certainty = certainty
        self.method = method
        self.window = window
        self.isIndependent = isIndependent
    }
}
