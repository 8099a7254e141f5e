// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Calibration {
    /// The text of `calibration.yaml`; the origin is needed, and its model for a file in use.
    ///
    /// Numbers are written so that they read back the same.
    public func yaml() -> String {
        var lines = ["# Written by `sluice tune`. It belongs to the model with this digest only."]
        lines.append("calibration: 1")
        if let origin {
            if let model = origin.model { lines.append("model: \"\(model)\"") }
            if let cloud = origin.cloud { lines.append("cloud: \"\(cloud)\"") }
            lines.append("data_sha256: \"\(origin.samplesDigest)\"")
            lines.append("date: \"\(origin.date)\"")
            lines.append("samples: \(origin.samples)")
        }
        lines.append("score: \(score.name)")
        switch map {
        case .identity: lines.append("map: { method: identity }")
        case .temperature(let temperature):
            lines.append("map: { method: temperature, temperature: \(temperature) }")
        case .logistic(let bias, let slope):
            lines.append("map: { method: logistic, bias: \(bias), slope: \(slope) }")
        case .isotonic(let curve):
            lines.append("map:")
            lines.append("  method: isotonic")
            lines.append("  scores: \(Self.list(curve.arguments))")
            lines.append("  confidences: \(Self.list(curve.values))")
        }
        if case .learned(let model) = score {
            lines.append("learned:")
            lines.append("  bias: \(model.bias)")
            lines.append("  max: \(model.max)")
            lines.append("  margin: \(model.margin)")
            lines.append("  entropy: \(model.entropy)")
            lines.append("  surprise: \(model.surprise)")
            lines.append("  labels: \(Self.list(model.labels))")
            lines.append("  probabilities: \(Self.list(model.probabilities))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func list(_ numbers: [Double]) -> String {
        "[" + numbers.map(\.description).joined(separator: ", ") + "]"
    }
}
