// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Settings
import Vocabulary

/// Reading `calibration.yaml`, in the form that `Calibration` describes.
extension Calibration {
    /// The kinds of score, as the file names them.
    private enum ScoreName: String, CaseIterable {
        case max
        case margin
        case entropy
        case learned
        case anomaly
    }

    /// The kinds of map, as the file names them.
    private enum MapName: String, CaseIterable {
        case identity
        case temperature
        case logistic
        case isotonic
    }

    /// What the file beside `model` says; nil when one of its problems, which are reported to the file,
    /// is an error.
    ///
    /// `digest` is the model file's own, a detector's `model.yaml`'s, and `labels` are the model's: what
    /// was fitted on another model is refused. `threshold` is a detector's; nil for a classifier.
    static func read(
        _ file: SettingsFile,
        model: ModelReference,
        digest: String,
        labels: [String],
        threshold: Double? = nil
    ) -> Calibration? {
        let root = file.root
        _ = root.required("calibration", .choice(of: [("1", true)]))
        let fitted = root.required("model", .digest)
        if let fitted, fitted != digest, let node = root.node("model") {
            node.problem(
                "this was fitted on another model: \(fitted.prefix(12))…, but `\(model)` is "
                    + "\(digest.prefix(12))…",
                hint: "run `sluice tune` again for the model in force, or remove the file"
            )
        }
        let origin = Origin(
            model: fitted,
            cloud: root.optionalString("cloud"),
            samplesDigest: root.optional("data_sha256", .digest) ?? "",
            date: root.optionalString("date") ?? "",
            samples: root.integer("samples", default: 0)
        )
        let score = score(root, labels: labels, threshold: threshold)
        let map = map(root.mapping("map"), isDetector: threshold != nil)
        root.finish()
        guard !file.hasErrors, let score, let map else { return nil }
        return Calibration(score: score, map: map, origin: origin)
    }

    private static func score(
        _ root: SettingsNode,
        labels: [String],
        threshold: Double?
    ) -> Score? {
        let name = root.required("score", .choice(ScoreName.self))
        if let name, (name == .anomaly) != (threshold != nil) {
            root.node("score")?.problem(
                threshold == nil
                    ? "`anomaly` is the score of a detector; this model gives probabilities"
                    : "a detector gives no probabilities, which `\(name)` is made of",
                hint: threshold == nil ? nil : "its `score` is `anomaly`: `sluice tune` writes it"
            )
            return nil
        }
        let node = root.optionalMapping("learned")
        if name != .learned, let node {
            node.problem("`learned` is used only with `score: learned`")
        }
        switch name {
        case nil: return nil
        case .max: return .max
        case .margin: return .margin
        case .entropy: return .entropy
        case .anomaly: return threshold.map { .anomaly(threshold: $0) }
        case .learned:
            guard let node else {
                root.node("score")?.problem("`score: learned` wants the weights under `learned`")
                return nil
            }
            return learned(node, labels: labels).map { .learned($0) }
        }
    }

    private static func learned(_ node: SettingsNode, labels: [String]) -> Learned? {
        let numbers = ["bias", "max", "margin", "entropy", "surprise"].map {
            node.required($0, .number())
        }
        let lists = ["labels", "probabilities"].map { key in
            let weights = node.optional(key, .list(of: .number())) ?? []
            if !weights.isEmpty, weights.count != labels.count {
                node.node(key)?.problem(
                    "`\(key)` has \(weights.count) weights; the model has \(labels.count) labels"
                )
            }
            return weights
        }
        let found = numbers.compactMap(\.self)
        guard found.count == numbers.count else { return nil }
        return Learned(
            bias: found[0],
            max: found[1],
            margin: found[2],
            entropy: found[3],
            surprise: found[4],
            labels: lists[0],
            probabilities: lists[1]
        )
    }

    private static func map(_ node: SettingsNode, isDetector: Bool) -> Map? {
        let name = node.required("method", .choice(MapName.self))
        if let name, name != .isotonic, (name == .logistic) != isDetector {
            node.node("method")?.problem(
                "`\(name)` is for \(isDetector ? "probabilities" : "the score of a detector")",
                hint: isDetector ? "a detector's are `logistic` and `isotonic`" : nil
            )
            return nil
        }
        switch name {
        case nil:
            return nil
        case .logistic:
            let bias = node.required("bias", .number(in: -1e3...1e3))
            let slope = node.required("slope", .number(in: 0...1e3))
            guard let bias, let slope else { return nil }
            return .logistic(bias: bias, slope: slope)
        case .identity:
            return .identity
        case .temperature:
            return node.required("temperature", .number(in: 1e-3...1e3)).map { .temperature($0) }
        case .isotonic:
            let arguments = node.required("scores", .list(of: .number()))
            let values = node.required("confidences", .list(of: .number(in: 0...1)))
            guard let arguments, let values else { return nil }
            guard let curve = RisingCurve(arguments: arguments, values: values) else {
                node.problem(
                    "`scores` must rise and `confidences` never fall, as many of the one as of the "
                        + "other",
                    hint: "`sluice tune` writes them so"
                )
                return nil
            }
            return .isotonic(curve)
        }
    }
}

/// The same confidence as `Calibration.confidence(of:)`, for the lane: nothing is allocated for a
/// temperature either.
extension Calibration {
    /// `best` and `second` are the places of the two greatest probabilities; `second` is below zero
    /// where there is one only.
    func confidence(
        of probabilities: UnsafeBufferPointer<Double>,
        best: Int,
        second: Int
    ) -> Double {
        guard case .temperature(let temperature) = map, second >= 0, probabilities[best] > 0 else {
            return confidence(of: probabilities)
        }
        let top = probabilities[best]
        func power(_ probability: Double) -> Double {
            probability > 0 ? exp(log(probability / top) / temperature) : 0
        }
        let sum = probabilities.reduce(0) { $0 + power($1) }
        guard sum.isFinite else { return confidence(of: probabilities) }
        switch score {
        case .max: return 1 / sum
        case .margin: return max(0, (1 - power(probabilities[second])) / sum)
        case .entropy:
            let entropy = probabilities.reduce(0.0) { entropy, probability in
                let share = power(probability) / sum
                return share > 0 ? entropy - share * log(share) : entropy
            }
            return min(1, max(0, 1 - entropy / log(Double(probabilities.count))))
        case .learned, .anomaly: return confidence(of: probabilities)
        }
    }
}

extension ModelDescription.CalibrationMark {
    init(_ calibration: Calibration, digest: String) {
        self.init(
            score: calibration.score.name,
            map: calibration.map.name,
            date: calibration.origin?.date ?? "",
            samples: calibration.origin?.samples ?? 0,
            digest: digest,
            samplesDigest: calibration.origin?.samplesDigest ?? ""
        )
        curve = calibration.curve
    }
}
