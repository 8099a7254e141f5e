// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Trace
import Vocabulary

/// What one set of policies made of the trace.
struct SideCounts {
    /// How many steps of confidence the histogram has.
    static let bins = 50

    var decisions = 0
    var ways = [Int](repeating: 0, count: Way.allCases.count)
    /// By policy, then by rule.
    var rules: [String: [String: Int]] = [:]
    var answered = 0
    var missed = 0
    var unknown = 0
    var local = LatencyCounts()
    var asked = LatencyCounts()
    /// Whether what was acted on is right.
    var right = WeightedShare()
    /// Whether what was kept local agrees with the cloud.
    var agreement = WeightedShare()
    var overTime = TimeShares()
    var keptConfidence = [Int](repeating: 0, count: bins)
    var askedConfidence = [Int](repeating: 0, count: bins)

    /// How often the cloud is called.
    var calls: Int {
        zip(Way.allCases, ways).reduce(0) { $0 + ($1.0.asks ? $1.1 : 0) }
    }

    func count(_ way: Way) -> Int {
        Way.allCases.firstIndex(of: way).map { ways[$0] } ?? 0
    }

    /// What is known about a reading beside the outcome.
    struct Known {
        /// The right label; nil where nobody has said.
        var truth: String?
        /// The cloud's label; nil where it has not answered.
        var cloud: String?
        /// The inverse of the probability that this is known with.
        var weight: Double
    }

    mutating func add(
        _ outcome: Outcome,
        _ resolution: Resolution,
        _ decision: TraceDecision,
        _ known: Known
    ) {
        let way = outcome.way
        decisions += 1
        if let place = Way.allCases.firstIndex(of: way) { ways[place] += 1 }
        rules[decision.policy, default: [:]][outcome.rule, default: 0] += 1
        overTime.add(way, at: decision.time)
        switch resolution.ending {
        case .local:
            if let latency = resolution.latency { local.add(latency) }
        case .answered:
            answered += 1
            if let latency = resolution.latency { asked.add(latency) }
        case .missed:
            missed += 1
            if let latency = resolution.latency { asked.add(latency) }
        case .unknown: unknown += 1
        case .none: break
        }
        if let truth = known.truth, let label = resolution.label {
            right.add(label == truth, weight: known.weight)
        }
        if way == .act, let cloud = known.cloud, let label = outcome.label {
            agreement.add(label == cloud, weight: known.weight)
        }
        guard let confidence = outcome.confidence, confidence.isFinite else { return }
        // A trace may say any number.
        let bin = min(Self.bins - 1, Int(min(max(confidence, 0), 1) * Double(Self.bins)))
        if way.asks {
            askedConfidence[bin] += 1
        } else {
            keptConfidence[bin] += 1
        }
    }
}
