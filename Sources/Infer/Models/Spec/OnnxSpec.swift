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

    var fileName: String
    /// The pinned SHA-256 in lower-case hexadecimal.
    var digest: String
    var fileNode: SettingsNode
    /// The files beside it that hold its weights, with their pinned digests.
    var externalFiles: [ExternalFile]
    /// The sizes of dimensions that the model leaves open.
    var dimensions: [Dimension]
    /// True when the first dimension of its inputs counts no readings.
    var isUnbatched: Bool
    var session: SessionOverrides
    var inputs: [Input]
    var labelOutput: (name: String, node: SettingsNode)?
    var scoreOutput: (name: String, node: SettingsNode)?
    var valueOutput: ValueOutput?
    var detections: Detections?
    var labels: [String]
    var labelsNode: SettingsNode?
    var source: ClassificationReader.Source
    var method: ClassificationReader.Method
    /// What `calibration.yaml` beside it says.
    var calibration: Calibration?
    var budget: Interval
    var maximumBatch: Int
    /// How long a reading may wait for company before its run.
    var maximumWait: Interval
    var check: PlacedCheck
    /// How often it is right, as whoever made it says.
    var accuracy: Double?
    /// The file of labelled rows beside it.
    var evaluationFile: String?
}

extension OnnxSpec {
    init(_ root: SettingsNode, file: String) {
        let fileNode = root.mapping("file")
        self.fileNode = fileNode
        fileName = fileNode.required("name", .fileName) ?? ""
        digest = fileNode.required("sha256", .digest) ?? ""
        externalFiles = fileNode.named("external").map { ExternalFile($0) }
        dimensions = root.named("dimensions").map { Dimension($0) }
        isUnbatched = root.optional("batch", .choice(of: [("none", true)])) ?? false
        session = SessionOverrides(root.optionalMapping("session"))
        let tensors = root.named("inputs", isRequired: true)
        let inputsNode = root.node("inputs")
        let gathering = Gathering(root)
        inputs = tensors.map { Input($0, in: inputsNode, file: file, over: gathering) }
        let outputs = root.optionalMapping("outputs")
        labelOutput = outputs?.nameOfOutput("label")
        scoreOutput = outputs?.nameOfOutput("probabilities")
        valueOutput = outputs?.node("value").flatMap { ValueOutput($0) }
        detections = root.optionalMapping("detections").map { Detections($0) }
        labels = root.strings("labels")
        labelsNode = root.node("labels")
        let confidence = root.optionalMapping("confidence")
        source = confidence?.optional("from", .choice()) ?? .probabilities
        method = confidence?.optional("method", .choice()) ?? .max
        (budget, maximumBatch, maximumWait) = Self.running(root)
        check = PlacedCheck(root.optionalMapping("check"))
        accuracy = root.optional("accuracy", .number(in: 0...1))
        evaluationFile = root.optional("evaluation", .fileName)
        root.reportRepeats(labels)
        gather(gathering)
    }
}
