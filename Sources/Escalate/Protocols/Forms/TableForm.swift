// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// `{"input_data": {"columns": […], "index": […], "data": [[…]]}}`, answered by a list of predictions.
///
/// The form that MLflow models take on Azure Machine Learning. Columns are the tensors' names, numbered where a tensor
/// has several values.
struct TableForm: CloudForm {
    let places: AnswerPlaces
    let labels: AnswerLabels

    func body(for questions: [Question]) throws(CallFailure) -> CloudBody {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("input_data")
        writer.beginObject()
        writer.key("columns")
        writer.beginArray()
        for tensor in questions[0].outbound.tensors {
            if tensor.values.count == 1 {
                writer.value(tensor.name)
            } else {
                for index in tensor.values.indices { writer.value("\(tensor.name)_\(index)") }
            }
        }
        writer.endArray()
        writer.key("index")
        writer.beginArray()
        for index in questions.indices { writer.value(index) }
        writer.endArray()
        writer.key("data")
        writer.beginArray()
        for question in questions {
            try InstanceShape.values.write(question.outbound.tensors, to: &writer)
        }
        writer.endArray()
        writer.endObject()
        writer.endObject()
        return .json(writer)
    }

    func answers(in reply: CloudReply, to questions: [Question]) throws(CallFailure) -> FormAnswers
    {
        let document = try reply.document()
        guard let predictions = document.list ?? document["predictions"]?.list else {
            throw .badReply("the reply is no list of predictions")
        }
        return FormAnswers(
            answers: try places.answers(in: predictions, to: questions, labels: labels)
        )
    }
}
