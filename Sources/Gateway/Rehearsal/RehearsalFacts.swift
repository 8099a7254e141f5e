// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// What a rehearsal takes for granted about the world around a reading.
public struct RehearsalFacts: Sendable {
    /// What the cloud answers, where it is asked.
    public enum Answer: Sendable {
        /// Nothing yet: an escalation is asked and waits.
        case pending
        /// In time; to a row that was kept or acted on provisionally, later.
        case inTime(Verdict)
        /// After the deadline.
        case late(Verdict)
        /// Never.
        case never
    }

    /// What the model said; nil to have the policy's model run.
    public var finding: Finding?
    /// What the cloud answers.
    public var answer: Answer
    /// The state of the endpoint that could be asked.
    public var cloud: CloudFacts
    /// The state of the spool.
    public var queue: QueueFacts
    /// What is left of the deadline; nil for all of it.
    public var deadlineLeft: Interval?
    /// True for a retained message.
    public var isRetained: Bool
    /// What live audits say of the bound.
    public var bound: BoundFacts
    /// The time of arrival; nil for the reading's own.
    public var now: WallTime?

    /// Makes facts: an idle gateway with nobody to ask, unless they say otherwise.
    public init(
        finding: Finding? = nil,
        answer: Answer = .pending,
        cloud: CloudFacts = .absent,
        queue: QueueFacts = QueueFacts(depth: 0, bytes: 0, fill: 0, oldest: .zero),
        deadlineLeft: Interval? = nil,
        isRetained: Bool = false,
        bound: BoundFacts = .unknown,
        now: WallTime? = nil
    ) {
        self.finding = finding
        self.answer = answer
        self.cloud = cloud
        self.queue = queue
        self.deadlineLeft = deadlineLeft
        self.isRetained = isRetained
        self.bound = bound
        self.now = now
    }

    /// The verdict, whenever it comes.
    public var verdict: Verdict? {
        switch answer {
        case .inTime(let verdict), .late(let verdict): verdict
        case .pending, .never: nil
        }
    }
}
