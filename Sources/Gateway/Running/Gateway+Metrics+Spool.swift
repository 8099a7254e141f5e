// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import Telemetry
import Vocabulary

/// What the spool counts on disk, as metrics.
extension Gateway {
    /// The losses that alerts are made for: shown from 0 on, so that the first of them is an increase.
    private static let losses: [DropReason] = [.expired, .spoolFull, .lettersFull]

    var spoolSamples: [MetricSample] {
        [
            .gauge("sluice_spool_parked_rows", Double(spool.parked)),
            .gauge("sluice_spool_limit_bytes", Double(site.configuration.spool.maximumSize)),
            MetricSample(
                name: "sluice_spool_dead_letters_dropped_total",
                labels: [],
                reading: .counter(Int64(spool.deadLettersDropped))
            ),
        ] + Self.dropSamples(spool.dropped)
    }

    /// The rows given up: one sample for each reason, kind and priority that has any, and for the losses.
    static func dropSamples(_ dropped: [SpoolStats.Dropped]) -> [MetricSample] {
        func sample(
            _ reason: DropReason,
            _ kind: EntryKind,
            _ priority: Priority,
            _ rows: Int
        )
            -> MetricSample
        {
            MetricSample(
                name: "sluice_spool_dropped_rows_total",
                labels: [
                    (name: "reason", value: reason.rawValue), (name: "kind", value: kind.name),
                    (name: "priority", value: priority.name),
                ],
                reading: .counter(Int64(rows))
            )
        }
        var samples: [MetricSample] = []
        for reason in losses {
            for kind in EntryKind.allCases {
                for priority in Priority.allCases
                where !dropped.contains(where: {
                    $0.reason == reason && $0.kind == kind && $0.priority == priority
                }) {
                    samples.append(sample(reason, kind, priority, 0))
                }
            }
        }
        return samples + dropped.map { sample($0.reason, $0.kind, $0.priority, $0.rows) }
    }
}
