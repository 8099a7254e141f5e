// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

extension Calibration {
    /// A logistic model of when the local answer will differ from the reference's.
    ///
    /// Post-hoc deferral as in Jitkrittum et al. 2023 ("When does confidence-based cascade deferral
    /// suffice?"): a small model on what the local model says, fitted on rows where both answered.
    /// Features: the three plain scores, the surprise −log(1 − max) in units of ten, the chosen label
    /// (one weight each) and each probability.
    public struct Learned: Equatable, Sendable {
        /// The constant.
        public var bias: Double
        /// The weight of the greatest probability.
        public var max: Double
        /// The weight of the margin.
        public var margin: Double
        /// The weight of the entropy score.
        public var entropy: Double
        /// The weight of the surprise.
        public var surprise: Double
        /// A weight for each label, when it is the one chosen; empty for none.
        public var labels: [Double]
        /// A weight for each label's probability; empty for none.
        public var probabilities: [Double]

        /// Makes a model of weights.
        public init(
            bias: Double,
            max: Double,
            margin: Double,
            entropy: Double,
            surprise: Double,
            labels: [Double],
            probabilities: [Double]
        ) {
            self.bias = bias
            self.max = max
            self.margin = margin
            self.entropy = entropy
            self.surprise = surprise
            self.labels = labels
            self.probabilities = probabilities
        }

        /// The logarithm of the odds that the answers differ.
        public func disagreementLogit(of values: [Double]) -> Double {
            values.withUnsafeBufferPointer { disagreementLogit(of: $0) }
        }

        func disagreementLogit(of values: UnsafeBufferPointer<Double>) -> Double {
            let top = Score.likeliest(of: values)
            var sum = bias + max * Score.max.value(of: values)
            sum += margin * Score.margin.value(of: values)
            sum += entropy * Score.entropy.value(of: values)
            sum += surprise * Score.surprise(of: values)
            if top < labels.count { sum += labels[top] }
            for (weight, value) in zip(probabilities, values) { sum += weight * value }
            return sum
        }
    }

    /// Softmax of log p / T; a zero stays zero.
    ///
    /// A temperature that is not positive and finite leaves p as it is.
    public static func softened(_ probabilities: [Double], temperature: Double) -> [Double] {
        guard temperature > 0, temperature != 1, temperature.isFinite else { return probabilities }
        let top = Swift.max(probabilities.max() ?? 0, Double.leastNormalMagnitude)
        var powers = probabilities.map { $0 > 0 ? exp(log($0 / top) / temperature) : 0 }
        let sum = powers.reduce(0, +)
        guard sum > 0, sum.isFinite else { return probabilities }
        for index in powers.indices { powers[index] /= sum }
        return powers
    }
}

extension Calibration.Score {
    /// The index of the greatest value; the first of equals, 0 for none.
    public static func likeliest(of values: [Double]) -> Int {
        values.withUnsafeBufferPointer { likeliest(of: $0) }
    }

    static func likeliest(of values: UnsafeBufferPointer<Double>) -> Int {
        var best = 0
        for index in values.indices where values[index] > values[best] { best = index }
        return best
    }

    /// The score of `values`, one probability a label; greater is surer.
    public func value(of values: [Double]) -> Double {
        values.withUnsafeBufferPointer { value(of: $0) }
    }

    func value(of values: UnsafeBufferPointer<Double>) -> Double {
        switch self {
        case .max: return values.max() ?? 0
        case .margin:
            let top = Self.likeliest(of: values)
            var second = 0.0
            for index in values.indices where index != top {
                second = Swift.max(second, values[index])
            }
            return values.isEmpty ? 0 : Swift.max(0, values[top] - second)
        case .entropy:
            guard values.count > 1 else { return values.isEmpty ? 0 : 1 }
            let entropy = values.reduce(0.0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
            return Swift.min(1, Swift.max(0, 1 - entropy / log(Double(values.count))))
        case .learned(let model):
            return 1 / (1 + exp(model.disagreementLogit(of: values)))
        case .anomaly:
            return values.isEmpty ? 0 : Self.nines(of: values[0])
        }
    }

    /// The most nines that a score is taken to have.
    public static let mostNines = 16.0

    /// −log10(1 − score), 0…``mostNines``: 3 for 0.999.
    public static func nines(of score: Double) -> Double {
        let rest = Swift.max(1e-16, 1 - Swift.max(0, Swift.min(1, score)))
        return Swift.min(mostNines, -log10(rest))
    }

    /// How far the greatest probability is from one, on a logarithmic scale: 0…about 3.
    public static func surprise(of values: [Double]) -> Double {
        values.withUnsafeBufferPointer { surprise(of: $0) }
    }

    static func surprise(of values: UnsafeBufferPointer<Double>) -> Double {
        let rest = Swift.max(1e-12, 1 - Swift.min(1, values.max() ?? 0))
        return -log(rest) / 10
    }
}
