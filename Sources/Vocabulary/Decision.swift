// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What was decided about one finding under one policy, and why.
public struct Decision: Sendable {
    /// How final it is.
    public enum Standing: String, Codable, Sendable {
        /// Nothing more is to come.
        case final
        /// Made without the cloud answer it wanted.
        case provisional
        /// The cloud said the same.
        case confirmed
        /// The cloud said otherwise.
        case corrected
    }

    /// Its identity.
    public var id: DecisionID
    /// 0 for the first word; one more for each later one.
    public var revision: Int
    /// The policy's name.
    public var policy: String
    /// The digest of the policy file it was decided under.
    public var policyVersion: String
    /// The device.
    public var device: String
    /// The device's own time, or the time of arrival where it sent none.
    public var time: WallTime
    /// The device's own counter, where it sent one.
    public var sequence: Int64?
    /// The rule that held; `otherwise` when none did.
    public var rule: String
    /// Where it went.
    public var route: Route
    /// How final it is.
    public var standing: Standing
    /// What it is about: the label acted on, local or the cloud's.
    public var label: String?
    /// The local finding's confidence.
    public var confidence: Double?
    /// The local finding's score.
    public var score: Double?
    /// The model whose answer `label` is.
    public var model: ModelReference?

    /// Makes a decision.
    public init(
        id: DecisionID,
        revision: Int = 0,
        policy: String,
        policyVersion: String,
        device: String,
        time: WallTime,
        sequence: Int64? = nil,
        rule: String,
        route: Route,
        standing: Standing,
        label: String? = nil,
        confidence: Double? = nil,
        score: Double? = nil,
        model: ModelReference? = nil
    ) {
        self.id = id
        self.revision = revision
        self.policy = policy
        self.policyVersion = policyVersion
        self.device = device
        self.time = time
        self.sequence = sequence
        self.rule = rule
        self.route = route
        self.standing = standing
        self.label = label
        self.confidence = confidence
        self.score = score
        self.model = model
    }
}
