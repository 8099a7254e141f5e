// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing

@testable import Tune

/// A small repeatable source of numbers: SplitMix64.
struct TestStream: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }
}

@Suite
struct ConfidenceSequenceTests {
    @Test func `knows nothing before the first observation`() {
        let sequence = ConfidenceSequence()
        #expect(sequence.estimate == nil)
        #expect(sequence.interval == 0...1)
    }

    @Test func `agrees with the closed form of the beta-binomial mixture`() {
        // 0 of n: the upper end m solves n log(1 − m) = log Γ-ratio − log 20; by scipy, n = 500.
        var sequence = ConfidenceSequence(certainty: 0.95)
        for _ in 0..<500 { sequence.add(false) }
        #expect(abs(sequence.upper - 0.013262569) < 1e-6)
        #expect(sequence.lower == 0)
        for _ in 0..<10 { sequence.add(true) }
        #expect(abs(sequence.lower - 0.004951392) < 1e-6)
        #expect(abs(sequence.upper - 0.049873446) < 1e-6)
    }

    @Test(arguments: [0.02, 0.3])
    func `holds at every look in at least 95 of 100 streams`(mean: Double) {
        var broken = 0
        for stream in 0..<1_000 {
            var random = TestStream(state: UInt64(stream) &* 7_919 &+ 1)
            var sequence = ConfidenceSequence(certainty: 0.95)
            var failed = false
            for look in 1...400 {
                sequence.add(random.uniform() < mean)
                if look % 4 == 0, !failed { failed = !sequence.interval.contains(mean) }
            }
            if failed { broken += 1 }
        }
        #expect(broken <= 50)
        #expect(broken > 0)
    }

    @Test func `holds with weights where what is asked depends on what is hard`() {
        // Half of the readings are hard: 10 % differ and 80 % are asked about; of the easy half
        // 1 % differ and 20 % are asked about. The mean over all of them is 5.5 %.
        var broken = 0
        var naive = 0
        for stream in 0..<300 {
            var random = TestStream(state: UInt64(stream) &* 104_729 &+ 3)
            var sequence = ConfidenceSequence(certainty: 0.95, minimumPropensity: 0.2)
            var plain = ConfidenceSequence(certainty: 0.95)
            var failed = false
            for look in 1...4_000 {
                let hard = random.uniform() < 0.5
                let differs = random.uniform() < (hard ? 0.1 : 0.01)
                let propensity = hard ? 0.8 : 0.2
                guard random.uniform() < propensity else { continue }
                sequence.add(differs, propensity: propensity)
                plain.add(differs)
                if look % 50 == 0, !failed { failed = !sequence.interval.contains(0.055) }
            }
            if failed { broken += 1 }
            if !plain.interval.contains(0.055) { naive += 1 }
        }
        #expect(broken <= 15)
        #expect(naive > 100)
    }

    @Test func `takes values outside the range as the nearest end and nan as nothing`() {
        var sequence = ConfidenceSequence()
        sequence.add(7)
        sequence.add(-1)
        sequence.add(.nan)
        #expect(sequence.samples == 2)
        #expect(sequence.estimate == 0.5)
    }

    @Test func `is the same after a restart`() throws {
        var sequence = ConfidenceSequence(certainty: 0.9, minimumPropensity: 0.01)
        for index in 0..<100 { sequence.add(index % 7 == 0, propensity: 0.02) }
        let kept = try JSONEncoder().encode(sequence)
        let again = try JSONDecoder().decode(ConfidenceSequence.self, from: kept)
        #expect(again == sequence)
        #expect(again.interval == sequence.interval)
    }
}
