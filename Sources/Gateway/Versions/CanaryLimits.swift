// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Tune
public import Vocabulary

/// What a canary must not do, and what it must have shown before it is promoted.
///
/// Each limit is a rate, and each is held against a confidence sequence (`ConfidenceSequence`, Robbins'
/// beta-binomial mixture) of what was seen, which may be looked at after every reading for as long as
/// the canary lives: a canary whose true rates keep all limits is rolled back with a probability of at
/// most 1 − `certainty`, over its whole life, however many limits there are and however often it is
/// looked at. Readings need not be independent; the rates must not drift.
public struct CanaryLimits: Equatable, Sendable {
    /// In which part of the cloud's verdicts on its readings it must at least agree.
    public var agreement: Double?
    /// Which part of its findings may fail at most.
    public var failures: Double?
    /// How long a run may take; one in a hundred may take longer.
    public var latency: Interval?
    /// How sure a verdict on it is.
    public var certainty: Double
    /// How many observations of a kind there must be before its limit is judged.
    public var atLeast: Int
    /// After how long it is promoted, if by then every limit is known to be kept; nil for never.
    public var promoteAfter: Interval?

    /// Which part of the runs may take longer than `latency`.
    static let slowShare = 0.01

    /// Makes limits; none by default.
    public init(
        agreement: Double? = nil,
        failures: Double? = nil,
        latency: Interval? = nil,
        certainty: Double = 0.95,
        atLeast: Int = 100,
        promoteAfter: Interval? = nil
    ) {
        self.agreement = agreement
        self.failures = failures
        self.latency = latency
        self.certainty = certainty
        self.atLeast = atLeast
        self.promoteAfter = promoteAfter
    }

    /// True where nothing is asked of the canary.
    public var isEmpty: Bool { agreement == nil && failures == nil && latency == nil }
}

/// What becomes of a canary.
enum CanaryJudgement: Equatable, Sendable {
    /// It goes on.
    case goesOn
    /// It has broken a limit, and ends.
    case rolledBack(reason: String)
    /// It has kept every limit for long enough.
    case promoted(reason: String)
}

extension CanaryLimits {
    /// What becomes of a canary of which `tally` was seen in `age`.
    ///
    /// Pure; some hundred logarithms a limit.
    func judge(_ tally: VersionTally, age: Interval) -> CanaryJudgement {
        let tests = tests(tally)
        guard !tests.isEmpty else { return .goesOn }
        // The error is shared out, so that all limits together keep it.
        let each = 1 - (1 - certainty) / Double(tests.count)
        var areKept = true
        for test in tests {
            guard test.count >= atLeast else {
                areKept = false
                continue
            }
            let interval = ConfidenceSequence(
                certainty: each,
                hits: test.hits,
                of: test.count
            ).interval
            if interval.lowerBound > test.limit {
                return .rolledBack(reason: test.complaint(at: interval.lowerBound))
            }
            if interval.upperBound > test.limit { areKept = false }
        }
        guard areKept, let promoteAfter, age >= promoteAfter else { return .goesOn }
        let seen = tests.map(\.praise).joined(separator: ", ")
        return .promoted(reason: "it kept its limits: \(seen)")
    }

    /// One limit and what was seen of it.
    private struct Test {
        var name: String
        var hits: Int
        var count: Int
        var limit: Double
        /// The limit as it was written.
        var words: String

        func complaint(at least: Double) -> String {
            "\(name) in \(hits) of \(count), at least \(BoundReport.percent(least)) for certain; \(words)"
        }

        var praise: String { "\(name) in \(hits) of \(count)" }
    }

    private func tests(_ tally: VersionTally) -> [Test] {
        var tests: [Test] = []
        if let failures {
            tests.append(
                Test(
                    name: "it failed",
                    hits: tally.failures,
                    count: tally.findings,
                    limit: failures,
                    words: "\(BoundReport.percent(failures)) are allowed"
                )
            )
        }
        if let agreement {
            tests.append(
                Test(
                    name: "it differed from the cloud",
                    hits: tally.disagreements,
                    count: tally.verdicts,
                    limit: 1 - agreement,
                    words: "agreement in \(BoundReport.percent(agreement)) is wanted"
                )
            )
        }
        if let latency {
            tests.append(
                Test(
                    name: "it took longer than \(latency.milliseconds) ms",
                    hits: tally.slow,
                    count: tally.findings,
                    limit: Self.slowShare,
                    words: "one in a hundred may"
                )
            )
        }
        return tests
    }
}
