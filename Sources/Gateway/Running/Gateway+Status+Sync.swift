// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import Sync

extension GatewayStatus {
    /// One of the user's own stores.
    public struct SinkReport: Codable, Sendable {
        /// True while it takes lines, as far as is known.
        public var taking: Bool
        /// Lines it has taken since the start.
        public var stored: Int
        /// Lines it has refused, each time they were tried.
        public var refused: Int
        /// Why it does not take them now.
        public var trouble: String?
    }
}

extension Gateway {
    /// How the sinks are doing; nil where none is configured.
    var sinkReports: [String: GatewayStatus.SinkReport]? {
        let states = drain.sinkStatus
        guard !states.isEmpty else { return nil }
        return states.mapValues { state in
            GatewayStatus.SinkReport(
                taking: state.failures == 0,
                stored: state.stored,
                refused: state.refused,
                trouble: state.reason
            )
        }
    }

    /// What the operator should know of the way out.
    var syncWarnings: [String] {
        var warnings: [String] = []
        if spool.parked > 0 {
            warnings.append(
                "\(spool.parked) rows are parked: what they need is not configured; "
                    + "see `sluice spool ls --parked`"
            )
        }
        for (name, state) in drain.sinkStatus.sorted(by: { $0.key < $1.key }) {
            guard let reason = state.reason else { continue }
            warnings.append("sink `\(name)` takes no lines: \(reason)")
        }
        return warnings
    }

    /// What the drain has done, by the titles of metrics.
    var syncCounters: [String: Int64] {
        let drained = drain.counts
        var counters: [String: Int64] = [
            "sluice_sync_rows_concluded_total": Int64(drained.concluded),
            "sluice_sync_rows_delivered_total": Int64(drained.delivered),
            "sluice_sync_rows_postponed_total": Int64(drained.postponed),
            "sluice_sync_rows_buried_total": Int64(drained.buried),
            "sluice_sync_rows_parked_total": Int64(drained.parked),
            "sluice_sync_audits_concluded_total": Int64(drained.audited),
            "sluice_sync_audits_given_up_total": Int64(drained.auditsGivenUp),
        ]
        for (name, state) in drain.sinkStatus {
            counters["sluice_sync_lines_stored_total{sink=\"\(name)\"}"] = Int64(state.stored)
            counters["sluice_sync_lines_refused_total{sink=\"\(name)\"}"] = Int64(state.refused)
        }
        return counters
    }
}
