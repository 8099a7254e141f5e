// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// A threshold with the bound that holds at it, and what it was chosen from.
public struct Tuning: Equatable, Sendable {
    /// How many rows each part has.
    public struct Parts: Equatable, Sendable {
        /// Rows that fitted the calibration.
        public var calibration: Int
        /// Rows that chose the score and where the tests begin.
        public var tuning: Int
        /// Rows that tested.
        public var test: Int
        /// Rows between two parts, in neither.
        public var setAside: Int
    }

    /// What was found about the rows' neighbours.
    public struct Dependence: Equatable, Sendable {
        /// One sentence about it, for people.
        public var words: String
        /// Rows a block; 1 for independent rows, nil where blocks were declared.
        public var blockLength: Int?
        /// How many blocks there are.
        public var blocks: Int
        /// The correlation of direct neighbours.
        public var neighbourCorrelation: Double
    }

    /// A held-out comparison that a choice was made by; less is better.
    public struct Comparison: Equatable, Sendable {
        /// What was compared.
        public var name: String
        /// The log loss a row, or the area under the curve of disagreement.
        public var loss: Double
    }

    /// Confidence at least this is kept local; with costs, not used.
    public var threshold: Double
    /// With costs: an alarm probability at most this is ignored.
    public var low: Double?
    /// With costs: an alarm probability at least this is acted upon.
    public var high: Double?
    /// How probabilities become the confidence that the threshold is for.
    public var calibration: Calibration
    /// How many rows there were.
    public var samples: Int
    /// The parts they were cut into.
    public var parts: Parts
    /// What was found about neighbours.
    public var dependence: Dependence
    /// How many test rows count for one.
    public var designEffect: Double
    /// How many test rows are kept.
    public var kept: Int
    /// How many of those disagree with the reference.
    public var disagreements: Int
    /// The greatest disagreement that the kept test rows leave possible, at the certainty.
    public var upper: Double
    /// The bound asked for; `upper` where only the escalation was bounded.
    public var bound: Double
    /// The mean cost of a test row, with costs.
    public var risk: Double?
    /// The certainty.
    public var certainty: Double
    /// The share of kept test rows whose local answer is true, where the truth is known.
    public var keptAccuracy: Double?
    /// The held-out log losses of the maps tried.
    public var maps: [Comparison]
    /// The areas of the scores tried.
    public var scores: [Comparison]
    /// Accuracy or agreement against escalation, on the test part.
    public var tradeOff: TradeOff

    /// The share of test rows kept.
    public var keptShare: Double { parts.test > 0 ? Double(kept) / Double(parts.test) : 0 }
    /// The share of kept test rows that disagree; 0 when none is kept.
    public var observed: Double { kept > 0 ? Double(disagreements) / Double(kept) : 0 }
    /// How many independent rows the test part is worth.
    public var effectiveSamples: Int { Int(Double(parts.test) / designEffect) }
    /// How many independent rows the kept of them are worth.
    public var effectiveKept: Int { Int(Double(kept) / designEffect) }
}

/// Why no threshold can be given, and what would do.
public struct TuneRefusal: Error, Equatable, Sendable {
    /// A stable name of the reason.
    public enum Reason: String, CaseIterable, Sendable {
        /// There are no rows.
        case empty
        /// The reference says one label only.
        case oneClass = "one_class"
        /// Every row has the same confidence.
        case equalConfidences = "equal_confidences"
        /// The rows could not show the bound even without a disagreement.
        case tooFew = "too_few"
        /// The rows do not show it.
        case notShown = "not_shown"
        /// The disagreement and the escalation cannot both be bounded so.
        case conflict
        /// The request itself makes no sense.
        case request
        /// Kept rows have no labels.
        case unaudited
    }

    /// Which reason.
    public var reason: Reason
    /// What is wrong, one sentence.
    public var message: String
    /// What to do about it, one sentence.
    public var advice: String
    /// How many rows would most likely do; nil when no number would, or when that is not the trouble.
    public var rowsNeeded: Int?
    /// The bound that these rows do show.
    public var possibleBound: Double?

    /// Makes a refusal.
    public init(
        _ reason: Reason,
        _ message: String,
        advice: String,
        rowsNeeded: Int? = nil,
        possibleBound: Double? = nil
    ) {
        self.reason = reason
        self.message = message
        self.advice = advice
        self.rowsNeeded = rowsNeeded
        self.possibleBound = possibleBound
    }
}
