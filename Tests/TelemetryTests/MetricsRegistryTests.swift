// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Telemetry
import Testing

@Suite struct MetricsRegistryTests {
    @Test func `counts under one name and labels whoever asks`() {
        let registry = MetricsRegistry()
        registry.makeCounter(label: "sluice_a_total", dimensions: [("lane", "x")]).increment(by: 2)
        registry.makeCounter(label: "sluice_a_total", dimensions: [("lane", "x")]).increment(by: 3)
        registry.makeCounter(label: "sluice_a_total", dimensions: [("lane", "y")]).increment(by: 1)
        let samples = registry.samples()
        #expect(
            samples.map(\.title) == [
                #"sluice_a_total{lane="x"}"#, #"sluice_a_total{lane="y"}"#,
            ]
        )
        guard case .counter(let count) = samples[0].reading else {
            Issue.record("not a counter")
            return
        }
        #expect(count == 5)
    }

    @Test func `keeps the quantiles of durations`() {
        let registry = MetricsRegistry()
        let timer = registry.makeTimer(label: "sluice_t_seconds", dimensions: [])
        for milliseconds in 1...100 {
            timer.recordNanoseconds(Int64(milliseconds) * 1_000_000)
        }
        guard case .timer(let count, let p50, let p99, _) = registry.samples()[0].reading else {
            Issue.record("not a timer")
            return
        }
        #expect(count == 100)
        #expect((49_000_000...51_000_000).contains(p50))
        #expect((98_000_000...100_000_000).contains(p99))
    }
}
