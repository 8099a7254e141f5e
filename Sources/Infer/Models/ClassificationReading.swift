// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

/// How a classifier's outputs become a label and a confidence.
struct ClassificationReading: Sendable {
    /// What the model's numbers are.
    enum Source: String, CaseIterable, Sendable {
        /// Probabilities of the labels.
        case probabilities
        /// Logarithms of odds, turned into probabilities by softmax (or the logistic function, for
        /// one number).
        case logits
    }

    /// How probabilities become a confidence.
    enum Method: String, CaseIterable, Sendable {
        /// The greatest probability.
        case max
        /// The greatest less the second greatest.
        case margin
        /// One less the entropy as a fraction of the entropy of knowing nothing.
        case entropy
    }

    let labels: [String]
    let source: Source
    let method: Method
    /// What was fitted on labels, which takes the place of `method`.
    var calibration: Calibration?

    /// Rounding that a probability is forgiven.
    private static let slack = 1e-3

    /// Reads one row of the model's output, `numbers`: one for each label, or one for the second
    /// of two.
    func outcome<Number: BinaryFloatingPoint>(
        _ numbers: UnsafeBufferPointer<Number>
    ) -> Finding.Outcome {
        var probabilities: [Double]
        switch source {
        case .probabilities: probabilities = numbers.map { Double($0) }
        case .logits: probabilities = Self.softmax(numbers)
        }
        if labels.count == 2, numbers.count == 1 {
            let second = source == .logits ? Self.logistic(Double(numbers[0])) : probabilities[0]
            probabilities = [1 - second, second]
        }
        guard probabilities.count == labels.count else {
            return .failed(
                reason: "the model gave \(numbers.count) numbers for \(labels.count) labels"
            )
        }
        var best = 0
        var second = -1
        for index in probabilities.indices {
            let value = probabilities[index]
            guard value >= -Self.slack, value <= 1 + Self.slack else {
                return .failed(reason: "the model gave a number that is no probability")
            }
            probabilities[index] = Swift.max(0, Swift.min(value, 1))
            if index == 0 { continue }
            if probabilities[index] > probabilities[best] {
                second = best
                best = index
            } else if second < 0 || probabilities[index] > probabilities[second] {
                second = index
            }
        }
        let score = probabilities[best]
        let margin = second < 0 ? score : score - probabilities[second]
        return .classification(
            Finding.Classification(
                label: labels[best],
                score: score,
                confidence: calibration?.confidence(of: probabilities, best: best, second: second)
                    ?? confidence(score, margin, probabilities),
                margin: margin,
                probabilities: probabilities
            )
        )
    }

    private func confidence(_ score: Double, _ margin: Double, _ all: [Double]) -> Double {
        switch method {
        case .max: return score
        case .margin: return margin
        case .entropy:
            guard all.count > 1 else { return score }
            let entropy = all.reduce(0.0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
            return Swift.max(0, 1 - entropy / log(Double(all.count)))
        }
    }

    private static func softmax<Number: BinaryFloatingPoint>(
        _ numbers: UnsafeBufferPointer<Number>
    ) -> [Double] {
        let top = Double(numbers.max() ?? 0)
        let powers = numbers.map { exp(Double($0) - top) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }

    private static func logistic(_ number: Double) -> Double {
        1 / (1 + exp(-number))
    }
}
