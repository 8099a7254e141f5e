// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Fits the map from a score to a probability of agreement, and says how well it holds.
///
/// A detector's score is fitted by `DetectorFit`. For probabilities,
/// identity, temperature (Guo et al. 2017) and isotonic regression (Zadrozny and Elkan 2002) are
/// compared by the log loss of held-out fifths of the calibration part; the best is then fitted on all
/// of it. The fifths are runs in the part's order, so that neighbours stay together.
struct CalibrationFit {
    /// The chosen map.
    private(set) var map = Calibration.Map.identity
    /// The held-out log loss of each kind of map that could be tried, in nats a row.
    private(set) var losses: [(name: String, loss: Double)] = []

    static let folds = 5

    init(score: Calibration.Score, samples: [Sample]) {
        let kinds = Self.kinds(score: score, samples: samples)
        for kind in kinds {
            var loss = 0.0
            for fold in 0..<Self.folds {
                let (kept, held) = Self.split(samples, fold: fold)
                let calibration = Calibration(score: score, map: kind.fit(kept))
                loss += held.reduce(0) { $0 + Self.loss(calibration, $1) }
            }
            losses.append((kind.name, loss / Double(samples.count)))
        }
        let best = losses.indices.min { losses[$0].loss < losses[$1].loss }
        if let best { map = kinds[best].fit(samples) }
    }

    /// Whether there were rows enough to fit anything.
    var isFitted: Bool { !losses.isEmpty }

    private typealias Kind = (name: String, fit: ([Sample]) -> Calibration.Map)

    /// The maps that can be tried: none with too few rows, or too few of the rarer kind.
    private static func kinds(score: Calibration.Score, samples: [Sample]) -> [Kind] {
        if case .anomaly = score { return DetectorFit.kinds(score: score, samples: samples) }
        let agreements = samples.count { !$0.disagrees }
        let rarer = min(agreements, samples.count - agreements)
        guard samples.count >= 20, rarer >= 2, samples.allSatisfy({ $0.edge.count > 1 }) else {
            return []
        }
        var kinds: [Kind] = [
            ("identity", { _ in .identity }),
            ("temperature", { Self.temperature(score: score, samples: $0) }),
        ]
        // A logistic model is a probability already, and has no logits to soften.
        if case .learned = score { kinds.removeLast() }
        if samples.count >= 50, rarer >= 5 {
            kinds.append(("isotonic", { Self.isotonic(score: score, samples: $0) }))
        }
        return kinds
    }

    /// The rows outside and inside one fifth.
    static func split(_ samples: [Sample], fold: Int) -> (kept: [Sample], held: [Sample]) {
        let start = samples.count * fold / folds
        let end = samples.count * (fold + 1) / folds
        return (Array(samples[..<start]) + Array(samples[end...]), Array(samples[start..<end]))
    }

    /// The log loss of one row, in nats.
    static func loss(_ calibration: Calibration, _ sample: Sample) -> Double {
        let confidence = min(1 - 1e-4, max(1e-4, calibration.confidence(of: sample)))
        return -SpecialFunctions.log(sample.disagrees ? 1 - confidence : confidence)
    }

    /// The temperature of least log loss, by golden section on its logarithm from 1/20 to 20.
    static func temperature(score: Calibration.Score, samples: [Sample]) -> Calibration.Map {
        func loss(_ logarithm: Double) -> Double {
            let map = Calibration.Map.temperature(SpecialFunctions.exp(logarithm))
            let calibration = Calibration(score: score, map: map)
            return samples.reduce(0) { $0 + Self.loss(calibration, $1) }
        }
        let ratio = (5.0.squareRoot() - 1) / 2
        var low = -3.0
        var high = 3.0
        var left = high - ratio * (high - low)
        var right = low + ratio * (high - low)
        var lossLeft = loss(left)
        var lossRight = loss(right)
        while high - low > 1e-3 {
            if lossLeft <= lossRight {
                (high, right, lossRight) = (right, left, lossLeft)
                left = high - ratio * (high - low)
                lossLeft = loss(left)
            } else {
                (low, left, lossLeft) = (left, right, lossRight)
                right = low + ratio * (high - low)
                lossRight = loss(right)
            }
        }
        let temperature = SpecialFunctions.exp((low + high) / 2)
        return .temperature((temperature * 1e4).rounded() / 1e4)
    }

    /// The rising curve of least squares, by pooling adjacent violators.
    static func isotonic(score: Calibration.Score, samples: [Sample]) -> Calibration.Map {
        let points = samples.map {
            IsotonicRegression.Point(
                argument: score.value(of: $0.edge),
                value: $0.disagrees ? 0 : 1
            )
        }
        return IsotonicRegression.curve(points).map { .isotonic($0) } ?? .identity
    }
}
