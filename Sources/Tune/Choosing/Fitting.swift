// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// A calibration by itself, without a threshold and its bound.
public struct Fitting: Equatable, Sendable {
    /// One range of confidences: what was said in it, and what came true.
    public struct Band: Equatable, Sendable {
        /// How many rows lie in it.
        public var rows: Int
        /// The mean confidence of those, by fits that had not seen them.
        public var said: Double
        /// The share of those whose label was the reference's.
        public var held: Double
    }

    /// What was fitted.
    public var calibration: Calibration
    /// How many rows it was fitted on.
    public var samples: Int
    /// How many of those the reference and the local answer differ on.
    public var disagreements: Int
    /// The held-out log losses of the maps tried, in nats a row.
    public var maps: [Tuning.Comparison]
    /// Confidence against truth in five ranges of equal width from one half up, and one below it;
    /// those without rows are left out.
    public var bands: [Band]
}

extension Tuner {
    /// Fits a calibration on all of `samples`; no bound is tested, so how the rows were chosen does not
    /// matter as long as that depends on the score alone.
    ///
    /// Throws a refusal when there is too little to fit on.
    public static func fit(
        _ samples: [Sample],
        method: TuneRequest.Method
    ) throws(TuneRefusal) -> Fitting {
        try check(samples)
        let score = ScoreChoice(method, tuning: samples).score
        let fit = CalibrationFit(score: score, samples: samples)
        guard fit.isFitted else { throw tooFew(samples, score: score) }
        return Fitting(
            calibration: Calibration(score: score, map: fit.map),
            samples: samples.count,
            disagreements: samples.count(where: \.disagrees),
            maps: fit.losses.map { Tuning.Comparison(name: $0.name, loss: $0.loss) },
            bands: bands(samples, method: method)
        )
    }

    /// Why nothing can be fitted on `samples`.
    static func tooFew(_ samples: [Sample], score: Calibration.Score) -> TuneRefusal {
        var kinds = "labels that differ from the model's, or that do not"
        var rarer = min(samples.count(where: \.disagrees), samples.count { !$0.disagrees })
        if case .anomaly = score {
            kinds = "usual readings, or of unusual ones"
            rarer = min(samples.count(where: \.isUnusual), samples.count { !$0.isUnusual })
        }
        return TuneRefusal(
            .tooFew,
            "a calibration takes \(DetectorFit.leastRows) rows and \(DetectorFit.leastOfEach) of "
                + "each kind; there are \(samples.count), and \(rarer) \(kinds)",
            advice: "label more readings, those that it calls unusual and some that it does not",
            rowsNeeded: max(DetectorFit.leastRows, samples.count + 1)
        )
    }

    /// Confidence against truth, each row by a fit on the other fifths.
    private static func bands(
        _ samples: [Sample],
        method: TuneRequest.Method
    ) -> [Fitting.Band] {
        var rows = Array(repeating: (count: 0, said: 0.0, held: 0), count: 6)
        for fold in 0..<CalibrationFit.folds {
            let (kept, held) = CalibrationFit.split(samples, fold: fold)
            let score = ScoreChoice(method, tuning: kept).score
            let map = CalibrationFit(score: score, samples: kept).map
            let calibration = Calibration(score: score, map: map)
            for sample in held {
                let said = calibration.confidence(of: sample)
                let band = said < 0.5 ? 0 : min(5, 1 + Int((said - 0.5) * 10))
                rows[band].count += 1
                rows[band].said += said
                rows[band].held += sample.disagrees ? 0 : 1
            }
        }
        return rows.filter { $0.count > 0 }.map { row in
            let count = Double(row.count)
            return Fitting.Band(
                rows: row.count,
                said: row.said / count,
                held: Double(row.held) / count
            )
        }
    }
}

extension Calibration {
    /// The confidence in the row's own label: a detector's is the one it had, wherever its threshold is.
    func confidence(of sample: Sample) -> Double {
        guard case .anomaly = score, let number = sample.edge.first else {
            return confidence(of: sample.edge)
        }
        return confidence(ofScore: number, isUnusual: sample.edgeLabel != 0)
    }
}
