// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Trace
import Vocabulary

/// What a policy makes of one recorded reading.
struct Outcome {
    var rule: String
    var route: Route
    var isProvisional: Bool
    var fallback: Fallback?
    var actions: [String]
    /// The local label and how sure it is.
    var label: String?
    var confidence: Double?
    /// How long the local model took; nil where that was not recorded.
    var modelLatency: Interval?

    /// What was decided when the trace was recorded.
    init(_ decision: TraceDecision) {
        rule = decision.rule
        route = decision.route
        isProvisional = decision.isProvisional
        fallback = decision.fallback
        actions = decision.actions
        let found = decision.finding?.finding.classification
        label = found?.label
        confidence = found?.confidence
        modelLatency = decision.finding?.finding.latency
    }

    init(
        rule: String,
        route: Route,
        isProvisional: Bool,
        fallback: Fallback?,
        actions: [String],
        label: String?,
        confidence: Double?,
        modelLatency: Interval?
    ) {
        self.rule = rule
        self.route = route
        self.isProvisional = isProvisional
        self.fallback = fallback
        self.actions = actions
        self.label = label
        self.confidence = confidence
        self.modelLatency = modelLatency
    }

    /// The way it goes, in one of the words that reports use.
    var way: Way {
        switch route {
        case .act: isProvisional ? .provisional : .act
        case .escalate: .escalate
        case .defer: .defer
        case .drop: .drop
        }
    }

    /// Whether something else is done than in `other`; another rule alone is no change.
    func isChange(from other: Outcome) -> Bool {
        way != other.way || fallback != other.fallback || actions != other.actions
    }
}

/// Where a reading goes, with acting provisionally as a way of its own.
public enum Way: String, CaseIterable, Sendable {
    /// Acted on here, and that is that.
    case act
    /// Acted on here, with the cloud asked afterwards.
    case provisional
    /// Asked before the deadline.
    case escalate
    /// Kept, and asked later.
    case `defer`
    /// Nothing more is done.
    case drop

    /// True when a call to the cloud comes of it.
    var asks: Bool { self == .provisional || self == .escalate || self == .defer }
}
