// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Decide
import Escalate
import FoundationEssentials
import Infer
import Ingest
import MQTT
import Spool
import Sync
import Telemetry
import Vocabulary

extension Gateway {
    /// How it is doing now; any thread.
    public var status: GatewayStatus {
        let edition = parts.board.edition
        let lanes = laneReports
        let warnings = warnings(lanes)
        parts.showCounts()
        let samples = metrics.samples()
        let counters = counters(samples)
        return GatewayStatus(
            site: parts.site,
            state: state,
            presence: Self.presence(warnings),
            warnings: warnings,
            uptimeSeconds: (parts.time.now - started).seconds,
            afterUncleanExit: spool.wasUncleanExit,
            uplink: uplinkWord,
            publishing: publisher.isConnected,
            lanes: lanes,
            pause: inputPause,
            cloud: cloudReports,
            spool: spoolReport,
            sinks: sinkReports,
            telemetry: exportReport,
            policies: edition.policies.map { bound in
                GatewayStatus.PolicyReport(
                    name: bound.policy.name,
                    version: bound.policy.version,
                    model: bound.modelNames,
                    deferred: bound.isSlow,
                    bound: boundReport(of: bound.policy)
                )
            },
            inference: inferenceReports,
            models: edition.engine == nil ? nil : modelReports(disk: false),
            policySet: edition.digest,
            refusedReload: refusal.current,
            suspectClocks: counters["sluice_decide_clock_suspects_total"] ?? 0,
            counters: counters,
            latenciesMs: Self.latencies(samples),
            decisionLatency: Self.decisionLatency(samples)
        )
    }

    /// What is published, retained, on the status topic whenever it changes.
    var publishedState: [UInt8] {
        // Asked for some times a second: only what is in it is worked out.
        let warnings = warnings(laneReports)
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.member("site", parts.site)
        writer.member("state", Self.presence(warnings))
        writer.member("uplink", uplinkWord)
        writeCloud(to: &writer)
        writer.key("warnings")
        writer.beginArray()
        for warning in warnings { writer.value(warning) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// The state of the uplink; `none` of a site that has nobody to ask.
    private var uplinkWord: String {
        site.configuration.endpoints.isEmpty ? "none" : parts.escalate.uplink.rawValue
    }

    private var laneReports: [GatewayStatus.LaneReport] {
        let states = parts.states.all
        return lanes.map { lane in
            var report = GatewayStatus.LaneReport(lane.status)
            report.state = states[lane.options.name]?.text
            report.add(parts.gaps.gaps(of: lane.options.name))
            return report
        }
    }

    private static func presence(_ warnings: [String]) -> String {
        warnings.isEmpty ? "online" : "degraded"
    }

    private func warnings(_ lanes: [GatewayStatus.LaneReport]) -> [String] {
        var warnings: [String] = []
        for lane in lanes {
            if let paused = lane.paused {
                warnings.append("input `\(lane.name)` is paused: \(paused)")
            }
            if !lane.connected, lane.paused == nil {
                let reason = lane.lastError.map { ": \($0)" } ?? ""
                warnings.append("input `\(lane.name)` is not connected to the broker\(reason)")
            }
            for (filter, answer) in lane.subscriptions where answer.hasPrefix("refused") {
                warnings.append("input `\(lane.name)`: the broker refused `\(filter)`")
            }
            if lane.messages[0] > 0 {
                warnings.append(
                    "input `\(lane.name)` receives at QoS 0: the broker promises nothing for those "
                        + "messages; publish at QoS 1"
                )
            }
            if lane.sessionGaps > 0 {
                warnings.append("input `\(lane.name)`: the broker lost its session")
            }
            warnings += lane.lossWarnings
        }
        warnings += budgetWarnings
        warnings += cloudWarnings
        warnings += credentials.warnings
        warnings += spoolWarnings
        warnings += parts.states.warnings
        for bound in parts.board.edition.policies {
            if let report = boundReport(of: bound.policy), let warning = report.warning {
                warnings.append("policy `\(bound.policy.name)`: \(warning)")
            }
        }
        warnings += modelWarnings
        warnings += syncWarnings
        if !publisher.isConnected { warnings.append("actions cannot be published now") }
        for recording in recordings where !recording.hasEnded {
            if let failure = recording.failure {
                warnings.append("a trace cannot be written: \(failure)")
            }
        }
        return warnings + logWarnings
    }

    private func counters(_ samples: [MetricSample]) -> [String: Int64] {
        var counters: [String: Int64] = [:]
        for sample in samples {
            if case .counter(let count) = sample.reading { counters[sample.title] = count }
        }
        let acts = parts.act.counts
        counters["sluice_act_effects_delivered_total"] = Int64(acts.delivered)
        counters["sluice_act_effects_undelivered_total"] = Int64(acts.undelivered)
        counters["sluice_act_effects_rejected_total"] = Int64(acts.rejected)
        counters["sluice_act_effects_repeated_total"] = Int64(acts.remembered + acts.joined)
        counters.merge(cloudCounters) { _, new in new }
        counters.merge(exportCounters) { _, new in new }
        return counters.merging(syncCounters) { _, new in new }
    }

    /// From arrival to the first word, in buckets.
    private static func decisionLatency(
        _ samples: [MetricSample]
    ) -> GatewayStatus.LatencyReport? {
        let name = "sluice_decide_latency_seconds"
        return samples.first { $0.name == name }?.buckets.map { buckets in
            GatewayStatus.LatencyReport(
                upToMs: DurationBuckets.bounds.map { Double($0) / 1e6 },
                counts: buckets.counts
            )
        }
    }

    private static func latencies(_ samples: [MetricSample]) -> [String: [String: Double]] {
        var latencies: [String: [String: Double]] = [:]
        for sample in samples {
            guard case .timer(let count, let p50, let p99, let most) = sample.reading else {
                continue
            }
            latencies[sample.title] = [
                "count": Double(count), "p50": Double(p50) / 1e6, "p99": Double(p99) / 1e6,
                "max": Double(most) / 1e6,
            ]
        }
        return latencies
    }
}

extension GatewayStatus.LaneReport {
    init(_ status: LaneStatus) {
        name = status.name
        connected = status.isConnected
        connections = status.connections
        subscriptions = status.subscriptions.mapValues { answer in
            switch answer {
            case .asked: "asked"
            case .granted(let qualityOfService): "qos \(qualityOfService)"
            case .refused(let reason): "refused: \(reason)"
            }
        }
        messages = status.messages
        promise =
            status.messages[0] == 0
            ? "what the broker acknowledged is not lost (G1)"
            : "at QoS 0 the broker promises nothing: \(status.messages[0]) messages came without G1"
        duplicates = status.duplicates
        refused = status.refused
        sessionGaps = status.sessionGaps
        brokerDrops = status.brokerDrops
        paused =
            status.isHeld
            ? "by order"
            : status.pauseReason.map { "\($0.kind.rawValue): \($0.message)" }
        secondsPaused = status.secondsPaused
        lastError = status.lastError
    }
}

extension GatewayStatus {
    /// As JSON, names in snake case.
    public func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys]
        return Array(try encoder.encode(self))
    }

    /// Reads what `json` wrote.
    public static func decoded(_ json: [UInt8]) throws -> GatewayStatus {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(GatewayStatus.self, from: Data(json))
    }
}
