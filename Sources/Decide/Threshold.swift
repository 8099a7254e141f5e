// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How sure a local answer must be to be kept, and where that number comes from.
public struct Threshold: Hashable, Sendable {
    /// What `confidence` was when the threshold was tuned.
    public enum Score: String, CaseIterable, Sendable {
        /// The probability of the chosen label.
        case max
        /// The distance between the best two probabilities.
        case margin
        /// One less the normalized entropy of the probabilities.
        case entropy
        /// A fitted score of when the cloud is right and the local model wrong.
        case learned
        /// What labels made of a detector's score.
        case anomaly
    }

    /// The least `confidence` that is kept local, 0…1.
    public var value: Double
    /// The probability of an alarm up to which it is ignored; nil where nobody tuned it.
    public var low: Double?
    /// The probability of an alarm from which it is acted on; nil where nobody tuned it.
    public var high: Double?
    /// The most that P(local and cloud answers differ | kept local) may be; nil for an untuned one.
    public var bound: Double?
    /// The most that the expected cost of a reading may be; nil where no costs were tuned to.
    public var maximumRisk: Double?
    /// How sure the bound is, 0…1.
    public var certainty: Double?
    /// The effective sample size of the part it was tested on.
    public var samples: Int?
    /// What `confidence` was when it was tuned.
    public var score: Score?
    /// The digest of the local model it was tuned for: 12 hexadecimal digits, those of a cascade's
    /// stages joined by `+`; nil for any model.
    public var model: String?
    /// The cloud's model whose answers were the labels, `name/version`; nil for any.
    public var cloud: String?
    /// The SHA-256 of the trace it was tuned on.
    public var traceDigest: String?
    /// When it was tuned, as it is written.
    public var tuned: String?

    /// Makes an untuned threshold.
    public init(value: Double) {
        self.value = value
    }

    /// True when it is known to keep a bound.
    public var isTuned: Bool { bound != nil || maximumRisk != nil }

    /// True for the local model with this digest and the cloud's model of that name and version.
    ///
    /// A `cloud` without a version is served in a version of the server's choice: any may be meant.
    public func applies(to model: String?, cloud: String?) -> Bool {
        if let wanted = self.model, wanted != model { return false }
        guard let wanted = self.cloud else { return true }
        guard let cloud else { return false }
        return wanted == cloud || !cloud.contains("/") && wanted.hasPrefix(cloud + "/")
    }

    /// How much of its provenance is pinned.
    var precision: Int { (model == nil ? 0 : 2) + (cloud == nil ? 0 : 1) }
}

/// What a wrong answer and a question cost, in one unit of the user's choice.
public struct Costs: Hashable, Sendable {
    /// The labels that are alarms.
    public var alarm: [String]
    /// The cost of ignoring an alarm.
    public var miss: Double
    /// The cost of acting where there was none.
    public var falseAlarm: Double
    /// The cost of asking the cloud once.
    public var escalation: Double

    /// Makes a set of costs.
    public init(alarm: [String], miss: Double, falseAlarm: Double, escalation: Double) {
        self.alarm = alarm
        self.miss = miss
        self.falseAlarm = falseAlarm
        self.escalation = escalation
    }

    /// True when there is a probability of an alarm at which asking costs less than both answers.
    public var canAsk: Bool { escalation / miss < 1 - escalation / falseAlarm }

    /// Up to which probability of an alarm ignoring it is cheapest.
    ///
    /// With probability p of an alarm, ignoring costs p·miss, acting (1 − p)·falseAlarm and asking
    /// `escalation`, the cloud taken to be right: Chow's rule with the price of a rejection (C. K. Chow,
    /// "On optimum recognition error and reject tradeoff", IEEE Trans. Inf. Theory 16, 1970), its two
    /// errors priced apart. Where asking never pays, the point at which both answers cost the same.
    public var low: Double { canAsk ? escalation / miss : indifference }

    /// From which probability of an alarm acting is cheapest; see ``low``.
    public var high: Double { canAsk ? 1 - escalation / falseAlarm : indifference }

    private var indifference: Double { falseAlarm / (miss + falseAlarm) }
}

/// What happens when live audits show a tuned bound broken.
public enum BoundResponse: String, CaseIterable, Sendable {
    /// The status and the metrics say so.
    case alarm
    /// The same, and nothing counts as sure until the bound holds again.
    case escalate
}
