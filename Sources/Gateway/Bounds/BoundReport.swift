// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Escalate
import Tune
import Vocabulary

/// How a policy's threshold stands: what it promises, and what live audits say of that.
public struct BoundReport: Codable, Equatable, Sendable {
    /// What the evidence allows to say.
    public enum State: String, Codable, Sendable {
        /// Too little to say either.
        case unverified
        /// The whole interval is at or below the bound.
        case holding
        /// The whole interval was above the bound once: for good, until the policy is tuned again.
        case broken
    }

    /// What the evidence allows to say.
    public var state: State
    /// The threshold in force; absent where none applies or none is stated.
    public var threshold: Double?
    /// Why no threshold of the policy applies, so that nothing counts as sure.
    public var inapplicable: String?
    /// What P(answers differ | kept local) may be at most, as the policy states it.
    public var bound: Double?
    /// How sure the interval is.
    public var certainty: Double
    /// The running estimate of it, 0…1.
    public var estimate: Double
    /// The lower end of its confidence sequence.
    public var lower: Double
    /// The upper end of its confidence sequence.
    public var upper: Double
    /// How many audits it rests on.
    public var samples: Int
    /// In how many of them the answers differed.
    public var disagreements: Int
    /// The cloud's model that answered last, `name/version`.
    public var cloud: String?
    /// The share of kept readings that is audited.
    public var audit: Double
    /// `alarm` or `escalate`: what happens while it is broken.
    public var response: String
    /// Since when nothing checks the bound, RFC 3339; absent while audits do.
    public var unverifiedSince: String?
    /// Why nothing checks it.
    public var unverifiedReason: String?
    /// Since when it is known to be broken, RFC 3339.
    public var brokenSince: String?

    /// What an operator must know of it; nil while all is well or as it has to be.
    public var warning: String? {
        guard state == .broken, let bound else { return inapplicable }
        let what =
            "the bound of \(Self.percent(bound)) is broken: \(Self.percent(estimate)) of the answers "
            + "kept here differ from the cloud's, at least \(Self.percent(lower))"
        guard response == BoundResponse.escalate.rawValue else { return what }
        return what + "; nothing counts as sure until it is tuned again"
    }

    /// A rate as a person reads it: `2.1 %`.
    public static func percent(_ rate: Double) -> String {
        "\((rate * 1_000).rounded() / 10) %"
    }
}

extension BoundReport {
    /// After how long without a verdict nobody can be said to check the bound.
    private static let patience = Interval.seconds(86_400)

    /// The report on `policy` at `now`, of a gateway that started at `started`.
    init(
        of policy: Policy,
        bounds: [RunningBound],
        facts: BoundFacts,
        uplink: Uplink,
        started: WallTime,
        now: WallTime
    ) {
        let latest = bounds.first
        let answering = facts.cloud ?? latest?.subject.cloud
        let threshold =
            answering.map { policy.threshold(for: policy.modelDigest, cloud: $0) }
            ?? policy.threshold
        self.threshold = threshold?.value
        if !policy.thresholds.isEmpty, policy.threshold == nil {
            inapplicable =
                "no threshold for model \(policy.modelDigest ?? "unknown") and cloud "
                + "\(policy.cloudModel ?? "unknown"): nothing counts as sure; tune one"
        } else if let answering, policy.threshold != nil, threshold == nil {
            inapplicable =
                "the cloud answers as \(answering), for which no threshold was tuned: nothing counts as "
                + "sure; tune one"
        }
        bound = threshold?.bound
        certainty = latest?.sequence.certainty ?? threshold?.certainty ?? 0.95
        estimate = facts.estimate
        lower = facts.lower
        upper = facts.upper
        samples = facts.samples
        disagreements = bounds.reduce(0) { $0 + $1.disagreements }
        cloud = answering
        audit = policy.audit
        response = policy.whenBoundBroken.rawValue
        if facts.isBroken {
            state = .broken
        } else {
            state = facts.verifiedSince == nil ? .unverified : .holding
        }
        let broken = bounds.compactMap(\.brokenSince).min()
        brokenSince = broken.map { WallTime(nanoseconds: $0).rfc3339 }
        let checked = (latest?.latest).map { WallTime(nanoseconds: $0) }
        let reason: (text: String, since: WallTime)?
        if policy.audit == 0 || policy.endpoints.isEmpty {
            reason = ("nothing is audited", started)
        } else if uplink == .offline {
            reason = ("the cloud is away", checked ?? started)
        } else if let checked, now - checked > Self.patience {
            reason = ("no verdict for a day", checked)
        } else if state == .unverified {
            let began = latest.map { WallTime(nanoseconds: $0.began) } ?? started
            reason = ("too few audits", began)
        } else {
            reason = nil
        }
        unverifiedReason = reason?.text
        unverifiedSince = reason?.since.rfc3339
    }
}

extension Gateway {
    /// How `policy`'s threshold stands; nil for a policy without thresholds and audits.
    func boundReport(of policy: Policy) -> BoundReport? {
        guard policy.audit > 0 || !policy.thresholds.isEmpty else { return nil }
        let now = parts.time.wallTime
        return BoundReport(
            of: policy,
            bounds: parts.bounds.bounds(of: policy),
            facts: parts.bounds.facts(of: policy),
            uplink: parts.escalate.uplink,
            started: now + (started - parts.time.now),
            now: now
        )
    }

    /// Takes a person's label: written to the decision log before this returns.
    public func label(_ label: OperatorLabel) {
        parts.trail.labelled(label)
        parts.trail.flush()
    }
}
