// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What was seen of one version, in counts.
public struct VersionTally: Codable, Equatable, Sendable {
    /// Findings it gave, failed ones included.
    public var findings = 0
    /// Findings that say it gave no opinion.
    public var failures = 0
    /// Findings whose run took longer than the canary's limit.
    public var slow = 0
    /// The time the runs behind its findings took, in nanoseconds.
    public var nanoseconds: Int64 = 0
    /// The longest of them.
    public var longest: Int64 = 0
    /// Verdicts of the cloud on its readings.
    public var verdicts = 0
    /// Those that differ from what it said.
    public var disagreements = 0
    /// Readings on which a shadow was compared with the version that spoke.
    public var compared = 0
    /// Those on which the two differ.
    public var differing = 0

    /// Nothing seen.
    public init() {}

    /// Adds what was seen elsewhere.
    public mutating func add(_ other: VersionTally) {
        findings += other.findings
        failures += other.failures
        slow += other.slow
        nanoseconds &+= other.nanoseconds
        longest = max(longest, other.longest)
        verdicts += other.verdicts
        disagreements += other.disagreements
        compared += other.compared
        differing += other.differing
    }

    /// What was seen since `earlier`; the longest run is of the whole time.
    public func since(_ earlier: VersionTally) -> VersionTally {
        var tally = self
        tally.findings -= earlier.findings
        tally.failures -= earlier.failures
        tally.slow -= earlier.slow
        tally.nanoseconds &-= earlier.nanoseconds
        tally.verdicts -= earlier.verdicts
        tally.disagreements -= earlier.disagreements
        tally.compared -= earlier.compared
        tally.differing -= earlier.differing
        return tally
    }
}
