// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Telemetry

@Suite struct `A sampler of traces` {
    @Test func `passes over as many as the share makes likely`() {
        let sampler = SpanSampler(share: 0.1, mostPerSecond: 1)
        #expect(sampler.distance(draw: 0) == 0)
        // P(distance < n) = 1 - 0.9^n: half of all distances are shorter than 7.
        #expect(sampler.distance(draw: 0.5) == 6)
        #expect(sampler.distance(draw: 0.99) == 43)
        #expect(sampler.distance(draw: 1) < 1_000)
        let draws = (0..<1_000).map { sampler.distance(draw: (Double($0) + 0.5) / 1_000) }
        let mean = Double(draws.reduce(0, +)) / 1_000
        #expect(abs(mean - 9) < 0.2)
    }

    @Test func `chooses all of a share of 1, and none of a share of 0`() {
        #expect(SpanSampler(share: 1, mostPerSecond: 1).distance() == 0)
        #expect(SpanSampler(share: 0, mostPerSecond: 1).distance() == .max)
        #expect(SpanSampler(share: 1e-18, mostPerSecond: 1).distance(draw: 0.5) == .max)
    }

    @Test func `admits so many a second, and counts the others`() {
        let sampler = SpanSampler(share: 1, mostPerSecond: 2)
        let now = MonotonicInstant(nanoseconds: 5_000_000_000)
        #expect(sampler.admits(at: now))
        #expect(sampler.admits(at: now + .milliseconds(900)))
        #expect(!sampler.admits(at: now + .milliseconds(999)))
        #expect(sampler.admits(at: now + .seconds(1)))
        #expect(sampler.passedOver == 1)
        sampler.passOver()
        #expect(sampler.passedOver == 2)
    }
}
