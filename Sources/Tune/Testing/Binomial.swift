// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Exact statements about a rate from how often something happened.
///
/// Counts may be fractions: an effective sample size is a count divided by a design effect, and the
/// beta form of the binomial tail carries over to it (Korn and Graubard 1998).
public enum Binomial {
    /// P(Bin(trials, rate) ≤ hits): how surprising so few hits would be if the rate were `rate`.
    ///
    /// It is the p-value of "the rate is at least `rate`"; 1 without trials.
    public static func tail(hits: Double, trials: Double, rate: Double) -> Double {
        guard trials > hits, rate > 0 else { return 1 }
        guard rate < 1 else { return 0 }
        guard hits > 0 else { return SpecialFunctions.exp(trials * SpecialFunctions.log1p(-rate)) }
        return SpecialFunctions.incompleteBeta(1 - rate, trials - hits, hits + 1)
    }

    /// The greatest rate that `hits` of `trials` do not refute: the upper end by Clopper and Pearson 1934.
    public static func upper(hits: Double, trials: Double, certainty: Double) -> Double {
        guard trials > hits else { return 1 }
        var low = hits / trials
        var high = 1.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if tail(hits: hits, trials: trials, rate: middle) <= 1 - certainty {
                high = middle
            } else {
                low = middle
            }
        }
        return high
    }

    /// The most hits of `trials` that still refute "the rate is at least `rate`"; -1 when none do.
    public static func mostHits(trials: Double, rate: Double, certainty: Double) -> Int {
        guard tail(hits: 0, trials: trials, rate: rate) <= 1 - certainty else { return -1 }
        var low = 0
        var high = max(1, Int(trials * rate) + 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if tail(hits: Double(middle), trials: trials, rate: rate) <= 1 - certainty {
                low = middle
            } else {
                high = middle
            }
        }
        return low
    }

    /// The fewest trials, all without a hit, that show a rate below `rate`; at most 1e15.
    public static func fewestTrials(rate: Double, certainty: Double) -> Int {
        let count = SpecialFunctions.log(1 - certainty) / SpecialFunctions.log1p(-rate)
        return max(1, Int(min(1e15, (count - 1e-9).rounded(.up))))
    }

    /// The fewest trials that show a rate below `rate` when a share `truth` of them are hits.
    ///
    /// Nil when `truth` is not below `rate`, or when more than a thousand million would be needed.
    public static func fewestTrials(rate: Double, truth: Double, certainty: Double) -> Int? {
        guard truth < rate else { return nil }
        func shows(_ trials: Int) -> Bool {
            let count = Double(trials)
            return tail(hits: truth * count, trials: count, rate: rate) <= 1 - certainty
        }
        var high = fewestTrials(rate: rate, certainty: certainty)
        while !shows(high) {
            guard high < 1_000_000_000 else { return nil }
            high *= 2
        }
        var low = high / 2
        while high - low > 1 {
            let middle = (low + high) / 2
            if shows(middle) { high = middle } else { low = middle }
        }
        return high
    }

    /// The probability that another `trials` have at most `most` hits, after `hits` of `seen` had one.
    ///
    /// The beta-binomial distribution, with Jeffreys' prior.
    static func foresight(most: Int, trials: Int, hits: Double, seen: Double) -> Double {
        guard most >= 0 else { return 0 }
        let first = hits + 0.5
        let second = max(0, seen - hits) + 0.5
        let count = Double(trials)
        var sum = 0.0
        let scale =
            SpecialFunctions.logGamma(count + 1) - SpecialFunctions.logBeta(first, second)
        for index in 0...min(most, trials) {
            let happened = Double(index)
            sum += SpecialFunctions.exp(
                scale - SpecialFunctions.logGamma(happened + 1)
                    - SpecialFunctions.logGamma(count - happened + 1)
                    + SpecialFunctions.logBeta(happened + first, count - happened + second)
            )
        }
        return min(1, sum)
    }
}
