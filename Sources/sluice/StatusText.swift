// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway

/// The status as a person reads it.
struct StatusText {
    private let status: GatewayStatus

    init(_ status: GatewayStatus) {
        self.status = status
    }

    var text: String {
        var lines = [
            "\(status.site): \(status.state.state.rawValue) for \(age(status.state.seconds)), "
                + (status.cloud.isEmpty ? "" : "uplink \(status.uplink), ")
                + "up \(age(status.uptimeSeconds))"
        ]
        lines += status.state.causes.map { "  because \($0)" }
        lines += status.state.costs.map { "  it costs: \($0)" }
        if let remedy = status.state.remedy { lines.append("  do: \(remedy)") }
        lines += status.warnings.map { "  ! \($0)" }
        if let clocks = status.suspectClocks, clocks > 0 {
            lines.append(
                "  \(clocks) devices' clocks are off; their lag is counted from the least seen"
            )
        }
        lines.append("inputs")
        for lane in status.lanes {
            let counts = zip(0..., lane.messages).filter { $0.1 > 0 }
                .map { "\($0.1) at QoS \($0.0)" }
            let state = lane.connected ? "connected" : "not connected"
            let total = counts.isEmpty ? "no messages yet" : counts.joined(separator: ", ")
            lines.append("  \(lane.name): \(state), \(total), \(lane.duplicates) sent again")
            lines.append("    \(lane.promise)")
            for gap in (lane.gaps ?? []).suffix(8) {
                lines.append(
                    "    \(gap.device): \(gap.missing) readings missing between \(gap.after) and "
                        + "\(gap.before)"
                )
            }
            if let state = lane.state { lines.append("    windows and detectors: \(state)") }
        }
        lines.append(status.cloud.isEmpty ? "cloud: nobody to ask, all is decided here" : "cloud")
        for (name, endpoint) in status.cloud.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(name): \(endpoint.uplink), breaker \(endpoint.breaker)")
            for line in endpoint.budget ?? [] {
                lines.append(
                    "    budget: \(rounded(line.used)) of \(rounded(line.limit)) \(line.kind) this "
                        + "\(line.window), \(rounded(line.left * 100)) % left"
                )
            }
            for (policy, model) in endpoint.models.sorted(by: { $0.key < $1.key }) {
                lines.append(
                    "    \(policy): breaker \(model.breaker), p50 \(rounded(model.p50Ms)) ms, "
                        + "p95 \(rounded(model.p95Ms)) ms over \(model.samples) calls"
                )
            }
        }
        let spool = status.spool
        lines.append(
            "spool: \(spool.waiting) rows waiting, oldest \(age(spool.oldestSeconds)), "
                + "\(rounded(spool.fill * 100)) % full"
                + (spool.parked.flatMap { $0 > 0 ? ", \($0) parked" : nil } ?? "")
        )
        for (name, sink) in (status.sinks ?? [:]).sorted(by: { $0.key < $1.key }) {
            let state = sink.trouble.map { "away: \($0)" } ?? "takes lines"
            lines.append(
                "  sink \(name): \(state), \(sink.stored) stored, \(sink.refused) refused"
            )
        }
        if let export = status.telemetry {
            let state = export.trouble.map { "not taken: \($0)" } ?? "taken"
            lines.append(
                "  telemetry to \(export.url): \(state), \(export.exported) spans exported, "
                    + "\(export.dropped) dropped, \(export.waiting) wait"
            )
        }
        lines.append("policies (set \(status.policySet))")
        if let refused = status.refusedReload {
            lines.append("  ! since \(refused.since) the policies on disk are refused; these stay:")
            lines += refused.reasons.map { "    \($0)" }
        }
        for policy in status.policies {
            let model = policy.model.map { ", model \($0)" } ?? ""
            lines.append("  \(policy.name) \(policy.version)\(model)")
            if let bound = policy.bound { lines += self.lines(of: bound).map { "    " + $0 } }
        }
        if let models = status.inference, !models.isEmpty {
            lines.append("models")
            lines += models.flatMap { self.lines(of: $0) }
        }
        // Most count what is rare, and say most where they are not 0.
        let counters = status.counters.filter { $0.value != 0 }
        let quiet = status.counters.count - counters.count
        lines.append("counters" + (quiet > 0 ? ", those at 0 (\(quiet)) left out" : ""))
        for (title, count) in counters.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(title) \(count)")
        }
        return lines.joined(separator: "\n")
    }

    private func lines(of report: InferenceReport) -> [String] {
        var line = "  \(report.model): on the \(report.runsOn), \(rounded(report.estimateMs)) ms a "
        line += "reading, \(report.readings) readings in \(report.runs.values.reduce(0, +)) runs"
        if report.skipped > 0 { line += ", \(report.skipped) skipped" }
        if report.failed > 0 { line += ", \(report.failed) failed" }
        if report.pending > 0 { line += ", \(report.pending) rows wait" }
        var lines = [line]
        if let run = report.run, let wait = report.wait {
            lines.append(
                "    runs p50 \(rounded(run.p50)) ms, p99 \(rounded(run.p99)) ms; "
                    + "waits p50 \(rounded(wait.p50)) ms, p99 \(rounded(wait.p99)) ms"
            )
        }
        return lines
    }

    private func lines(of report: BoundReport) -> [String] {
        var lines: [String] = []
        let threshold = report.threshold.map { "threshold \($0)" } ?? "no threshold in force"
        let promise = report.bound.map { ", bound \(BoundReport.percent($0))" } ?? ""
        lines.append("\(threshold)\(promise): \(report.state.rawValue)")
        if let inapplicable = report.inapplicable { lines.append("! \(inapplicable)") }
        if report.samples > 0 {
            let interval =
                "\(BoundReport.percent(report.lower)) to \(BoundReport.percent(report.upper))"
            let cloud = report.cloud.map { ", against \($0)" } ?? ""
            lines.append(
                "differs from the cloud in \(BoundReport.percent(report.estimate)) "
                    + "(\(interval), \(BoundReport.percent(report.certainty)) sure), "
                    + "\(report.disagreements) of \(report.samples) audits\(cloud)"
            )
        }
        if let since = report.brokenSince { lines.append("broken since \(since)") }
        if let since = report.unverifiedSince {
            lines.append("unverified since \(since): \(report.unverifiedReason ?? "")")
        }
        return lines
    }

    private func rounded(_ value: Double) -> String {
        ((value * 10).rounded() / 10).description
    }

    private func age(_ seconds: Double) -> String {
        let whole = Int(seconds)
        switch whole {
        case ..<60: return "\(whole)s"
        case ..<3_600: return "\(whole / 60)m \(whole % 60)s"
        default: return "\(whole / 3_600)h \(whole / 60 % 60)m"
        }
    }
}
