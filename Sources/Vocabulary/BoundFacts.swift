// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What live traffic says of the bound a threshold was tuned to, at one moment.
///
/// Disagreement is the probability that the local and the cloud's answer differ, given that the local
/// one was kept.
public struct BoundFacts: Equatable, Sendable {
    /// The running estimate of disagreement, 0…1.
    public var estimate: Double
    /// The lower end of its confidence sequence, 0…1.
    public var lower: Double
    /// The upper end of its confidence sequence, 0…1; 1 before there is evidence.
    public var upper: Double
    /// How many audited readings it rests on.
    public var samples: Int
    /// True while the whole sequence lies above the bound.
    public var isBroken: Bool
    /// Since when live audits have borne the bound out; nil while they do not.
    public var verifiedSince: WallTime?
    /// Since when nothing has checked the bound; nil while audits come in.
    public var unverifiedSince: WallTime?
    /// The cloud's model that answered last, `name/version`; nil before the first answer.
    public var cloud: String?

    /// Makes a set of facts.
    public init(
        estimate: Double,
        lower: Double,
        upper: Double,
        samples: Int,
        isBroken: Bool,
        verifiedSince: WallTime? = nil,
        unverifiedSince: WallTime? = nil,
        cloud: String? = nil
    ) {
        self.estimate = estimate
        self.lower = lower
        self.upper = upper
        self.samples = samples
        self.isBroken = isBroken
        self.verifiedSince = verifiedSince
        self.unverifiedSince = unverifiedSince
        self.cloud = cloud
    }

    /// What is known before there is any evidence.
    public static let unknown = BoundFacts(
        estimate: 0,
        lower: 0,
        upper: 1,
        samples: 0,
        isBroken: false
    )
}
