// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Benchmark
import CAllocations
import Parts

// Every part as a benchmark of the package's.

private let allocated = BenchmarkMetric.custom("allocations", useScalingFactor: false)
/// How often the part was done in one measurement.
private let times = BenchmarkMetric.custom("times", useScalingFactor: false)

let benchmarks: @Sendable () -> Void = {
    for part in Part.all { register(part) }
    registerStorage()
}

private func register(_ part: Part) {
    // What the last iteration left is what the next one finds: made ready once, before the first.
    nonisolated(unsafe) var run: (Int) throws -> Void = { _ in }
    Benchmark(
        part.name,
        configuration: .init(
            metrics: [.wallClock, .throughput, allocated, times],
            timeUnits: .nanoseconds,
            warmupIterations: 2,
            maxDuration: .milliseconds(300),
            maxIterations: 200
        ),
        closure: { benchmark in
            benchmark.startMeasurement()
            let before = celbench_allocations()
            try run(part.count)
            let count = celbench_allocations() - before
            benchmark.stopMeasurement()
            benchmark.measurement(allocated, Int(count))
            benchmark.measurement(times, part.count)
        },
        setup: { run = try part.prepare() },
        teardown: { run = { _ in } }
    )
}

/// The spool's inserts beside SQLite's own, in turns.
private func registerStorage() {
    let share = BenchmarkMetric.custom(
        "rows a second, % of SQLite in C",
        polarity: .prefersLarger,
        useScalingFactor: false
    )
    let ours = BenchmarkMetric.custom("spool, ns a row", useScalingFactor: false)
    let theirs = BenchmarkMetric.custom("SQLite in C, ns a row", useScalingFactor: false)
    nonisolated(unsafe) var beside: Beside?
    Benchmark(
        "spool beside SQLite in C",
        configuration: .init(
            metrics: [.throughput, share, ours, theirs],
            warmupIterations: 2,
            maxDuration: .seconds(10),
            maxIterations: 40
        ),
        closure: { benchmark in
            guard let (spool, bare) = try beside?.turn() else { return }
            benchmark.measurement(share, Int(100 * bare / spool))
            benchmark.measurement(ours, Int(spool))
            benchmark.measurement(theirs, Int(bare))
        },
        setup: { beside = try Beside() },
        teardown: { beside = nil }
    )
}
