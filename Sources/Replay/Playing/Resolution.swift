// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Trace
import Vocabulary

/// What comes of an outcome, as far as the trace knows: who has the last word in time, and how fast.
struct Resolution {
    /// How it ends.
    enum Ending {
        /// The local answer is acted on.
        case local
        /// The cloud answers before the deadline.
        case answered
        /// The cloud answers too late, or could not be asked.
        case missed
        /// Nobody knows: the cloud's word on it is not in the trace.
        case unknown
        /// Nothing is done now.
        case none
    }

    var ending: Ending
    /// The label acted on.
    var label: String?
    /// How long that took, where the trace knows.
    var latency: Interval?

    init(
        _ outcome: Outcome,
        _ decision: TraceDecision,
        left: Interval?,
        _ word: VerdictIndex.Word?,
        label cloudLabel: String?
    ) {
        switch outcome.way {
        case .act, .provisional:
            ending = .local
            label = outcome.label
            latency = outcome.modelLatency
        case .defer, .drop:
            ending = .none
        case .escalate:
            guard let word else {
                ending = .unknown
                return
            }
            if Self.isInTime(word, decision, left: left) {
                ending = .answered
                label = cloudLabel
                latency = word.latency
            } else {
                ending = .missed
                if outcome.fallback == .actProvisionally { label = outcome.label }
                latency = left
            }
        }
    }

    /// Whether the cloud would have answered in `left`.
    ///
    /// Where the recorded decision asked and missed, it is missed again unless more time is left now.
    /// Where it did not ask, the recorded call tells how long the cloud takes, if it was up at all.
    private static func isInTime(
        _ word: VerdictIndex.Word,
        _ decision: TraceDecision,
        left: Interval?
    ) -> Bool {
        guard let latency = word.latency else { return false }
        if decision.route == .escalate {
            if !word.isLate { return left.map { latency <= $0 } ?? true }
            // An answer from the backlog was asked again later: its latency is not the first call's.
            guard let left, let former = decision.deadline?.left else { return false }
            return latency > former && latency <= left
        }
        guard decision.cloud.isUp else { return false }
        return left.map { latency <= $0 } ?? true
    }
}
