// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Ingest
import Spool
public import Telemetry
import Vocabulary

/// Everything that is measured, as `/metrics` shows it.
extension Gateway {
    /// The present values: those that stages record, and those that are worked out when asked for.
    ///
    /// Their number depends on what is configured, never on devices or traffic.
    public var metricSamples: [MetricSample] {
        parts.showCounts()
        showPaces()
        var samples = metrics.samples()
        let acts = parts.act.counts
        let counted: [(String, Int)] = [
            ("sluice_act_effects_delivered_total", acts.delivered),
            ("sluice_act_effects_undelivered_total", acts.undelivered),
            ("sluice_act_effects_rejected_total", acts.rejected),
            ("sluice_act_effects_repeated_total", acts.remembered + acts.joined),
        ]
        for (name, count) in counted {
            samples.append(MetricSample(name: name, labels: [], reading: .counter(Int64(count))))
        }
        let others = syncCounters.merging(exportCounters, uniquingKeysWith: { $1 })
        for (title, count) in cloudCounters.merging(others, uniquingKeysWith: { $1 }) {
            let (name, labels) = MetricSample.parts(of: title)
            samples.append(MetricSample(name: name, labels: labels, reading: .counter(count)))
        }
        samples += laneSamples + spoolSamples
        let uptime = (parts.time.now - started).seconds
        samples.append(.gauge("sluice_gateway_uptime_seconds", uptime))
        samples.append(.gauge("sluice_admin_stream_listeners", Double(decisions.audience)))
        // Several stages may show the same value; the first of them is shown.
        var titles: Set<String> = []
        return samples.filter { titles.insert($0.title).inserted }
    }

    /// For each bucket of the decisions' latency, one decision that took so long.
    public var exemplars: ExemplarShelf { parts.trail.exemplars }

    private var laneSamples: [MetricSample] {
        lanes.flatMap { lane in
            let status = lane.status
            let label = (name: "input", value: lane.options.name)
            var samples = status.messages.enumerated().map { quality, count in
                MetricSample(
                    name: "sluice_ingest_messages_total",
                    labels: [label, (name: "qos", value: "\(quality)")],
                    reading: .counter(Int64(count))
                )
            }
            let counts: [(String, Int)] = [
                ("sluice_ingest_duplicates_total", status.duplicates),
                ("sluice_ingest_refused_messages_total", status.refused),
                ("sluice_ingest_session_gaps_total", status.sessionGaps),
                ("sluice_ingest_connections_total", status.connections),
            ]
            for (name, count) in counts {
                samples.append(
                    MetricSample(name: name, labels: [label], reading: .counter(Int64(count)))
                )
            }
            let gauges: [(String, Double)] = [
                ("sluice_ingest_connected", status.isConnected ? 1 : 0),
                ("sluice_ingest_unsettled_messages", Double(status.unsettled)),
            ]
            return samples
                + gauges.map { name, value in
                    MetricSample(name: name, labels: [label], reading: .gauge(value))
                }
        }
    }
}

extension MetricSample {
    static func gauge(_ name: String, _ value: Double) -> Self {
        MetricSample(name: name, labels: [], reading: .gauge(value))
    }

    /// The name and the labels of a title as `title` writes it.
    static func parts(of title: String) -> (name: String, labels: [(name: String, value: String)]) {
        guard let brace = title.firstIndex(of: "{") else { return (title, []) }
        let pairs = title[title.index(after: brace)...].dropLast().split(separator: ",")
        let labels = pairs.compactMap { pair -> (name: String, value: String)? in
            guard let equals = pair.firstIndex(of: "=") else { return nil }
            let value = pair[pair.index(after: equals)...].dropFirst().dropLast()
            return (String(pair[..<equals]), String(value))
        }
        return (String(title[..<brace]), labels)
    }
}
