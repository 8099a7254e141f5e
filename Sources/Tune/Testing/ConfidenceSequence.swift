// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A running interval for the mean of bounded observations that may be looked at after each one.
///
/// With probability `certainty`, over the whole life of the sequence, the mean lies in `interval` at
/// every look at once: it may be watched, stopped and acted upon at any time. It is a betting
/// confidence sequence (Waudby-Smith and Ramdas 2024, "Estimating means of bounded random variables
/// by betting", section 4) whose bets are mixed over a Jeffreys prior in closed form, so that its
/// memory is three numbers: for independent yes-or-no observations it is the beta-binomial mixture
/// of Robbins (1970), and by convexity it holds for any observations in 0…1 whose conditional mean
/// is the same. They need not be independent, only without drift in that mean.
///
/// Observations that were asked for with different probabilities are weighted inversely:
/// `add(_:propensity:)` bets v·(x − m) with v = `minimumPropensity` / propensity, and the interval is
/// for the mean over everything that might have been asked about.
///
/// A value without reference to clocks or files: keep it by its `Codable` form over restarts.
public struct ConfidenceSequence: Codable, Equatable, Sendable {
    /// The probability with which every interval holds at once.
    public let certainty: Double
    /// The least propensity an observation may have; smaller ones are taken as this.
    public private(set) var minimumPropensity: Double
    /// How many observations have been added.
    public private(set) var samples = 0
    /// The sum of the weights v, at most one each.
    private var weight = 0.0
    /// The sum of weight times observation.
    private var total = 0.0

    /// Makes an empty sequence; `certainty` within 0.5…0.999999, the propensity within 1e-6…1.
    ///
    /// Values outside are taken as the nearest allowed ones.
    public init(certainty: Double = 0.95, minimumPropensity: Double = 1) {
        self.certainty = Swift.min(0.999_999, Swift.max(0.5, certainty))
        self.minimumPropensity = Swift.min(1, Swift.max(1e-6, minimumPropensity))
    }

    /// Makes the sequence of `count` yes-or-no observations of which `hits` were a yes.
    ///
    /// The order they came in does not matter to it. More hits than observations are taken as all.
    public init(certainty: Double, hits: Int, of count: Int) {
        self.init(certainty: certainty)
        samples = Swift.max(0, count)
        weight = Double(samples)
        total = Double(Swift.min(samples, Swift.max(0, hits)))
    }

    /// Takes observations asked for with a probability down to `propensity`, from the next one on.
    ///
    /// What was added keeps its weight in proportion. The intervals stay valid as long as propensities
    /// do not depend on the observations; a propensity above `minimumPropensity` changes nothing.
    public mutating func lower(minimumPropensity propensity: Double) {
        guard propensity < minimumPropensity, propensity > 0 else { return }
        let lowest = Swift.max(1e-6, propensity)
        let scale = lowest / minimumPropensity
        weight *= scale
        total *= scale
        minimumPropensity = lowest
    }

    /// Adds one observation in 0…1 that was asked for with probability `propensity`.
    ///
    /// Values outside 0…1 are taken as the nearest end; NaN adds nothing.
    public mutating func add(_ observation: Double, propensity: Double = 1) {
        guard !observation.isNaN, !propensity.isNaN else { return }
        let value = Swift.min(1, Swift.max(0, observation))
        let share = minimumPropensity / Swift.min(1, Swift.max(minimumPropensity, propensity))
        samples += 1
        weight += share
        total += share * value
    }

    /// Adds a yes (`true`, counted as one) or a no.
    public mutating func add(_ happened: Bool, propensity: Double = 1) {
        add(happened ? 1 : 0, propensity: propensity)
    }

    /// The weighted mean of the observations; nil before the first.
    public var estimate: Double? {
        weight > 0 ? Swift.min(1, Swift.max(0, total / weight)) : nil
    }

    /// The interval that holds the mean; 0…1 before the first observation.
    ///
    /// About a hundred evaluations of a closed form: keep the answer rather than asking a reading.
    public var interval: ClosedRange<Double> {
        guard let estimate else { return 0...1 }
        return end(from: 0, to: estimate)...end(from: 1, to: estimate)
    }

    /// The lower end of `interval`.
    public var lower: Double { interval.lowerBound }

    /// The upper end of `interval`.
    public var upper: Double { interval.upperBound }

    /// The outermost mean between `outside` and `inside` that the bets do not refute.
    private func end(from outside: Double, to inside: Double) -> Double {
        let limit = -SpecialFunctions.log(1 - certainty)
        let steps = 40
        var refuted = outside
        guard wealth(outside) >= limit else { return outside }
        for step in 1...steps {
            // Quadratic steps: fine near the ends, where rates usually are.
            let part = Double(step) / Double(steps)
            let way = outside == 0 ? part * part : part * (2 - part)
            let mean = outside + (inside - outside) * way
            if wealth(mean) >= limit {
                refuted = mean
                continue
            }
            var kept = mean
            for _ in 0..<40 {
                let middle = (refuted + kept) / 2
                if wealth(middle) >= limit { refuted = middle } else { kept = middle }
            }
            return refuted
        }
        return inside
    }

    /// The logarithm of what betting against `mean` would have won.
    private func wealth(_ mean: Double) -> Double {
        let count = Double(samples)
        let hits = Swift.min(count, Swift.max(0, total + mean * (count - weight)))
        let misses = count - hits
        if (mean <= 0 && hits > 0) || (mean >= 1 && misses > 0) { return .infinity }
        let mixture =
            SpecialFunctions.logBeta(hits + 0.5, misses + 0.5)
            - SpecialFunctions.logBeta(0.5, 0.5)
        let fair =
            (hits > 0 ? hits * SpecialFunctions.log(mean) : 0)
            + (misses > 0 ? misses * SpecialFunctions.log1p(-mean) : 0)
        return mixture - fair
    }
}
