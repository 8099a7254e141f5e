// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Escalate

@Suite struct LatencyQuantilesTests {
    var latency = LatencyQuantiles(initial: .seconds(2), capacity: 100)

    @Test mutating func `says the timeout until something is known`() {
        let summary = latency.summary(at: at(0))
        #expect(summary == .init(p50: .seconds(2), p95: .seconds(2), samples: 0))
    }

    @Test mutating func `gives quantiles by nearest rank`() {
        for count in 1...100 { latency.record(.milliseconds(Int64(count)), at: at(0)) }
        let summary = latency.summary(at: at(1))
        #expect(summary == .init(p50: .milliseconds(50), p95: .milliseconds(95), samples: 100))
    }

    @Test mutating func `keeps the latest`() {
        for count in 1...150 { latency.record(.milliseconds(Int64(count)), at: at(0)) }
        #expect(latency.summary(at: at(1)).p50 == .milliseconds(100))
    }

    @Test mutating func `says the same as sorting would`() {
        var samples: [(size: Int64, at: Int64)] = []
        var (state, now) = (UInt64(1), Int64(0))
        for _ in 0..<2_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            // Many of the same size, and now and then a while without any.
            let (size, pause) = (Int64(state >> 33) % 50, Int64(state >> 40) % 2_000)
            now += pause
            latency.record(.milliseconds(size), at: at(now))
            samples.append((size, now))
            let valid = samples.suffix(100).filter { now - $0.at <= 60_000 }.map(\.size).sorted()
            let summary = latency.summary(at: at(now))
            #expect(summary.samples == valid.count)
            #expect(summary.p50 == .milliseconds(valid[(valid.count * 50 + 99) / 100 - 1]))
            #expect(summary.p95 == .milliseconds(valid[(valid.count * 95 + 99) / 100 - 1]))
        }
    }

    @Test mutating func `goes back to the timeout when its samples are old`() {
        latency.record(.milliseconds(5), at: at(0))
        #expect(latency.summary(at: at(60_000)).samples == 1)
        #expect(latency.summary(at: at(60_001)).samples == 0)
        #expect(latency.summary(at: at(60_001)).p95 == .seconds(2))
    }

    @Test mutating func `takes probes only while there are no calls`() {
        latency.recordProbe(.milliseconds(3), at: at(0))
        #expect(latency.summary(at: at(1)).p95 == .milliseconds(3))
        latency.record(.milliseconds(80), at: at(2))
        #expect(latency.summary(at: at(3)).p95 == .milliseconds(80))
        latency.forgetCalls()
        #expect(latency.summary(at: at(4)).p95 == .milliseconds(3))
    }
}

@Suite struct RetryOptionsTests {
    let retry = RetryOptions(first: .milliseconds(20), cap: .milliseconds(100))

    @Test func `draws from a bound that doubles up to the cap`() {
        let bounds = (1...5).map { retry.delay(after: $0, random: 1).milliseconds }
        #expect(bounds == [20, 40, 80, 100, 100])
    }

    @Test func `may not wait at all`() {
        #expect(retry.delay(after: 3, random: 0) == .zero)
    }

    @Test func `survives any attempt`() {
        #expect(retry.delay(after: .max, random: 1) == .milliseconds(100))
        #expect(retry.delay(after: 0, random: 1) == .milliseconds(20))
    }
}
