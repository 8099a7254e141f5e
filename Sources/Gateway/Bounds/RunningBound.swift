// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Tune
import Vocabulary

/// What audits say of one policy's readings that were kept local, for one pair of models.
///
/// On disk it is a setting of the spool, JSON, stored with the acknowledgement of the row whose verdict
/// changed it. Evidence belongs to what it was gathered under: another edition of the policy's file,
/// another local model or another answer of the cloud's begins a new one.
struct RunningBound: Codable, Sendable {
    /// What the evidence is about.
    struct Subject: Codable, Hashable, Sendable {
        var policy: String
        var policyVersion: String
        /// The local model's digest, as thresholds are keyed by it.
        var model: String?
        /// The cloud's model that answered, `name/version`.
        var cloud: String
    }

    /// How many verdicts are remembered, so that a reading that is decided once more after a crash is
    /// not counted once more.
    private static let remembered = 128
    /// The least propensity that gets its full weight, as a part of the policy's rate.
    private static let leastShare = 1.0 / 16

    /// The layout's version.
    var format = 1
    let subject: Subject
    /// When it began, in nanoseconds since 1970.
    let began: Int64
    private(set) var sequence: ConfidenceSequence
    private(set) var disagreements = 0
    /// When the last verdict came.
    private(set) var latest: Int64?
    /// Since when the bound is known to be broken: for good, for these models and this policy.
    private(set) var brokenSince: Int64?
    /// Since when the evidence has borne the bound out; nil while it does not.
    private(set) var heldSince: Int64?
    private var recent: [UInt64] = []
    private let leastPropensity: Double

    init(_ subject: Subject, rate: Double, certainty: Double, at time: WallTime) {
        self.subject = subject
        began = time.nanoseconds
        sequence = ConfidenceSequence(certainty: certainty, minimumPropensity: rate)
        leastPropensity = rate * Self.leastShare
    }

    /// Counts a verdict; false when it was counted before.
    ///
    /// `bound` is what the policy states.
    mutating func count(
        _ id: DecisionID,
        differs: Bool,
        propensity: Double,
        bound: Double?,
        at time: WallTime
    ) -> Bool {
        let mark = id.high ^ id.low
        guard !recent.contains(mark) else { return false }
        recent.append(mark)
        if recent.count > Self.remembered { recent.removeFirst() }
        sequence.lower(minimumPropensity: max(propensity, leastPropensity))
        sequence.add(differs, propensity: propensity)
        if differs { disagreements += 1 }
        latest = time.nanoseconds
        judge(bound, at: time)
        return true
    }

    /// Holds the evidence against what the policy states.
    private mutating func judge(_ bound: Double?, at time: WallTime) {
        guard let bound else { return }
        let interval = sequence.interval
        if brokenSince == nil, interval.lowerBound > bound { brokenSince = time.nanoseconds }
        if interval.upperBound <= bound {
            heldSince = heldSince ?? time.nanoseconds
        } else {
            heldSince = nil
        }
    }

    /// What conditions see of it.
    var facts: BoundFacts {
        let interval = sequence.interval
        return BoundFacts(
            estimate: sequence.estimate ?? 0,
            lower: interval.lowerBound,
            upper: interval.upperBound,
            samples: sequence.samples,
            isBroken: brokenSince != nil,
            verifiedSince: heldSince.map { WallTime(nanoseconds: $0) }
        )
    }

    // MARK: - Bytes

    /// What the spool calls it.
    var key: String { "\(Self.prefix)\(subject.policy)/\(subject.cloud)" }

    static let prefix = "bound/"

    func encoded() -> [UInt8] {
        // Plain values only; encoding them cannot fail.
        (try? JSONEncoder().encode(self)).map { Array($0) } ?? []
    }

    /// Reads what `encoded` wrote; nil for anything else.
    static func decoded(_ bytes: [UInt8]) -> RunningBound? {
        let bound = try? JSONDecoder().decode(RunningBound.self, from: Data(bytes))
        return bound?.format == 1 ? bound : nil
    }
}
