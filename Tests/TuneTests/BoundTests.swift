// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tune

/// Reference numbers are SciPy 1.17.1's.
@Suite
struct BoundTests {
    @Test(
        arguments: [
            (3.0, 400.0, 0.02, 0.040_951_655_070), (0, 149, 0.02, 0.049_281_654_330),
            (50, 300, 0.2, 0.082_963_096_310), (9_700, 10_000, 0.975, 0.001_014_179_160),
            (2.3, 120.5, 0.05, 0.077_027_486_481),
        ]
    )
    func `the binomial tail is exact, for fractions too`(
        hits: Double,
        trials: Double,
        rate: Double,
        expected: Double
    ) {
        #expect(abs(Binomial.tail(hits: hits, trials: trials, rate: rate) - expected) < 1e-9)
    }

    @Test func `the tail of nothing refutes nothing`() {
        #expect(Binomial.tail(hits: 0, trials: 0, rate: 0.1) == 1)
        #expect(Binomial.tail(hits: 5, trials: 5, rate: 0.1) == 1)
        #expect(Binomial.tail(hits: 1, trials: 5, rate: 1) == 0)
    }

    @Test(
        arguments: [
            (3.0, 400.0, 0.95, 0.019_269_229), (0, 149, 0.95, 0.019_904_817),
            (10, 100, 0.99, 0.191_330_285),
        ]
    )
    func `the upper end is that of clopper and pearson`(
        hits: Double,
        trials: Double,
        certainty: Double,
        expected: Double
    ) {
        let upper = Binomial.upper(hits: hits, trials: trials, certainty: certainty)
        #expect(abs(upper - expected) < 1e-8)
    }

    @Test func `knows how few trials could do`() {
        #expect(Binomial.fewestTrials(rate: 0.02, certainty: 0.95) == 149)
        #expect(Binomial.fewestTrials(rate: 0.05, certainty: 0.95) == 59)
        #expect(Binomial.fewestTrials(rate: 0.02, truth: 0, certainty: 0.95) == 149)
        #expect(Binomial.fewestTrials(rate: 0.02, truth: 0.02, certainty: 0.95) == nil)
        let some = Binomial.fewestTrials(rate: 0.02, truth: 0.01, certainty: 0.95) ?? 0
        #expect(some > 500 && some < 1_200)
    }

    @Test(arguments: [(148.0, -1), (149, 0), (235, 0), (236, 1), (1_000, 12)])
    func `knows how many hits still refute`(trials: Double, expected: Int) {
        // binom.ppf(0.05, n, 0.02) steps at these sizes.
        let most = Binomial.mostHits(trials: trials, rate: 0.02, certainty: 0.95)
        #expect(most == expected)
    }

    @Test func `foresees by the beta-binomial distribution`() {
        let chance = Binomial.foresight(most: 2, trials: 200, hits: 1, seen: 100)
        #expect(abs(chance - 0.546_216_671) < 1e-8)
        #expect(Binomial.foresight(most: -1, trials: 200, hits: 1, seen: 100) == 0)
    }

    @Test func `the incomplete beta function is exact on both sides`() {
        #expect(abs(SpecialFunctions.incompleteBeta(0.3, 2, 3) - 0.3483) < 1e-12)
        let value = SpecialFunctions.incompleteBeta(0.99, 50.5, 0.5)
        #expect(abs(value - 0.314_884_761_450_819) < 1e-10)
    }

    @Test(arguments: [(0.01, 3.289_591_945e-5), (0, 1.228_689_411e-9)])
    func `hoeffding and bentkus give the smaller of their two`(mean: Double, expected: Double) {
        let tail = BoundedMean.hoeffdingBentkus(mean: mean, count: 400, limit: 0.05)
        #expect(abs(tail / expected - 1) < 1e-6)
        #expect(BoundedMean.hoeffdingBentkus(mean: 0.06, count: 400, limit: 0.05) == 1)
    }

    @Test func `betting refutes a true mean in at most 5 of 100 streams`() {
        var refuted = 0
        for stream in 0..<400 {
            var random = TestStream(state: UInt64(stream) &* 31 &+ 5)
            let losses = (0..<300).map { _ in random.uniform() < 0.1 ? random.uniform() : 0 }
            if BoundedMean.betting(losses, limit: 0.05) <= 0.05 { refuted += 1 }
        }
        #expect(refuted <= 20)
    }

    @Test func `betting refutes a mean far above what was seen`() {
        let losses = (0..<400).map { $0 % 50 == 0 ? 0.5 : 0 }
        #expect(BoundedMean.betting(losses, limit: 0.05) < 0.001)
        #expect(BoundedMean.betting([], limit: 0.05) == 1)
    }
}
