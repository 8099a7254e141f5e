// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Chooses the score that puts disagreements last, on the tuning part.
///
/// The measure is the area under the curve of disagreement among the kept against the share kept (less
/// is better). The learned score is fitted on fifths and measured on what they leave out, and is
/// chosen only when it beats the best plain score by more than the standard error of the difference.
struct ScoreChoice {
    /// The chosen score.
    private(set) var score: Calibration.Score
    /// The area of each score tried.
    private(set) var areas: [Tuning.Comparison] = []

    private static let folds = 5

    init(_ method: TuneRequest.Method, tuning: [Sample]) {
        let plain: [Calibration.Score] =
            switch method {
            case .max: [.max]
            case .margin: [.margin]
            case .entropy: [.entropy]
            case .auto, .learned: [.max, .margin, .entropy]
            }
        score = plain[0]
        if tuning.allSatisfy({ $0.edge.count == 1 }) { score = DetectorFit.score(tuning) }
        guard tuning.allSatisfy({ $0.edge.count > 1 }) else { return }
        var best = Double.infinity
        for candidate in plain {
            let area = Self.area(tuning, tuning.map { candidate.value(of: $0.edge) })
            areas.append(Tuning.Comparison(name: candidate.name, loss: area))
            // A score that is no better than one before it is not worth the change.
            if area < best - 1e-9 { (score, best) = (candidate, area) }
        }
        guard method == .auto || method == .learned else { return }
        learn(tuning, against: score)
    }

    private mutating func learn(_ tuning: [Sample], against plain: Calibration.Score) {
        let disagreements = tuning.count(where: \.disagrees)
        guard tuning.count >= 100, min(disagreements, tuning.count - disagreements) >= 10 else {
            return
        }
        var differences: [Double] = []
        var held: [Double] = []
        for fold in 0..<Self.folds {
            let (kept, left) = CalibrationFit.split(tuning, fold: fold)
            guard let model = DeferralFit.fit(kept) else { return }
            let fitted = Calibration.Score.learned(model)
            let values = left.map { fitted.value(of: $0.edge) }
            let ours = Self.area(left, values)
            held.append(ours)
            differences.append(ours - Self.area(left, left.map { plain.value(of: $0.edge) }))
        }
        let count = Double(Self.folds)
        let area = held.reduce(0, +) / count
        areas.append(Tuning.Comparison(name: "learned", loss: area))
        let mean = differences.reduce(0, +) / count
        let variance = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        guard mean < -(variance / count).squareRoot(), mean < 0,
            let model = DeferralFit.fit(tuning)
        else { return }
        score = .learned(Self.rounded(model))
    }

    /// The mean, over how many are kept, of the share that disagrees; equal scores are kept together.
    static func area(_ samples: [Sample], _ scores: [Double]) -> Double {
        guard !samples.isEmpty else { return 0 }
        let order = scores.indices.sorted {
            scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1]
        }
        var kept = 0.0
        var hits = 0.0
        var sum = 0.0
        var start = 0
        while start < order.count {
            var end = start
            while end < order.count, scores[order[end]] == scores[order[start]] { end += 1 }
            let fresh = order[start..<end].count { samples[$0].disagrees }
            kept += Double(end - start)
            hits += Double(fresh)
            sum += Double(end - start) * hits / kept
            start = end
        }
        return sum / Double(order.count)
    }

    /// The model with six decimals a weight, so that what is tested is what a file can hold.
    private static func rounded(_ model: Calibration.Learned) -> Calibration.Learned {
        func short(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }
        return Calibration.Learned(
            bias: short(model.bias),
            max: short(model.max),
            margin: short(model.margin),
            entropy: short(model.entropy),
            surprise: short(model.surprise),
            labels: model.labels.map(short),
            probabilities: model.probabilities.map(short)
        )
    }
}
