// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// One line of values a reading, answered by one line each: what SageMaker's own containers take (RFC 4180).
///
/// A line of the answer is a list of its cells, numbers where they look it; brackets around it are dropped.
struct CSVForm: CloudForm {
    let places: AnswerPlaces
    let labels: AnswerLabels

    func body(for questions: [Question]) throws(CallFailure) -> CloudBody {
        var text = ""
        for question in questions {
            let values = question.outbound.tensors.flatMap(\.values)
            text += values.map(\.description).joined(separator: ",") + "\n"
        }
        return CloudBody(
            headers: [("Content-Type", "text/csv"), ("Accept", "text/csv")],
            bytes: Array(text.utf8)
        )
    }

    func answers(in reply: CloudReply, to questions: [Question]) throws(CallFailure) -> FormAnswers
    {
        guard let text = String(validating: reply.body, as: UTF8.self) else {
            throw .badReply("the reply is no text")
        }
        var rows: [ReplyJSON] = []
        for line in text.split(whereSeparator: \.isNewline) {
            guard rows.count < questions.count else {
                throw .badReply("the reply has more lines than there were questions")
            }
            var line = line.drop { $0 == " " || $0 == "[" }
            while line.last == " " || line.last == "]" { line.removeLast() }
            let cells = line.split(separator: ",", omittingEmptySubsequences: false)
            guard cells.count <= 65_536 else { throw .badReply("a line of the reply is too long") }
            rows.append(.list(cells.map(Self.cell)))
        }
        return FormAnswers(answers: try places.answers(in: rows, to: questions, labels: labels))
    }

    private static func cell(_ text: Substring) -> ReplyJSON {
        var text = text.drop { $0 == " " || $0 == "\"" }
        while text.last == " " || text.last == "\"" { text.removeLast() }
        if let integer = Int64(text) { return .integer(integer) }
        // Swift reads `nan` and `0x1p3`, too; a number here begins with a digit or a sign.
        if let first = text.utf8.first, first == UInt8(ascii: "-") || (48...57).contains(first),
            !text.contains("x"), let number = Double(text)
        {
            return .number(number)
        }
        return .text(String(text))
    }
}
