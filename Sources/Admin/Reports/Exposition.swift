// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Telemetry

/// Metrics as text: Prometheus' exposition format 0.0.4, or OpenMetrics 1.0 with exemplars.
struct Exposition {
    let samples: [MetricSample]
    let exemplars: [Int: ExemplarShelf.Exemplar]
    let isOpenMetrics: Bool

    /// The durations that exemplars belong to.
    private static let exemplified = "sluice_decide_latency_seconds"

    /// The whole text.
    var text: [UInt8] {
        var families: [String: [MetricSample]] = [:]
        for sample in samples { families[sample.name, default: []].append(sample) }
        var text = ""
        for name in families.keys.sorted() {
            guard let members = families[name], let first = members.first else { continue }
            let type = Self.type(of: first)
            let family =
                isOpenMetrics && type == "counter" && name.hasSuffix("_total")
                ? String(name.dropLast("_total".count)) : name
            text += "# HELP \(family) \(MetricHelp.text(of: name))\n# TYPE \(family) \(type)\n"
            for sample in members.sorted(by: { $0.title < $1.title }) { write(sample, to: &text) }
        }
        if isOpenMetrics { text += "# EOF\n" }
        return Array(text.utf8)
    }

    private static func type(of sample: MetricSample) -> String {
        switch sample.reading {
        case .counter: "counter"
        case .gauge: sample.name.hasSuffix("_total") ? "counter" : "gauge"
        case .timer: "histogram"
        }
    }

    private func write(_ sample: MetricSample, to text: inout String) {
        switch sample.reading {
        case .counter(let count): text += "\(Self.title(sample)) \(count)\n"
        case .gauge(let value): text += "\(Self.title(sample)) \(Self.shown(value))\n"
        case .timer: writeBuckets(sample, to: &text)
        }
    }

    private func writeBuckets(_ sample: MetricSample, to text: inout String) {
        guard let buckets = sample.buckets else { return }
        var total: Int64 = 0
        for (place, count) in buckets.counts.enumerated() {
            total += count
            let end =
                place < DurationBuckets.bounds.count
                ? Self.shown(Double(DurationBuckets.bounds[place]) / 1e9) : "+Inf"
            text += Self.title(sample, suffix: "_bucket", more: [("le", end)]) + " \(total)"
            if isOpenMetrics, sample.name == Self.exemplified, let exemplar = exemplars[place] {
                text +=
                    " # {decision_id=\"\(exemplar.decision)\"} "
                    + Self.shown(Double(exemplar.nanoseconds) / 1e9) + " "
                    + Self.shown(Double(exemplar.time / 1_000_000) / 1e3)
            }
            text += "\n"
        }
        text += Self.title(sample, suffix: "_sum") + " \(Self.shown(Double(buckets.sum) / 1e9))\n"
        text += Self.title(sample, suffix: "_count") + " \(total)\n"
    }

    private static func title(
        _ sample: MetricSample,
        suffix: String = "",
        more: [(name: String, value: String)] = []
    ) -> String {
        let labels = sample.labels + more
        guard !labels.isEmpty else { return sample.name + suffix }
        let pairs = labels.map { "\($0.name)=\"\(escaped($0.value))\"" }
        return "\(sample.name)\(suffix){\(pairs.joined(separator: ","))}"
    }

    /// A label's value as both formats want it.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func shown(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return "\(value)"
    }
}
