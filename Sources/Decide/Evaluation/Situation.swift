// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// What is known when a reading is decided; conditions see it through their variables.
///
/// The reading itself is not part of it: it stays in its batch and is passed beside it.
public struct Situation {
    /// What the model said; nil for a policy without one.
    public var finding: Finding?
    /// The topic.
    public var topic: String
    /// What the captures of the policy's pattern stand for, in their order.
    public var captures: [String]
    /// True for a retained message.
    public var isRetained: Bool
    /// The whole payload; asked for only when a condition reads `payload`, and nil where it cannot be had.
    public var payload: () -> PayloadValue?
    /// The state of the first endpoint that could be asked.
    public var cloud: CloudFacts
    /// The state of the spool.
    public var queue: QueueFacts
    /// What live audits say of the bound.
    public var bound: BoundFacts
    /// What is left of the policy's deadline; nil without one.
    public var deadlineLeft: Interval?
    /// The time.
    public var now: WallTime
    /// The digests of the models that spoke, as thresholds are keyed by them; nil for the policy's own.
    public var modelDigest: String?

    /// Makes a situation.
    public init(
        finding: Finding?,
        topic: String,
        captures: [String],
        isRetained: Bool = false,
        payload: @escaping () -> PayloadValue? = { nil },
        cloud: CloudFacts = .absent,
        queue: QueueFacts = QueueFacts(depth: 0, bytes: 0, fill: 0, oldest: .zero),
        bound: BoundFacts = .unknown,
        deadlineLeft: Interval? = nil,
        now: WallTime
    ) {
        self.finding = finding
        self.topic = topic
        self.captures = captures
        self.isRetained = isRetained
        self.payload = payload
        self.cloud = cloud
        self.queue = queue
        self.bound = bound
        self.deadlineLeft = deadlineLeft
        self.now = now
    }
}

/// A payload as conditions see it, whatever its format was.
public indirect enum PayloadValue: Sendable {
    /// Nothing.
    case null
    /// A truth value.
    case flag(Bool)
    /// A number; whole numbers are doubles too, so that arithmetic never fails on `21`.
    case number(Double)
    /// A text.
    case text(String)
    /// A list.
    case list([PayloadValue])
    /// An object, in any order.
    case object([(name: String, value: PayloadValue)])
}
