// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension OnnxModel {
    /// The model as the rest of the gateway knows it.
    func description(estimate: Interval, digest: String) -> ModelDescription {
        ModelDescription(
            reference: reference,
            kind: .onnx,
            labels: labels,
            fields: inputs.reduce(into: []) { $0.formUnion($1.source.fields) },
            inputs: session.inputs,
            outputs: servedOutputs,
            budget: budget,
            estimate: estimate,
            maximumBatch: maximumBatch,
            maximumWait: pace.maximumWait,
            digest: digest,
            calibration: nil,
            score: score
        )
    }

    /// What its confidence is made of; nil without probabilities.
    private var score: String? {
        guard case .classification(let reading, _, _) = answer else { return nil }
        return reading.calibration?.score.name ?? reading.method.rawValue
    }

    /// The name under which the label is served.
    var labelName: String {
        labelOutput.map { session.outputs[$0].name } ?? "label"
    }

    /// The outputs of a run on tensors as they are: the label as text where labels are named, then
    /// every numeric output of the model.
    var servedOutputs: [TensorShape] {
        var served: [TensorShape] = []
        if !labels.isEmpty {
            served.append(TensorShape(name: labelName, element: .text, dimensions: [-1]))
        }
        return served + rawOutputs.map { session.outputs[$0] }
    }

    /// The model's own outputs that such a run asks for.
    var rawOutputs: [Int] {
        session.outputs.indices.filter { index in
            let element = session.outputs[index].element
            let isLabel = index == labelOutput && !labels.isEmpty
            return element != nil && element != .text && (!isLabel || index == answer.output)
        }.filter { labels.isEmpty || session.outputs[$0].name != labelName }
    }
}

extension DetectorModel {
    /// The detector as the rest of the gateway knows it; `digest` is that of its `model.yaml`.
    func description(digest: String) -> ModelDescription {
        ModelDescription(
            reference: reference,
            kind: .detector,
            labels: spec.labels,
            fields: Set(spec.features.flatMap(\.expression.fields)),
            inputs: [],
            outputs: [],
            budget: nil,
            estimate: .zero,
            maximumBatch: .max,
            digest: digest,
            calibration: nil,
            score: nil
        )
    }
}
