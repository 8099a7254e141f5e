// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// What the `model.yaml` of an ONNX model says.
struct OnnxSpec {
    /// One input tensor.
    struct Input {
        var tensor: String
        var source: InputSource
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
    /// How long a reading may wait for company before its run.
    var maximumWait: Interval
    var check: Check?
}

extension OnnxSpec {
    init(_ root: SettingsNode, file: String) {
        let fileNode = root.mapping("file")
        self.fileNode = fileNode
        fileName = fileNode.required("name", .fileName) ?? ""
        digest = fileNode.required("sha256", .digest) ?? ""
        let tensors = root.named("inputs", isRequired: true)
        let inputsNode = root.node("inputs")
        inputs = tensors.map { Input($0, in: inputsNode, file: file) }
        let outputs = root.optionalMapping("outputs")
        labelOutput = outputs?.nameOfOutput("label")
        scoreOutput = outputs?.nameOfOutput("probabilities")
        labels = root.strings("labels")
        labelsNode = root.node("labels")
        let confidence = root.optionalMapping("confidence")
        source = confidence?.optional("from", .choice()) ?? .probabilities
        method = confidence?.optional("method", .choice()) ?? .max
        (budget, maximumBatch, maximumWait) = Self.running(root)
        check = root.optionalMapping("check").map { Check($0) }
        root.reportRepeats(labels)
        readWindow(root)
    }
}
