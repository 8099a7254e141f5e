// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Page
import Telemetry

extension Part {
    /// What is counted, and the page that shows it.
    static var metrics: [Part] {
        [
            Part("histogram, a duration recorded") {
                let registry = MetricsRegistry()
                let timer = registry.makeTimer(label: "sluice_parts_seconds", dimensions: [])
                return { count in
                    for index in 0..<count { timer.recordNanoseconds(Int64(index) * 1_237 + 900) }
                }
            },
            Part("histogram, its quantiles read", count: 100) {
                let registry = MetricsRegistry()
                let timer = registry.makeTimer(label: "sluice_parts_seconds", dimensions: [])
                for index in 0..<10_000 { timer.recordNanoseconds(Int64(index) * 1_237 + 900) }
                return { count in
                    for _ in 0..<count {
                        guard registry.samples().count == 1 else { throw PartFailure("one timer") }
                    }
                }
            },
            Part("counter, one more") {
                let registry = MetricsRegistry()
                let counter = registry.makeCounter(label: "sluice_parts_total", dimensions: [])
                return { count in
                    for _ in 0..<count { counter.increment(by: 1) }
                }
            },
            Part("metrics page, 120 counters, 40 gauges, 20 timers", count: 5) {
                let registry = MetricsRegistry()
                for index in 0..<120 {
                    registry.makeCounter(
                        label: "sluice_parts_\(index / 4)_total",
                        dimensions: [("policy", "p\(index % 4)")]
                    ).increment(by: Int64(index) * 977)
                }
                for index in 0..<40 {
                    registry.makeMeter(label: "sluice_parts_gauge_\(index)", dimensions: [])
                        .set(Double(index) * 1.25)
                }
                for index in 0..<20 {
                    let timer = registry.makeTimer(
                        label: "sluice_parts_\(index / 2)_seconds",
                        dimensions: [("model", "m\(index % 2)")]
                    )
                    for step in 0..<100 { timer.recordNanoseconds(Int64(step) * 1_000_000) }
                }
                return { count in
                    for _ in 0..<count {
                        guard page(of: registry).count > 10_000 else { throw PartFailure("a page") }
                    }
                }
            },
        ]
    }
}
