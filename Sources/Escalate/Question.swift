// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// One reading the cloud is asked about.
public struct Question: Sendable {
    /// The key the request carries, so that a repeat is recognised.
    public var key: EffectKey
    /// The endpoints that may be asked, by name, best first.
    public var endpoints: [String]
    /// What leaves the site.
    public var outbound: Outbound
    /// When the answer is too late to act on; nil where nobody waits.
    public var deadline: MonotonicInstant?
    /// True for a message that is being decided now, false for the backlog: live traffic goes first,
    /// and only live questions are retried here (the backlog's owner retries from its rows).
    public var isLive: Bool
    /// False when an answer after the deadline is of no use, so that no call waits longer than that.
    public var wantsLateAnswer: Bool

    /// Hands the trace it belongs to on to the cloud (W3C Trace Context); nil where nothing is traced.
    public var traceparent: String?

    /// Makes a question.
    public init(
        key: EffectKey,
        endpoints: [String],
        outbound: Outbound,
        deadline: MonotonicInstant?,
        isLive: Bool,
        wantsLateAnswer: Bool = true
    ) {
        self.key = key
        self.endpoints = endpoints
        self.outbound = outbound
        self.deadline = deadline
        self.isLive = isLive
        self.wantsLateAnswer = wantsLateAnswer
    }

    /// The decision it is about.
    public var decision: DecisionID { key.decision }
}

/// Where the answers to a question go; called on Escalate's own thread, in order.
struct Delivery: Sendable {
    var answer: @Sendable (Question, Result<Verdict, EscalationFailure>) -> Void
    var late: @Sendable (Question, Result<Verdict, EscalationFailure>) -> Void
}
