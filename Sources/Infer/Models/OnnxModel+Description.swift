// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension OnnxModel {
    /// The model as the rest of the gateway knows it.
    func description(estimate: Interval, digest: String) -> ModelDescription {
        var description = ModelDescription(
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
        if case .detections = answer { description.findsObjects = true }
        return description
    }

    /// What its confidence is made of; nil without probabilities.
    private var score: String? {
        guard let reading = answer.classification else { return nil }
        return reading.calibration?.score.name ?? reading.method.rawValue
    }

    /// True when each row has one label: not for a number, nor for objects in an image.
    var givesLabels: Bool {
        switch answer {
        case .classification, .scoreMap, .label: true
        case .value, .detections: false
        }
    }

    /// The name under which the label is served.
    var labelName: String {
        labelOutput.map { session.outputs[$0].name } ?? "label"
    }

    /// The outputs of a run on tensors as they are: the label as text where labels are named, then
    /// every other output of the model that is a tensor, or scores by class that the answer is.
    var servedOutputs: [TensorShape] {
        var served: [TensorShape] = []
        if givesLabels {
            served.append(TensorShape(name: labelName, element: .text, dimensions: [-1]))
        }
        return served
            + rawOutputs.map { index in
                let shape = session.outputs[index]
                guard shape.element == nil else { return shape }
                let element = session.scoreMaps[index]?.value
                return TensorShape(
                    name: shape.name,
                    element: element,
                    dimensions: [-1, labels.count]
                )
            }
    }

    /// The model's own outputs that such a run asks for.
    var rawOutputs: [Int] {
        session.outputs.indices.filter { index in
            if case .scoreMap(_, _, _, let output) = answer, output.index == index { return true }
            let shape = session.outputs[index]
            // The label itself is served as text, in the place of the model's own.
            return shape.element != nil && !(givesLabels && shape.name == labelName)
        }
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
            score: calibration?.score.name
        )
    }
}
