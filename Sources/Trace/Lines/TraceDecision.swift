// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// One reading at the moment of its decision: what was seen, and what was decided.
public struct TraceDecision: Sendable {
    /// The time the policy gave the reading, and what was left of it.
    public struct Deadline: Equatable, Sendable {
        /// The policy's deadline.
        public var total: Interval
        /// What was left at the decision; zero once it had expired.
        public var left: Interval

        /// Makes a deadline.
        public init(total: Interval, left: Interval) {
            self.total = total
            self.left = left
        }
    }

    // MARK: - Which reading

    /// The decision's identity.
    public var id: DecisionID
    /// The policy's name.
    public var policy: String
    /// The digest of the policy file it was decided under.
    public var version: String
    /// The topic; a keyed hash of it in a trace of scope `outbound`.
    public var topic: String
    /// The device; a keyed hash of it in a trace of scope `outbound`.
    public var device: String
    /// The device's own time, or the time of arrival where it sent none.
    public var time: WallTime
    /// True when `time` is the device's own.
    public var isDeviceTime: Bool
    /// When the message arrived: what `now` is in conditions.
    public var arrived: WallTime
    /// The device's own counter; never in a trace of scope `outbound`.
    public var sequence: Int64?
    /// True for a retained message.
    public var isRetained: Bool

    // MARK: - What was seen

    /// The policy's fields that were recorded, in its order, with those that the reading did not carry.
    public var fields: [TraceField]
    /// True when every reading of the policy was decided then, so that windows can be filled of decisions;
    /// false where a model with a window gathered some, and for traces of older programs.
    public var isWhole: Bool
    /// The names of the policy's fields that were not recorded, because they may not leave the site.
    public var withheld: [String]
    /// The finding that the rules saw; nil for a policy without a model.
    public var finding: TraceFinding?
    /// The findings of the cascade's stages before it, which were not accepted.
    public var earlier: [TraceFinding]
    /// The state of the first endpoint that could be asked.
    public var cloud: CloudFacts
    /// What was left of the policy's deadline; nil without one.
    public var deadline: Deadline?
    /// The state of the spool.
    public var queue: QueueFacts
    /// The running estimate of the policy's bound; `unknown` where there is none.
    public var bound: BoundFacts

    // MARK: - What was decided

    /// The rule that held; `otherwise` when none did.
    public var rule: String
    /// Where it went.
    public var route: Route
    /// True when it was acted on before the cloud was asked.
    public var isProvisional: Bool
    /// What becomes of an escalation without an answer in time; nil for other routes.
    public var fallback: Fallback?
    /// How urgently what was spooled wanted to leave.
    public var priority: Priority
    /// The actions whose conditions held for the local answer, whether or not `hold` let them through;
    /// none where nothing was acted on.
    public var actions: [String]
    /// The probability with which the cloud's verdict was asked for; nil when it was not.
    ///
    /// 1 for escalated, deferred and provisional decisions, the policy's `audit` for audited ones.
    public var audit: Double?
    /// From the message's arrival to the decision.
    public var latency: Interval

    /// Makes a decision of what is always there; the rest is set afterwards.
    public init(
        id: DecisionID,
        policy: String,
        version: String,
        topic: String,
        device: String,
        time: WallTime,
        isDeviceTime: Bool = true,
        arrived: WallTime,
        fields: [TraceField] = [],
        finding: TraceFinding? = nil,
        rule: String,
        route: Route
    ) {
        self.id = id
        self.policy = policy
        self.version = version
        self.topic = topic
        self.device = device
        self.time = time
        self.isDeviceTime = isDeviceTime
        self.arrived = arrived
        self.fields = fields
        self.finding = finding
        self.rule = rule
        self.route = route
        isRetained = false
        isWhole = false
        withheld = []
        earlier = []
        cloud = .absent
        queue = QueueFacts(depth: 0, bytes: 0, fill: 0, oldest: .zero)
        bound = .unknown
        isProvisional = false
        priority = .normal
        actions = []
        latency = .zero
    }
}
