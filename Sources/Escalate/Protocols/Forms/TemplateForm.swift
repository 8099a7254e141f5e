// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// A body of the user's own, for one question, with JSON pointers into the answer.
struct TemplateForm: CloudForm {
    let template: QuestionTemplate
    let contentType: String
    let places: AnswerPlaces
    let labels: AnswerLabels

    var maximumQuestions: Int { 1 }

    func body(for questions: [Question]) throws(CallFailure) -> CloudBody {
        CloudBody(
            headers: [("Content-Type", contentType)],
            bytes: Array(template.text(for: questions[0]).utf8)
        )
    }

    func answers(in reply: CloudReply, to questions: [Question]) throws(CallFailure) -> FormAnswers
    {
        let document = try reply.document()
        return FormAnswers(
            answers: try places.answers(in: [document], to: questions, labels: labels)
        )
    }
}
