// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Gateway
import Telemetry
import Testing

@testable import Admin

@Suite struct `Metrics as text` {
    private var registry: MetricsRegistry {
        let registry = MetricsRegistry()
        registry.makeCounter(label: "sluice_a_total", dimensions: [("x", "a\"b\\c\nd")])
            .increment(by: 3)
        registry.makeMeter(label: "sluice_b_bytes", dimensions: []).set(1.5)
        let timer = registry.makeTimer(label: "sluice_decide_latency_seconds", dimensions: [])
        for duration in [60_000, 60_000, 3_000_000] as [Int64] {
            timer.recordNanoseconds(duration)
        }
        return registry
    }

    private func text(isOpenMetrics: Bool) -> String {
        let exemplars = ExemplarShelf()
        exemplars.put(decision: "7f3a", nanoseconds: 3_000_000, time: 1_700_000_000_500_000_000)
        let exposition = Exposition(
            samples: registry.samples(),
            exemplars: exemplars.all,
            isOpenMetrics: isOpenMetrics
        )
        return String(decoding: exposition.text, as: UTF8.self)
    }

    @Test func `in Prometheus' format have help, type and escaped labels`() {
        let text = text(isOpenMetrics: false)
        #expect(text.hasPrefix("# HELP sluice_a_total A.\n# TYPE sluice_a_total counter\n"))
        #expect(text.contains(#"sluice_a_total{x="a\"b\\c\nd"} 3"#))
        #expect(text.contains("# TYPE sluice_b_bytes gauge\nsluice_b_bytes 1.5\n"))
        #expect(text.contains("# TYPE sluice_decide_latency_seconds histogram\n"))
        #expect(text.contains("sluice_decide_latency_seconds_bucket{le=\"5e-05\"} 0\n"))
        #expect(text.contains("sluice_decide_latency_seconds_bucket{le=\"0.0001\"} 2\n"))
        #expect(text.contains("sluice_decide_latency_seconds_bucket{le=\"+Inf\"} 3\n"))
        #expect(text.contains("sluice_decide_latency_seconds_sum 0.00312\n"))
        #expect(text.contains("sluice_decide_latency_seconds_count 3\n"))
        #expect(!text.contains("7f3a") && !text.contains("# EOF"))
    }

    @Test func `in OpenMetrics have exemplars with decisions' ids, and an end`() {
        let text = text(isOpenMetrics: true)
        #expect(text.contains("# TYPE sluice_a counter\nsluice_a_total{"))
        #expect(
            text.contains(
                "_bucket{le=\"0.005\"} 3 # {decision_id=\"7f3a\"} 0.003 1700000000.5\n"
            )
        )
        #expect(text.hasSuffix("# EOF\n"))
    }

    @Test func `every metric of a gateway has a type that its name fits`() throws {
        let gateway = try ControlSite().gateway
        let names = Set(gateway.metricSamples.map(\.title))
        #expect(names.count == gateway.metricSamples.count)
        for sample in gateway.metricSamples + ProcessFacts.samples {
            if case .counter = sample.reading { #expect(sample.name.hasSuffix("_total")) }
            #expect(!MetricHelp.text(of: sample.name).isEmpty)
        }
    }

    @Test func `durations lie in the bucket whose end they do not pass`() {
        #expect(DurationBuckets.place(of: 0) == 0)
        #expect(DurationBuckets.place(of: 50_000) == 0)
        #expect(DurationBuckets.place(of: 50_001) == 1)
        #expect(DurationBuckets.place(of: 60_000_000_000) == DurationBuckets.bounds.count - 1)
        #expect(DurationBuckets.place(of: .max) == DurationBuckets.bounds.count)
    }
}
