// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Infer

@Suite struct RobustZTests {
    private let plan = RobustZ.Plan(
        RobustZ.Settings(halfLife: 200, warmUp: 30, clip: 3, leastScale: 0)
    )

    /// Roughly normal numbers, the same in every run.
    private struct Noise {
        private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

        mutating func next() -> Double {
            (0..<12).reduce(-6.0) { sum, _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return sum + Double(state >> 11) / Double(1 << 53)
            }
        }
    }

    @Test func `says nothing while it warms up`() {
        var detector = RobustZ()
        for number in 0..<30 {
            #expect(detector.score(number == 20 ? 1e6 : Double(number % 3), plan) == 0)
        }
        #expect(detector.score(1e9, plan) > 0.99)
    }

    @Test func `scores noise as its tail says`() {
        var detector = RobustZ()
        var noise = Noise()
        var above = (half: 0, far: 0)
        for index in 0..<20_000 {
            let score = detector.score(50 + 2 * noise.next(), plan)
            guard index >= 1_000 else { continue }
            if score > 0.5 { above.half += 1 }
            if score > 0.9973 { above.far += 1 }
        }
        // Half of the numbers lie beyond the quartiles; 0.27 % beyond three sigma.
        #expect((0.47...0.53).contains(Double(above.half) / 19_000))
        #expect((0.001...0.006).contains(Double(above.far) / 19_000))
    }

    @Test func `finds a fault and does not learn it`() {
        var detector = RobustZ()
        var noise = Noise()
        for _ in 0..<1_000 { _ = detector.score(noise.next(), plan) }
        for _ in 0..<20 { #expect(detector.score(12, plan) > 0.999_9) }
        #expect(detector.score(0, plan) < 0.9)
    }

    @Test func `grows with the distance`() {
        var last = -1.0
        for distance in stride(from: 0.0, to: 6, by: 0.5) {
            var detector = RobustZ()
            for index in 0..<1_000 { _ = detector.score(index % 2 == 0 ? 1 : -1, plan) }
            let score = detector.score(distance, plan)
            #expect(score > last && score <= 1)
            last = score
        }
    }

    @Test func `comes to accept a new level`() {
        var detector = RobustZ()
        var noise = Noise()
        for _ in 0..<1_000 { _ = detector.score(noise.next(), plan) }
        for _ in 0..<3_000 { _ = detector.score(20 + noise.next(), plan) }
        #expect(detector.score(20, plan) < 0.9)
    }

    @Test func `takes a constant series and its first change`() {
        var detector = RobustZ()
        for _ in 0..<100 { #expect(detector.score(7, plan) == 0) }
        #expect(detector.score(7.5, plan) > 0.999)
        #expect(detector.score(7, plan).isFinite)
    }

    @Test func `survives the largest numbers`() {
        var detector = RobustZ()
        let extremes = [1e308, -1e308, 0, 1e-308, 5e307]
        for index in 0..<200 {
            let score = detector.score(extremes[index % 5], plan)
            #expect(score >= 0 && score <= 1)
        }
    }

    @Test func `forgets the device heard of longest ago`() {
        var table = DeviceTable<Int>(capacity: 2)
        func visit(_ device: String) -> Int {
            table.withState(of: device, orNew: 0) { state in
                state += 1
                return state
            }
        }
        #expect(visit("a") == 1)
        #expect(visit("b") == 1)
        #expect(visit("a") == 2)
        #expect(visit("c") == 1)
        #expect(table.evictions == 1)
        #expect(visit("a") == 3)
        #expect(visit("b") == 1)
        #expect(table.count == 2)
        #expect(table.evictions == 2)
    }
}
