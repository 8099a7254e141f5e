// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Fits the learned score: a logistic model of disagreement, by ridge regression.
///
/// Newton's method (iteratively reweighted least squares) from zero, deterministic. Labels get weights
/// of their own up to `mostLabels` of them; the ridge draws every weight but the constant to zero.
enum DeferralFit {
    static let mostLabels = 40
    private static let ridge = 1.0

    /// The model for `samples`; nil without at least one row of each kind, or when it does not settle.
    static func fit(_ samples: [Sample]) -> Calibration.Learned? {
        guard let labels = samples.first?.edge.count, labels > 1,
            samples.contains(where: \.disagrees), samples.contains(where: { !$0.disagrees })
        else { return nil }
        let perLabel = labels <= mostLabels ? labels : 0
        let rows = samples.map { features($0.edge, perLabel: perLabel) }
        guard let weights = solve(rows, samples.map(\.disagrees)) else { return nil }
        return Calibration.Learned(
            bias: weights[0],
            max: weights[1],
            margin: weights[2],
            entropy: weights[3],
            surprise: weights[4],
            labels: Array(weights[5..<5 + perLabel]),
            probabilities: Array(weights[(5 + perLabel)...])
        )
    }

    private static func features(_ values: [Double], perLabel: Int) -> [Double] {
        var row = [
            1, Calibration.Score.max.value(of: values), Calibration.Score.margin.value(of: values),
            Calibration.Score.entropy.value(of: values), Calibration.Score.surprise(of: values),
        ]
        guard perLabel > 0 else { return row }
        let top = Calibration.Score.likeliest(of: values)
        for label in 0..<perLabel { row.append(label == top ? 1 : 0) }
        row.append(contentsOf: values)
        return row
    }

    /// The weights that make `rows` foretell `hits`, one a feature, the first of which is the constant;
    /// nil when it does not settle.
    static func solve(_ rows: [[Double]], _ hits: [Bool]) -> [Double]? {
        let width = rows[0].count
        var weights = [Double](repeating: 0, count: width)
        for _ in 0..<50 {
            var gradient = [Double](repeating: 0, count: width)
            var curvature = [Double](repeating: 0, count: width * width)
            for (row, hit) in zip(rows, hits) {
                let logit = zip(row, weights).reduce(0) { $0 + $1.0 * $1.1 }
                let chance = SpecialFunctions.logistic(logit)
                let miss = (hit ? 1 : 0) - chance
                let weight = max(1e-9, chance * (1 - chance))
                for first in 0..<width where row[first] != 0 {
                    gradient[first] += miss * row[first]
                    let scaled = weight * row[first]
                    for second in first..<width {
                        curvature[first * width + second] += scaled * row[second]
                    }
                }
            }
            for index in 0..<width {
                // A little on the constant too keeps the matrix regular.
                let pull = index == 0 ? 1e-6 : ridge
                gradient[index] -= pull * weights[index]
                curvature[index * width + index] += pull
            }
            guard let step = cholesky(curvature, gradient) else { return nil }
            var largest = 0.0
            for index in 0..<width {
                let bounded = max(-5, min(5, step[index]))
                weights[index] += bounded
                largest = max(largest, abs(bounded))
            }
            if largest < 1e-8 { return weights }
        }
        return weights.allSatisfy(\.isFinite) ? weights : nil
    }

    /// Solves A·x = b for a positive definite A whose upper half is given.
    private static func cholesky(_ matrix: [Double], _ vector: [Double]) -> [Double]? {
        let width = vector.count
        var lower = [Double](repeating: 0, count: width * width)
        for row in 0..<width {
            for column in 0...row {
                var sum = matrix[column * width + row]
                for index in 0..<column {
                    sum -= lower[row * width + index] * lower[column * width + index]
                }
                if row == column {
                    guard sum > 0 else { return nil }
                    lower[row * width + row] = sum.squareRoot()
                } else {
                    lower[row * width + column] = sum / lower[column * width + column]
                }
            }
        }
        var solution = vector
        for row in 0..<width {
            for index in 0..<row { solution[row] -= lower[row * width + index] * solution[index] }
            solution[row] /= lower[row * width + row]
        }
        for row in (0..<width).reversed() {
            for index in (row + 1)..<max(width, row + 1) {
                solution[row] -= lower[index * width + row] * solution[index]
            }
            solution[row] /= lower[row * width + row]
        }
        return solution
    }
}
