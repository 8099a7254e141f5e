// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// How a model's probabilities, or a detector's score, become the confidence that rules compare.
///
/// Three steps: the probabilities are softened by the temperature (`map`), a score is taken of them
/// (`score`), and a curve (`map`) turns the score into a probability of being right. Pure, and
/// allocates only for a temperature and for a learned score.
///
/// On disk it is `calibration.yaml` beside `model.yaml`, written by `sluice tune`:
///
/// ```yaml
/// calibration: 1                  # the format's version
/// model: 5c0e…                    # SHA-256 of the model's file, 64 hexadecimal digits: no other model may use it
/// cloud: bearing-wear-large/2     # whose answers were the labels; absent when people's were
/// data_sha256: …                  # of the samples it was fitted on
/// date: 2026-11-21
/// samples: 412                    # how many rows fitted the map
/// score: max                      # max | margin | entropy | learned; anomaly for a detector
/// map: { method: temperature, temperature: 1.73 }
/// # or { method: identity }
/// # or { method: logistic, bias: -6.1, slope: 1.9 }, for a detector
/// # or { method: isotonic, scores: [0.31, 0.62, 1.0], confidences: [0.4, 0.91, 0.99] }
/// learned:                        # only with `score: learned`: a logistic model of disagreement
///   bias: -1.5
///   max: 0.1                      # one weight a feature, see `Learned`
///   margin: -2.0
///   entropy: -0.3
///   surprise: 0.8
///   labels: [0.0, 0.2, -0.1]      # for the label chosen; empty, or one a label
///   probabilities: [0.0, 0.0, 0.0]
/// ```
public struct Calibration: Equatable, Sendable {
    /// What is taken of the probabilities; greater is surer, each in 0…1.
    public enum Score: Equatable, Sendable {
        /// The greatest probability.
        case max
        /// The greatest less the second greatest.
        case margin
        /// One less the entropy as a fraction of the greatest possible.
        case entropy
        /// One less the probability of disagreement that a fitted model gives.
        case learned(Learned)
        /// How many nines a detector's score has: −log10(1 − score), 0…16.
        ///
        /// What is made of it is the probability that the reading is unusual. `threshold` is the score
        /// from which the detector says so; below it the confidence is one less that probability.
        case anomaly(threshold: Double)

        /// The word for it in files.
        public var name: String {
            switch self {
            case .max: "max"
            case .margin: "margin"
            case .entropy: "entropy"
            case .learned: "learned"
            case .anomaly: "anomaly"
            }
        }
    }

    /// How a score becomes a probability of being right.
    public enum Map: Equatable, Sendable {
        /// The score as it is.
        case identity
        /// Softmax of log p / T before the score is taken (Guo et al. 2017); T > 0.
        case temperature(Double)
        /// 1 / (1 + e^−(bias + slope · score)) (J. Platt, "Probabilistic outputs for support vector
        /// machines", 1999), for a score that is no probability; the slope is not negative.
        case logistic(bias: Double, slope: Double)
        /// A rising curve through knots, applied to the score.
        case isotonic(RisingCurve)

        /// The word for it in files.
        public var name: String {
            switch self {
            case .identity: "identity"
            case .temperature: "temperature"
            case .logistic: "logistic"
            case .isotonic: "isotonic"
            }
        }
    }

    /// Where a calibration comes from, so that it is not used with another model.
    public struct Origin: Equatable, Sendable {
        /// SHA-256 of the model's file in hexadecimal; nil when only rows were known.
        public var model: String?
        /// The cloud model and version whose answers were the labels, `name/version`.
        public var cloud: String?
        /// SHA-256 of the samples in hexadecimal.
        public var samplesDigest: String
        /// The day it was made, `2026-11-21`.
        public var date: String
        /// How many rows fitted the map.
        public var samples: Int

        /// Makes an origin.
        public init(
            model: String?,
            cloud: String?,
            samplesDigest: String,
            date: String,
            samples: Int
        ) {
            self.model = model
            self.cloud = cloud
            self.samplesDigest = samplesDigest
            self.date = date
            self.samples = samples
        }
    }

    /// What is taken of the probabilities.
    public var score: Score
    /// How that becomes a confidence.
    public var map: Map
    /// Where it comes from.
    public var origin: Origin?

    /// Makes a calibration.
    public init(score: Score = .max, map: Map = .identity, origin: Origin? = nil) {
        self.score = score
        self.map = map
        self.origin = origin
    }

    /// The confidence in the likeliest label, 0…1; greater is surer.
    ///
    /// `probabilities` are a classifier's, one a label, summing to about one. A single number is
    /// taken as the score itself (a detector's). Empty or with a NaN: 0, so that nothing counts
    /// as sure.
    public func confidence(of probabilities: [Double]) -> Double {
        probabilities.withUnsafeBufferPointer { confidence(of: $0) }
    }

    /// The same of numbers that lie elsewhere.
    public func confidence(of probabilities: UnsafeBufferPointer<Double>) -> Double {
        guard !probabilities.isEmpty, !probabilities.contains(where: \.isNaN) else { return 0 }
        guard probabilities.count > 1 else {
            let number = probabilities[0]
            guard case .anomaly(let threshold) = score else { return finish(number) }
            return confidence(ofScore: number, isUnusual: number >= threshold && number > 0)
        }
        guard case .temperature(let temperature) = map else {
            return finish(score.value(of: probabilities))
        }
        let soft = Self.softened(Array(probabilities), temperature: temperature)
        return finish(score.value(of: soft))
    }

    /// The confidence in what a detector says of a reading with that score, 0…1.
    ///
    /// `isUnusual` is what it says. For calibrations of ``Score/anomaly(threshold:)``.
    public func confidence(ofScore number: Double, isUnusual: Bool) -> Double {
        guard !number.isNaN else { return 0 }
        let chance = finish(score.value(of: [number]))
        return isUnusual ? chance : 1 - chance
    }

    /// Pairs of a score and the confidence made of it, rising: what there is to look at.
    ///
    /// A temperature's is that of two labels; a detector's scores are numbers of nines, 0…16.
    public var curve: [[Double]] {
        let ends: (Double, Double) = if case .anomaly = score { (0, 16) } else { (0, 1) }
        return (0...20).map { step in
            let at = ends.0 + (ends.1 - ends.0) * Double(step) / 20
            guard case .temperature(let temperature) = map, at > 0, at < 1 else {
                return [at, finish(at)]
            }
            return [at, Self.softened([at, 1 - at], temperature: temperature)[0]]
        }
    }

    private func finish(_ score: Double) -> Double {
        switch map {
        case .identity, .temperature: Swift.min(1, Swift.max(0, score))
        case .logistic(let bias, let slope): 1 / (1 + exp(-(bias + slope * score)))
        case .isotonic(let curve): curve.value(at: score)
        }
    }
}
