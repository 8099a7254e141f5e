// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Logging
import Synchronization
import Telemetry
import Vocabulary

extension PathParts {
    /// Shows in the metrics what is counted elsewhere; cheap, and done before they are looked at.
    func showCounts() {
        if let tally = engine?.tally { meters.show(tally) }
        meters.show(versions.tallies)
        meters.shown.show(states.refusedParts, as: "sluice_infer_refused_states_total")
        meters.shown.show(trail.leftOut, as: "sluice_decide_log_lines_left_out_total")
        meters.shown.show(trail.torn, as: "sluice_decide_log_lines_torn_total")
    }
}

extension Gateway {
    /// Looks whether lines were left out of the decision log, and says so once a burst.
    func lookAtLog() {
        let now = parts.time.now
        if parts.trail.torn > 0, leftOut.withLock({ $0.isFirstTear() }) {
            parts.trail.warn(
                "line torn",
                "the decision log's last line had been cut off: that line is lost, the rest goes on",
                [:]
            )
        }
        let news = leftOut.withLock { $0.look(parts.trail.leftOut, at: now) }
        guard news > 0 else { return }
        parts.trail.warn(
            "lines left out",
            "the decision log left lines out",
            ["lines": "\(news)", "reason": "\(decisionLog?.failure ?? "its buffer was full")"]
        )
    }

    /// What of the decision log an operator should know.
    var logWarnings: [String] {
        if let failure = decisionLog?.failure {
            return ["the decision log cannot be written: \(failure)"]
        }
        return leftOut.withLock { $0.warning(at: parts.time.now) }.map { [$0] } ?? []
    }
}
