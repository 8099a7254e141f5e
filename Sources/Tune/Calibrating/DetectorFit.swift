// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Fits the map from a detector's score to the probability that the reading is unusual.
///
/// A tail probability is no probability of being right: how often what is rare is wrong differs from
/// plant to plant, and only labels tell. Two maps are tried on the score's nines, both rising: a
/// logistic (Platt 1999, with a ridge on its slope) and isotonic regression (Zadrozny and Elkan 2002).
enum DetectorFit {
    /// The score of `samples`, whose threshold is the least score that was called unusual.
    static func score(_ samples: [Sample]) -> Calibration.Score {
        let called = samples.filter { $0.edgeLabel != 0 }.compactMap(\.edge.first)
        return .anomaly(threshold: called.min() ?? .infinity)
    }

    /// The maps that can be tried: none below 20 rows or with fewer than two of the rarer kind.
    static func kinds(
        score: Calibration.Score,
        samples: [Sample]
    ) -> [(name: String, fit: ([Sample]) -> Calibration.Map)] {
        let rarer = min(samples.count(where: \.isUnusual), samples.count { !$0.isUnusual })
        guard samples.count >= leastRows, rarer >= leastOfEach else { return [] }
        var kinds: [(name: String, fit: ([Sample]) -> Calibration.Map)] = [("logistic", logistic)]
        if samples.count >= 50, rarer >= 5 { kinds.append(("isotonic", isotonic)) }
        return kinds
    }

    static let leastRows = 20
    static let leastOfEach = 2

    private static func nines(_ sample: Sample) -> Double {
        Calibration.Score.nines(of: sample.edge.first ?? 0)
    }

    /// The logistic of least log loss; the plain share where the score foretells nothing.
    static func logistic(_ samples: [Sample]) -> Calibration.Map {
        let hits = samples.map(\.isUnusual)
        if let weights = DeferralFit.solve(samples.map { [1, nines($0)] }, hits), weights[1] > 0 {
            return .logistic(bias: short(weights[0]), slope: short(weights[1]))
        }
        // Drawn towards a half by half a row each way, so that it is never quite sure.
        let share = (Double(hits.count(where: { $0 })) + 0.5) / (Double(hits.count) + 1)
        return .logistic(bias: short(SpecialFunctions.log(share / (1 - share))), slope: 0)
    }

    /// The rising curve of least squares through the nines.
    static func isotonic(_ samples: [Sample]) -> Calibration.Map {
        let points = samples.map {
            IsotonicRegression.Point(argument: nines($0), value: $0.isUnusual ? 1 : 0)
        }
        let curve = IsotonicRegression.curve(points, upTo: Calibration.Score.mostNines)
        return curve.map { .isotonic($0) } ?? .identity
    }

    private static func short(_ value: Double) -> Double {
        max(-1e3, min(1e3, (value * 1e6).rounded() / 1e6))
    }
}
