// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Vocabulary

/// How the endpoints are doing and what they have cost.
extension Gateway {
    var cloudReports: [String: GatewayStatus.CloudReport] {
        site.configuration.endpoints.mapValues { endpoint in
            let models = endpoint.models.mapValues { model in
                let name = model.options.name
                let counts = parts.escalate.counts(endpoint: name) ?? EscalateCounts()
                let facts = parts.escalate.facts(endpoint: name)
                return GatewayStatus.CloudModelReport(
                    uplink: parts.escalate.uplink(endpoint: name).rawValue,
                    breaker: facts.breaker.rawValue,
                    p50Ms: facts.p50.milliseconds,
                    p95Ms: facts.p95.milliseconds,
                    samples: facts.samples,
                    inFlight: facts.inFlight,
                    calls: counts.calls,
                    failedCalls: counts.failedCalls,
                    hedges: counts.hedges,
                    passedOn: counts.passedOn
                )
            }
            let breakers: [CloudFacts.Breaker] = [.open, .halfOpen, .closed]
            let uplinks: [Uplink] = [.online, .slow, .probing, .offline]
            return GatewayStatus.CloudReport(
                uplink: Self.first(of: uplinks.map(\.rawValue), in: models.values.map(\.uplink)),
                breaker: Self.first(
                    of: breakers.map(\.rawValue),
                    in: models.values.map(\.breaker)
                ),
                models: models,
                trouble: trouble(of: endpoint),
                budget: endpoint.models.values.contains { $0.options.budget != nil }
                    ? parts.escalate.budget(server: endpoint.name).map { .init($0) } : nil
            )
        }
    }

    /// Why an endpoint does not answer now; nil where it does.
    ///
    /// A call that failed among others that did not is no trouble yet.
    private func trouble(of endpoint: GatewayConfiguration.Endpoint) -> String? {
        for model in endpoint.models.values.sorted(by: { $0.options.name < $1.options.name }) {
            let name = model.options.name
            let isUp = [.online, .slow].contains(parts.escalate.uplink(endpoint: name))
            guard
                !isUp || parts.escalate.breaker(endpoint: name) != .closed
                    || parts.escalate.failing(endpoint: name) != nil,
                let reason = parts.escalate.trouble(endpoint: name)
            else { continue }
            return reason
        }
        return nil
    }

    /// What the operator should know of endpoints that do not answer.
    var cloudWarnings: [String] {
        site.configuration.endpoints.sorted { $0.key < $1.key }.compactMap { name, endpoint in
            trouble(of: endpoint).map { "endpoint `\(name)` does not answer: \($0)" }
        }
    }

    private static func first(of order: [String], in words: [String]) -> String {
        order.first { words.contains($0) } ?? "unknown"
    }

    /// The endpoints' uplinks, for the retained state.
    func writeCloud(to writer: inout JSONWriter) {
        writer.key("cloud")
        writer.beginObject()
        for (name, endpoint) in site.configuration.endpoints.sorted(by: { $0.key < $1.key }) {
            let states = endpoint.models.values.map {
                parts.escalate.uplink(endpoint: $0.options.name).rawValue
            }
            let order: [Uplink] = [.online, .slow, .probing, .offline]
            writer.member(name, Self.first(of: order.map(\.rawValue), in: states))
        }
        writer.endObject()
    }

    /// The budgets with nothing left.
    var budgetWarnings: [String] {
        site.configuration.endpoints.keys.sorted().flatMap { name in
            parts.escalate.budget(server: name).filter { $0.used >= $0.limit.amount }.map {
                "endpoint `\(name)` is not asked: its budget of \($0.limit) is spent"
            }
        }
    }

    /// What was asked of each endpoint and what became of it.
    var cloudCounters: [String: Int64] {
        var counters: [String: Int64] = [:]
        for endpoint in site.configuration.endpoints.values {
            for model in endpoint.models.values {
                guard let counts = parts.escalate.counts(endpoint: model.options.name) else {
                    continue
                }
                let named: [(String, Int)] = [
                    ("calls", counts.calls), ("failed_calls", counts.failedCalls),
                    ("retries", counts.retries), ("hedges", counts.hedges),
                    ("hedges_won", counts.hedgesWon),
                    ("cancelled_calls", counts.callsCancelled),
                    ("passed_on", counts.passedOn), ("too_late", counts.tooLate),
                    ("over_budget", counts.overBudget), ("probes", counts.probes),
                    ("sent_bytes", counts.bytesSent), ("received_bytes", counts.bytesReceived),
                ]
                for (name, count) in named {
                    let title = "sluice_escalate_\(name)_total{endpoint=\"\(endpoint.name)\"}"
                    counters[title, default: 0] += Int64(count)
                }
            }
        }
        return counters
    }
}

extension GatewayStatus.BudgetLine {
    init(_ report: BudgetReport) {
        let unit = report.limit.kind == .money ? Double(BudgetOptions.moneyUnit) : 1
        kind = report.limit.kind.rawValue
        window = report.limit.window.rawValue
        limit = Double(report.limit.amount) / unit
        used = Double(report.used) / unit
        left = report.share
    }
}
