// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Everything there is to say about one decision: what it was made on, every rule tried, what came after.
///
/// As JSON its names are in snake case: what `sluice explain --json` prints. Durations are in
/// milliseconds.
public struct DecisionStory: Codable, Equatable, Sendable {
    /// Its id; nil for a rehearsal.
    public var decisionId: String?
    /// The policy's name.
    public var policy: String
    /// The policy's version it was decided under.
    public var policyVersion: String
    /// The device.
    public var device: String
    /// The reading's time, RFC 3339.
    public var time: String
    /// The device's own counter.
    public var sequence: Int64?
    /// The rule that held; `otherwise` when none did.
    public var rule: String
    /// Where it went.
    public var route: String
    /// What was to become of an escalation without an answer.
    public var fallback: String?
    /// What the models said, in the order of the stages; the rules saw the last.
    public var findings: [Finding] = []
    /// The threshold in force.
    public var threshold: Threshold?
    /// What live audits said of its bound.
    public var bound: Bound?
    /// The deadline.
    public var deadline: Deadline?
    /// The endpoint that could be asked.
    public var cloud: Link?
    /// The stages' conditions, then those of the rules up to the one that held, and of the one after.
    ///
    /// Empty when the policy is not there any more as it was.
    public var conditions: [Condition] = []
    /// The variables that were read, as CEL writes them.
    public var observed: [String: String] = [:]
    /// What was said and done, first word first.
    public var words: [Word] = []
    /// What others said about it since: audits and operators.
    public var labels: [Label] = []
    /// What keeps the story from being whole.
    public var notes: [String] = []

    /// What one model said.
    public struct Finding: Codable, Equatable, Sendable {
        /// `name/version`.
        public var model: String
        /// Its place in the cascade, from 1.
        public var stage: Int?
        /// How long its run took.
        public var latencyMs: Double?
        /// The label.
        public var label: String?
        /// How sure it is, calibrated where there is a calibration.
        public var confidence: Double?
        /// The raw probability of the label, or a detector's score.
        public var score: Double?
        /// The distance from the best to the second-best probability.
        public var margin: Double?
        /// Of each label, in the model's order.
        public var probabilities: [Double]?
        /// A value, of a model that gives one.
        public var value: Double?
        /// The objects found, of a model that finds some.
        public var detections: [Vocabulary.Finding.Detection]?
        /// Why it has no opinion.
        public var failed: String?
        /// Why it was not asked: its answer would have been too late.
        public var skipped: String?
        /// The fitting behind `confidence`.
        public var calibration: Calibration?
    }

    /// What a calibration says of itself.
    public struct Calibration: Codable, Equatable, Sendable {
        /// `identity`, `temperature` or `isotonic`.
        public var map: String
        /// `max`, `margin`, `entropy` or `learned`.
        public var score: String
        /// The day it was fitted.
        public var date: String
        /// How many rows it was fitted on.
        public var samples: Int
    }

    /// A threshold and where it comes from; see `Decide.Threshold`.
    public struct Threshold: Codable, Equatable, Sendable {
        /// The least confidence that is kept local.
        public var value: Double
        /// The probability of an alarm up to which it is ignored.
        public var low: Double?
        /// The probability of an alarm from which it is acted on.
        public var high: Double?
        /// The most that P(answers differ | kept local) may be.
        public var bound: Double?
        /// The most that the expected cost may be.
        public var maxRisk: Double?
        /// How sure the bound is.
        public var certainty: Double?
        /// The effective sample size of the test.
        public var samples: Int?
        /// The digest of the local model.
        public var model: String?
        /// The cloud's model whose answers were the labels.
        public var cloud: String?
        /// When it was tuned.
        public var tuned: String?
        /// The trace it was tuned on.
        public var traceSha256: String?
    }

    /// What live audits say.
    public struct Bound: Codable, Equatable, Sendable {
        /// The running estimate of the share of kept readings that the cloud says otherwise of.
        public var estimate: Double
        /// Its upper end.
        public var upper: Double
        /// How many audits it rests on.
        public var samples: Int
        /// True when the bound is broken.
        public var broken: Bool
    }

    /// A deadline at the moment of the decision.
    public struct Deadline: Codable, Equatable, Sendable {
        /// The whole of it.
        public var totalMs: Double?
        /// What was left.
        public var leftMs: Double
    }

    /// The state of an endpoint at the moment of the decision.
    public struct Link: Codable, Equatable, Sendable {
        /// True when a call would have been tried.
        public var up: Bool
        /// The median latency.
        public var p50Ms: Double
        /// The 95th percentile.
        public var p95Ms: Double
        /// How many samples they rest on.
        public var samples: Int
        /// Calls under way.
        public var inFlight: Int
        /// The circuit breaker's state.
        public var breaker: String
        /// What was left of the budget, 0…1.
        public var budgetLeft: Double
        /// The money left; absent without a budget of money.
        public var moneyLeft: Double?
        /// The calls left; absent without a budget of calls.
        public var callsLeft: Int64?
    }
}
