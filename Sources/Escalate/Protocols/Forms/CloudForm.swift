// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// A form of body: how questions are written, and how answers are read; services differ in the rest.
protocol CloudForm: Sendable {
    /// The most questions one body can carry.
    var maximumQuestions: Int { get }
    /// The body that asks all `questions`, of which there is at least one, with the header fields that describe it.
    func body(for questions: [Question]) throws(CallFailure) -> CloudBody
    /// The answers, one a question, and the model where the reply names it.
    func answers(in reply: CloudReply, to questions: [Question]) throws(CallFailure) -> FormAnswers
}

extension CloudForm {
    var maximumQuestions: Int { .max }
}

/// A body as a form writes it.
struct CloudBody: Sendable {
    var headers: [(name: String, value: String)]
    var bytes: [UInt8]
    /// The request's key, where the body names it.
    var key: String?

    static func json(_ writer: JSONWriter) -> CloudBody {
        CloudBody(headers: [("Content-Type", "application/json")], bytes: writer.bytes)
    }
}

/// What a reply says, in one form of body.
struct FormAnswers: Sendable {
    var answers: [Result<CloudAnswers.Answer, CloudAnswers.Refusal>]
    var model: String?
    var version: String?
}

extension [Question] {
    /// Refuses questions that say nothing, or that hold what no protocol can write.
    func checkSendable() throws(CallFailure) {
        guard let first, !first.outbound.tensors.isEmpty else {
            throw .badQuestion("the policy lets no tensor leave")
        }
        for question in self {
            for tensor in question.outbound.tensors where !tensor.values.allSatisfy(\.isFinite) {
                throw .badQuestion("a value to be sent is not a finite number")
            }
        }
    }
}

extension CloudReply {
    /// The body as JSON.
    func document() throws(CallFailure) -> ReplyJSON {
        do {
            return try ReplyJSON(parsing: body)
        } catch {
            throw .badReply("the reply is no JSON: \(error.message), at byte \(error.offset)")
        }
    }
}

extension AnswerPlaces {
    /// The answers in a list of values, one a question, in order.
    func answers(
        in values: [ReplyJSON],
        to questions: [Question],
        labels: AnswerLabels
    ) throws(CallFailure) -> [Result<CloudAnswers.Answer, CloudAnswers.Refusal>] {
        guard values.count == questions.count else {
            throw .badReply("the reply has \(values.count) answers to \(questions.count) questions")
        }
        return values.map { value in
            Result { () throws(CloudAnswers.Refusal) in
                try answer(in: value, labels: labels)
            }
        }
    }
}
