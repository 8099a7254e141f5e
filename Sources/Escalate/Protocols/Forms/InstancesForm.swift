// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// How one reading is written among the instances.
public enum InstanceShape: String, CaseIterable, Sendable {
    /// A plain list of the values of all tensors.
    case values
    /// An object of lists, by tensor.
    case named
    /// An object of numbers, by tensor; each has one value.
    case fields
}

/// `{"instances": […]}` answered by `{"predictions": […]}`.
///
/// Source: KServe's version 1 of the protocol, which TensorFlow Serving brought up and Vertex AI took over.
struct InstancesForm: CloudForm {
    let shape: InstanceShape
    let places: AnswerPlaces
    let labels: AnswerLabels
    /// JSON that goes with the instances as `parameters`; nil for none.
    let parameters: [UInt8]?

    func body(for questions: [Question]) throws(CallFailure) -> CloudBody {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("instances")
        writer.beginArray()
        for question in questions {
            try shape.write(question.outbound.tensors, to: &writer)
        }
        writer.endArray()
        if let parameters {
            writer.key("parameters")
            writer.raw(parameters)
        }
        writer.endObject()
        return .json(writer)
    }

    func answers(in reply: CloudReply, to questions: [Question]) throws(CallFailure) -> FormAnswers
    {
        let document = try reply.document()
        guard let predictions = document["predictions"]?.list else {
            throw .badReply("the reply has no list `predictions`")
        }
        return FormAnswers(
            answers: try places.answers(in: predictions, to: questions, labels: labels),
            model: (document["model_name"] ?? document["deployedModelId"])?.text,
            version: (document["model_version"] ?? document["modelVersionId"])?.text
        )
    }
}

extension InstanceShape {
    /// Writes one reading.
    func write(_ tensors: [Outbound.Tensor], to writer: inout JSONWriter) throws(CallFailure) {
        switch self {
        case .values:
            writer.beginArray()
            for tensor in tensors { for value in tensor.values { writer.value(value) } }
            writer.endArray()
        case .named:
            writer.beginObject()
            for tensor in tensors {
                writer.key(tensor.name)
                writer.write(tensor.values)
            }
            writer.endObject()
        case .fields:
            writer.beginObject()
            for tensor in tensors {
                guard tensor.values.count == 1 else {
                    throw .badQuestion("tensor `\(tensor.name)` has more than one value")
                }
                writer.key(tensor.name)
                writer.value(tensor.values[0])
            }
            writer.endObject()
        }
    }
}

extension JSONWriter {
    /// Writes a list of numbers.
    mutating func write(_ values: [Float]) {
        beginArray()
        for number in values { value(number) }
        endArray()
    }
}
