// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// What a replay found: plain figures, the same for the same input.
public struct ReplayReport: Sendable {
    /// One set of policies: what was tried, or what it is compared with.
    public struct Side: Sendable {
        /// What it is called in the report.
        public var name: String
        /// How many readings went each way, in the order of `Way.allCases`.
        public var ways: [Int]
        /// Calls to the cloud.
        public var calls: Int
        /// What they cost; nil without a price.
        public var money: Double?
        /// Escalations that the cloud answered before the deadline.
        public var answered: Int
        /// Escalations that missed it.
        public var missed: Int
        /// Escalations of which the trace does not say.
        public var unknown: Int
        /// The local model's latency in milliseconds, median and 99th percentile.
        public var local: Latency
        /// An escalation's latency in milliseconds, with the deadline for those that missed it.
        public var asked: Latency
        /// The share of right answers among those acted on.
        public var right: WeightedShare
        /// The share of answers kept local that the cloud agrees with.
        public var agreement: WeightedShare
        /// How often each rule held, by policy.
        public var rules: [(policy: String, rules: [(name: String, count: Int)])]
        /// Readings by confidence, in equal steps from 0 to 1: kept here, and asked about.
        public var kept: [Int]
        /// The same for those that the cloud was asked about.
        public var askedAbout: [Int]
        /// Readings over time: each step's beginning and its counts in the order of `Way.allCases`.
        public var overTime: [(start: WallTime, counts: [Int])]
    }

    /// Two quantiles in milliseconds; nil without samples.
    public struct Latency: Sendable {
        /// The median.
        public var p50: Double?
        /// The 99th percentile.
        public var p99: Double?
        /// How many samples there were.
        public var samples: Int
    }

    /// One decision that came out otherwise.
    public struct Example: Sendable {
        /// The decision's identity.
        public var id: DecisionID
        /// Its policy.
        public var policy: String
        /// The device, or its hash.
        public var device: String
        /// The reading's time.
        public var time: WallTime
        /// Where it went, and by which rule.
        public var from: (way: String, rule: String)
        /// Where it goes, and by which rule.
        public var to: (way: String, rule: String)
        /// What the new conditions saw.
        public var values: [(variable: String, value: String)]
    }

    /// What there is to say of the policies beside their versions.
    public var notes: [String]
    /// True when the only known answers are those that the cloud was asked for anyway.
    public var isBiased: Bool
    /// The site that was recorded.
    public var site: String
    /// The scope of the trace.
    public var scope: String
    /// The share of decisions that was recorded.
    public var sample: Double
    /// The policies that were replayed, each with the versions it had and has.
    public var policies: [(name: String, former: [String], version: String)]
    /// The time of the first and last reading.
    public var span: (first: WallTime, last: WallTime)
    /// Decisions replayed.
    public var decisions: Int
    /// Decisions of policies that are not in the set, left out.
    public var skipped: Int
    /// Readings on a topic that their policy no longer matches, left out.
    public var unmatched: Int
    /// Readings that completed no window of the new model: they route nowhere.
    public var gathered: Int
    /// Findings taken from the trace.
    public var recordedFindings: Int
    /// Findings made again.
    public var freshFindings: Int
    /// Lines that were cut off at the end of a file.
    public var truncated: Int
    /// Lines of kinds that this version does not know.
    public var unknownLines: Int
    /// Decisions that came out otherwise.
    public var changed: Int
    /// Those that only another rule decided.
    public var otherRule: Int
    /// Changes by where they came from and went, most frequent first.
    public var changes: [(from: String, to: String, count: Int)]
    /// Some of them.
    public var examples: [Example]
    /// What it is compared with.
    public var former: Side
    /// What was tried.
    public var tried: Side
    /// Where the truth is from: `labels`, `verdicts`, `labels and verdicts`, or nil where there is none.
    public var truth: String?
    /// Accuracy against the share asked, for thresholds from 0 to 1; empty where too little is known.
    public var curve: [(threshold: Double, asked: Double, accuracy: Double)]
    /// What one call costs; nil when that is not known.
    public var pricePerCall: Double?

    /// The share of decisions that came out otherwise.
    public var changedShare: Double { decisions == 0 ? 0 : Double(changed) / Double(decisions) }
}
