// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// What a `model.yaml` says.
enum ModelSpec {
    case onnx(OnnxSpec)
    case detector(DetectorSpec)

    /// The kinds of model.
    enum Kind: String, CaseIterable {
        case onnx
        case detector
    }
}

/// What the `model.yaml` of an ONNX model says.
struct OnnxSpec {
    /// The features of one input tensor.
    struct Input {
        var tensor: String
        var features: [PlacedFeature]
        var node: SettingsNode
    }

    /// The runs that tell at load whether the model does here what it did where it was made.
    struct Check {
        var input: [Float]
        var label: String?
        var probabilities: [Double]?
        var value: Double?
        var tolerance: Double
        var node: SettingsNode
    }

    var fileName: String
    /// The pinned SHA-256 in lower-case hexadecimal.
    var digest: String
    var fileNode: SettingsNode
    var inputs: [Input]
    var labelOutput: (name: String, node: SettingsNode)?
    var scoreOutput: (name: String, node: SettingsNode)?
    var labels: [String]
    var labelsNode: SettingsNode?
    var source: ClassificationReading.Source
    var method: ClassificationReading.Method
    /// What `calibration.yaml` beside it says.
    var calibration: Calibration?
    var budget: Interval
    var maximumBatch: Int
    var check: Check?
}

/// What the `model.yaml` of a built-in detector says.
struct DetectorSpec: Sendable {
    var feature: PlacedFeature
    var settings: RobustZ.Settings
    /// The score from which a number is the second label.
    var threshold: Double
    var maximumDevices: Int
    /// What the usual and the unusual are called.
    var labels: [String]
}

/// A feature with the place in `model.yaml` it was read from.
struct PlacedFeature: Sendable {
    var expression: FeatureExpression
    var file: String
    var line: Int
    var column: Int

    /// The diagnostic for `error`, which is about this feature.
    func diagnostic(_ error: FeatureError) -> Diagnostic {
        Diagnostic(
            .error,
            error.message,
            hint: error.hint,
            file: file,
            line: line,
            column: column + error.offset,
            length: error.length
        )
    }
}
