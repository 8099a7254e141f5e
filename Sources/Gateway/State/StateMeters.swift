// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics

/// The state as metrics.
struct StateMeters: Sendable {
    private let states: [GatewayState: Gauge]
    private let seconds: Gauge
    private let entries: [GatewayState: Counter]

    init(_ factory: any MetricsFactory) {
        var states: [GatewayState: Gauge] = [:]
        var entries: [GatewayState: Counter] = [:]
        for state in GatewayState.allCases {
            let label = [("state", state.rawValue)]
            states[state] = Gauge(
                label: "sluice_gateway_state",
                dimensions: label,
                factory: factory
            )
            entries[state] = Counter(
                label: "sluice_gateway_state_entries_total",
                dimensions: label,
                factory: factory
            )
        }
        self.states = states
        self.entries = entries
        seconds = Gauge(label: "sluice_gateway_state_seconds", factory: factory)
    }

    func show(
        _ state: GatewayState,
        seconds: Double = 0,
        change: GatewayState.StateMachine.Change? = nil
    ) {
        for (other, gauge) in states { gauge.record(other == state ? 1 : 0) }
        self.seconds.record(seconds)
        if let change { entries[change.to]?.increment() }
    }
}
