// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Escalate
import Vocabulary

/// The gauges of the endpoints, set a few times a second.
///
/// `sluice_escalate_uplink_state{endpoint,state}` is 1 for the state the uplink is in and 0 for the others;
/// `sluice_escalate_budget_left_ratio{endpoint,kind,window}` is what is left of each limit, 0…1.
struct CloudMeters {
    private let gateway: Gateway
    private var uplinks: [String: [Uplink: Gauge]] = [:]
    private var budgets: [String: [Gauge]] = [:]

    init(gateway: Gateway) {
        self.gateway = gateway
        for name in gateway.site.configuration.endpoints.keys {
            for state in Uplink.allCases {
                uplinks[name, default: [:]][state] = Gauge(
                    label: "sluice_escalate_uplink_state",
                    dimensions: [("endpoint", name), ("state", state.rawValue)],
                    factory: gateway.metrics
                )
            }
            budgets[name] = gateway.parts.escalate.budget(server: name).map { report in
                Gauge(
                    label: "sluice_escalate_budget_left_ratio",
                    dimensions: [
                        ("endpoint", name), ("kind", report.limit.kind.rawValue),
                        ("window", report.limit.window.rawValue),
                    ],
                    factory: gateway.metrics
                )
            }
        }
    }

    /// Sets them to how it is now.
    func show() {
        let reports = gateway.cloudReports
        for (name, gauges) in uplinks {
            for (state, gauge) in gauges {
                gauge.record(reports[name]?.uplink == state.rawValue ? 1 : 0)
            }
        }
        for (name, gauges) in budgets {
            for (gauge, report) in zip(gauges, gateway.parts.escalate.budget(server: name)) {
                gauge.record(report.share)
            }
        }
    }
}
