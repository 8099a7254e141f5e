// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

/// How a classifier's outputs become a label and a confidence.
///
/// A class, because it is looked at in every run and has many parts to copy.
final class ClassificationReader: Sendable {
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

    /// What was found out of one row's numbers beside the probabilities themselves.
    enum Ranking {
        /// The places of the two greatest; the second is below zero where there is one label only.
        case ranked(best: Int, second: Int)
        /// There are so many, and not one a label.
        case miscounted(Int)
        case improbable
    }

    let labels: [String]
    let source: Source
    let method: Method
    /// What was fitted on labels, which takes the place of `method`.
    let calibration: Calibration?

    /// Rounding that a probability is forgiven.
    private static let slack = 1e-3
    /// How many probabilities share one array at most: a finding that is kept keeps little else.
    private static let sharedCount = 512

    init(labels: [String], source: Source, method: Method, calibration: Calibration? = nil) {
        self.labels = labels
        self.source = source
        self.method = method
        self.calibration = calibration
    }

    /// Reads one row of the model's output, `numbers`: one for each label, or one for the second
    /// of two.
    func outcome<Number: BinaryFloatingPoint>(
        _ numbers: UnsafeBufferPointer<Number>
    ) -> Finding.Outcome {
        var outcome = Finding.Outcome.detections([])
        var shares: [[Double]] = []
        outcomes(numbers, rows: 1, sharing: &shares) { _, found in outcome = found }
        return outcome
    }

    /// Reads `rows` rows that lie one after the other, and tells `take` of each.
    ///
    /// Many rows share one array of `shares`. It is taken again for as many rows when nobody has kept a
    /// finding of the last ones: then nothing is allocated.
    @inline(__always)
    func outcomes<Number: BinaryFloatingPoint>(
        _ numbers: UnsafeBufferPointer<Number>,
        rows: Int,
        sharing shares: inout [[Double]],
        _ take: (Int, consuming Finding.Outcome) -> Void
    ) {
        let width = numbers.count / Swift.max(1, rows)
        let count = labels.count
        // No more room than the rows want: that of a few is on the stack.
        let most = Swift.max(1, Swift.min(rows, Self.sharedCount / Swift.max(1, count)))
        withUnsafeTemporaryAllocation(of: Ranking.self, capacity: most) { rankings in
            var first = 0
            while first < rows {
                let some = Swift.min(most, rows - first)
                let place = first / most
                if place == shares.count { shares.append([]) }
                if shares[place].count != some * count {
                    shares[place] = [Double](repeating: 0, count: some * count)
                }
                // A copy, where a finding of the last run has been kept.
                shares[place].withUnsafeMutableBufferPointer { room in
                    for row in 0..<some {
                        let start = (first + row) * width
                        let part = row * count..<(row + 1) * count
                        let ranking = rank(
                            UnsafeBufferPointer(rebasing: numbers[start..<start + width]),
                            UnsafeMutableBufferPointer(rebasing: room[part])
                        )
                        rankings.initializeElement(at: row, to: ranking)
                    }
                }
                for row in 0..<some {
                    let part = Probabilities(shares[place], row * count..<(row + 1) * count)
                    take(first + row, outcome(rankings[row], part))
                }
                first += some
            }
        }
    }

    /// Makes probabilities of one row's numbers, and finds the two greatest.
    @inline(__always)
    private func rank<Number: BinaryFloatingPoint>(
        _ numbers: UnsafeBufferPointer<Number>,
        _ probabilities: UnsafeMutableBufferPointer<Double>
    ) -> Ranking {
        if probabilities.count == 2, numbers.count == 1 {
            let number = Double(numbers[0])
            let second = source == .logits ? Self.logistic(number) : number
            probabilities[0] = 1 - second
            probabilities[1] = second
        } else {
            guard numbers.count == probabilities.count, !numbers.isEmpty else {
                return .miscounted(numbers.count)
            }
            switch source {
            case .probabilities:
                for index in numbers.indices { probabilities[index] = Double(numbers[index]) }
            case .logits: Self.softmax(numbers, probabilities)
            }
        }
        var best = 0
        var second = -1
        for index in probabilities.indices {
            let value = probabilities[index]
            guard value >= -Self.slack, value <= 1 + Self.slack else { return .improbable }
            probabilities[index] = Swift.max(0, Swift.min(value, 1))
            if index == 0 { continue }
            if probabilities[index] > probabilities[best] {
                second = best
                best = index
            } else if second < 0 || probabilities[index] > probabilities[second] {
                second = index
            }
        }
        return .ranked(best: best, second: second)
    }

    @inline(__always)
    private func outcome(
        _ ranking: Ranking,
        _ probabilities: Probabilities
    ) -> Finding.Outcome {
        switch ranking {
        case .miscounted(let count):
            return .failed(
                reason: "the model gave \(count) numbers for \(labels.count) labels"
            )
        case .improbable:
            return .failed(reason: "the model gave a number that is no probability")
        case .ranked(let best, let second):
            let score = probabilities[best]
            let margin = second < 0 ? score : score - probabilities[second]
            return .classification(
                Finding.Classification(
                    label: labels[best],
                    score: score,
                    confidence: confidence(score, margin, probabilities, best, second),
                    margin: margin,
                    probabilities: probabilities
                )
            )
        }
    }

    @inline(__always)
    private func confidence(
        _ score: Double,
        _ margin: Double,
        _ all: Probabilities,
        _ best: Int,
        _ second: Int
    ) -> Double {
        if let calibration {
            return all.withUnsafeBufferPointer {
                calibration.confidence(of: $0, best: best, second: second)
            }
        }
        switch method {
        case .max: return score
        case .margin: return margin
        case .entropy:
            guard all.count > 1 else { return score }
            let entropy = all.reduce(0.0) { $1 > 0 ? $0 - $1 * log($1) : $0 }
            return Swift.max(0, 1 - entropy / log(Double(all.count)))
        }
    }

    @inline(__always)
    private static func softmax<Number: BinaryFloatingPoint>(
        _ numbers: UnsafeBufferPointer<Number>,
        _ powers: UnsafeMutableBufferPointer<Double>
    ) {
        let top = Double(numbers.max() ?? 0)
        var sum = 0.0
        for index in numbers.indices {
            powers[index] = exp(Double(numbers[index]) - top)
            sum += powers[index]
        }
        for index in numbers.indices { powers[index] /= sum }
    }

    private static func logistic(_ number: Double) -> Double {
        1 / (1 + exp(-number))
    }
}
