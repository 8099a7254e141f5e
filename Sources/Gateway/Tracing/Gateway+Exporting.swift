// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import Logging
import Telemetry
import Vocabulary

extension GatewayStatus {
    /// How the export of traces and metrics is doing.
    public struct ExportReport: Codable, Sendable {
        /// Where to.
        public var url: String
        /// Spans that the collector has taken since the start.
        public var exported: Int
        /// Spans that were forgotten: no room, refused, or no time left.
        public var dropped: Int
        /// Spans that wait.
        public var waiting: Int
        /// Traces that were not kept, because there were too many a second.
        public var passedOver: Int
        /// Why nothing is exported now.
        public var trouble: String?
    }
}

extension Gateway {
    /// What exports, where the configuration says so.
    static func exporter(
        _ configuration: GatewayConfiguration,
        _ parts: PathParts
    ) -> OTLPExporter? {
        guard let options = configuration.telemetry else { return nil }
        return OTLPExporter(
            options: options,
            queue: parts.tracer?.queue ?? SpanQueue(),
            document: OTLPDocument(
                site: parts.site,
                version: programVersion,
                instance: TraceContext.hexadecimal(parts.run)
            ),
            time: parts.time,
            logger: parts.logger
        )
    }

    /// Begins to export; ends when it is cancelled.
    func startExporting() -> Task<Void, Never>? {
        guard let exporter else { return nil }
        let client: HTTPClient
        do throws(HTTPError) {
            // Of its own, so that a slow collector never has a connection that a cloud wants.
            client = try HTTPClient()
        } catch {
            parts.logger.error(
                "nothing can be exported",
                metadata: ["reason": "\(error.description)"]
            )
            return nil
        }
        return Task { [self] in
            await exporter.run(over: client) { [self] in metricSamples }
            client.shutdown()
        }
    }

    /// How the export is doing; nil where there is none.
    var exportReport: GatewayStatus.ExportReport? {
        guard let exporter else { return nil }
        let counts = exporter.counts
        return GatewayStatus.ExportReport(
            url: exporter.options.url,
            exported: counts.exported,
            dropped: counts.refused + exporter.queue.dropped,
            waiting: exporter.waiting,
            passedOver: parts.tracer?.sampler.passedOver ?? 0,
            trouble: counts.trouble
        )
    }

    /// What came of the export, by the titles of metrics.
    var exportCounters: [String: Int64] {
        guard let exporter else { return [:] }
        let counts = exporter.counts
        let dropped = "sluice_telemetry_spans_dropped_total"
        return [
            "sluice_telemetry_spans_exported_total": Int64(counts.exported),
            "\(dropped){reason=\"no_room\"}": Int64(exporter.queue.dropped),
            "\(dropped){reason=\"refused\"}": Int64(counts.refused),
            "sluice_telemetry_traces_passed_over_total": Int64(
                parts.tracer?.sampler.passedOver ?? 0
            ),
            "sluice_telemetry_exports_failed_total": Int64(counts.failures),
        ]
    }
}
