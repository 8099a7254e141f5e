// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Where cases are tried that need more than rules: the stages around them, and what they are joined to.
///
/// Belongs to one thread. Without one, only the cases that give facts are run.
public protocol PolicyTestBench {
    /// What the cloud's model is sent: each tensor with the fields it is made of.
    var outboundTensors: [(name: String, fields: [String])] { get }

    /// What becomes of the readings of a message, in their order; no case hears of another's.
    func results(of message: CaseMessage) throws(CaseFault) -> [CaseResult]
}

/// A message that a case gives, with the facts around it.
public struct CaseMessage: Sendable {
    /// Its topic.
    public var topic: String
    /// Its bytes.
    public var payload: [UInt8]
    /// The messages that come before it, in their order.
    public var earlier: [CaseEarlier] = []
    /// How long after the last of them it comes, in time of arrival.
    public var after = Interval.zero
    /// How often it was sent before: its device time is later by as many times `after`.
    public var repetition = 0
    /// What the model said; nil to have it run.
    public var finding: Finding?
    /// What the cloud answers in time; nil for nothing.
    public var verdict: Verdict?
    /// The state of the endpoint that could be asked.
    public var cloud: CloudFacts
    /// The state of the spool.
    public var queue: QueueFacts
    /// What live audits say of the bound.
    public var bound: BoundFacts
    /// What is left of the deadline; nil for all of it.
    public var deadlineLeft: Interval?
    /// True for a retained message.
    public var isRetained: Bool
}

/// A message that comes before the one a case is about: windows and detectors learn from it.
public struct CaseEarlier: Sendable {
    /// Its topic.
    public var topic: String
    /// Its bytes.
    public var payload: [UInt8]
    /// How long after the message before it, in time of arrival.
    public var after: Interval
    /// How often it was sent before: its device time is later by as many times `after`.
    public var repetition: Int

    /// Makes a message.
    public init(topic: String, payload: [UInt8], after: Interval, repetition: Int) {
        self.topic = topic
        self.payload = payload
        self.after = after
        self.repetition = repetition
    }
}

/// Why a case could not be tried.
public struct CaseFault: Error, Equatable, Sendable {
    /// What is wrong, for a person.
    public var message: String

    /// Makes a fault.
    public init(_ message: String) {
        self.message = message
    }
}

/// What became of a case's reading.
public struct CaseResult: Sendable {
    /// The rule that held, and what it says.
    public var ruling: Ruling
    /// The label that the last word is about.
    public var label: String?
    /// The stage whose finding the rules saw, from 1; nil without a finding.
    public var stage: Int?
    /// The probability of the alarm labels; nil where it is not known.
    public var alarm: Double?
    /// The names of the actions that were done, in order.
    public var actions: [String]
    /// The topics that were published to, in order.
    public var topics: [String]
    /// The tensors that leave the site.
    public var tensors: [String]
    /// The fields that leave the site, in tensors or web requests.
    public var fields: [String]
    /// What the conditions tried have read, with the values as CEL writes them.
    public var observed: [(variable: String, value: String)]
    /// The conditions of rules that could not be evaluated.
    public var failures: [ConditionFailure]

    /// Makes a result.
    public init(
        ruling: Ruling,
        label: String? = nil,
        stage: Int? = nil,
        alarm: Double? = nil,
        actions: [String] = [],
        topics: [String] = [],
        tensors: [String] = [],
        fields: [String] = [],
        observed: [(variable: String, value: String)] = [],
        failures: [ConditionFailure] = []
    ) {
        self.ruling = ruling
        self.label = label
        self.stage = stage
        self.alarm = alarm
        self.actions = actions
        self.topics = topics
        self.tensors = tensors
        self.fields = fields
        self.observed = observed
        self.failures = failures
    }
}
