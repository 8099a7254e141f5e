// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The tail of a distribution beyond an edge, as extreme-value theory has it: a generalised Pareto.
///
/// P(X > edge + y | X > edge) = (1 + ξ y / σ)^(−1 / ξ), and exp(−y / σ) for ξ = 0 (Pickands 1975;
/// for streams Siffer et al., "Anomaly detection in streams with extreme value theory", KDD 2017).
struct ParetoTail: Equatable, Sendable {
    /// Where it begins.
    var edge: Double
    /// The probability of lying beyond the edge.
    var share: Double
    /// ξ: 0 for an exponential tail, greater for heavier ones.
    var shape: Double
    /// σ, in the unit of what is measured.
    var scale: Double

    /// The probability of lying at `value` or beyond; `value` is not below the edge.
    func survival(_ value: Double) -> Double {
        let excess = max(0, value - edge) / scale
        guard shape.magnitude > 1e-6 else { return share * exp(-excess) }
        let argument = shape * excess
        return argument > -1 ? share * exp(-log1p(argument) / shape) : 0
    }

    /// One height of the tail that was seen: how far beyond the edge, and how often.
    struct Excess {
        var height: Double
        var weight: Double
    }

    /// Shape and scale of `excesses`, which stand for `count` observations.
    ///
    /// The estimator of J. Zhang and M. A. Stephens ("A new and efficient estimation method for the
    /// generalized Pareto distribution", Technometrics 51(3), 2009): the mean of a profile
    /// likelihood over a fixed grid, so that there is nothing to converge. The shape is then drawn
    /// towards 0.05 as by twenty observations more, and kept within −0.6…0.9. `excesses` are in
    /// rising order with positive heights and weights.
    static func fitted(to excesses: [Excess], count: Double) -> (shape: Double, scale: Double)? {
        guard let last = excesses.last, excesses.count > 1 else { return nil }
        let total = excesses.reduce(0) { $0 + $1.weight }
        var passed = 0.0
        var quartile = excesses[0].height
        for excess in excesses where passed < total / 4 {
            passed += excess.weight
            quartile = excess.height
        }
        func shapeFor(_ theta: Double) -> Double {
            excesses.reduce(0) { $0 + $1.weight * log1p(-theta * $1.height) } / total
        }
        var thetas: [Double] = []
        var likelihoods: [Double] = []
        for place in 1...gridSize {
            let root = (Double(gridSize) / (Double(place) - 0.5)).squareRoot()
            let theta = 1 / last.height + (1 - root) / (3 * quartile)
            guard theta.magnitude > 1e-12 else { continue }
            let shape = shapeFor(theta)
            thetas.append(theta)
            likelihoods.append(count * (log(-theta / shape) - shape - 1))
        }
        guard let best = likelihoods.max(), best.isFinite else { return nil }
        var sum = 0.0
        var theta = 0.0
        for (candidate, likelihood) in zip(thetas, likelihoods) {
            let weight = exp(likelihood - best)
            sum += weight
            theta += weight * candidate
        }
        theta /= sum
        let raw = shapeFor(theta)
        let scale = -raw / theta
        guard scale.isFinite, scale > 0, raw.isFinite else { return nil }
        let drawn = (count * raw + opinion * 0.05) / (count + opinion)
        let shape = max(-0.6, min(drawn, 0.9))
        guard shape != drawn else { return (drawn, scale) }
        // Of a tail with another shape, the scale is the one that leaves the mean where it is.
        let mean = excesses.reduce(0) { $0 + $1.weight * $1.height } / total
        return (shape, mean * (1 - shape))
    }

    private static let gridSize = 24
    private static let opinion = 20.0
}
