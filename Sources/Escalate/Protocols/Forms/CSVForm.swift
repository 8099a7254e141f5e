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
        guard String(validating: reply.body, as: UTF8.self) != nil else {
            throw .badReply("the reply is no text")
        }
        var rows: [ReplyJSON] = []
        for line in reply.body.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            guard rows.count < questions.count else {
                throw .badReply("the reply has more lines than there were questions")
            }
            let cells = line.trimmed(of: UInt8(ascii: "["), UInt8(ascii: "]"))
                .split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            guard cells.count <= 65_536 else { throw .badReply("a line of the reply is too long") }
            rows.append(.list(cells.map(Self.cell)))
        }
        return FormAnswers(answers: try places.answers(in: rows, to: questions, labels: labels))
    }

    private static func cell(_ bytes: ArraySlice<UInt8>) -> ReplyJSON {
        let bytes = bytes.trimmed(of: UInt8(ascii: "\""), UInt8(ascii: "\""))
        let text = String(decoding: bytes, as: UTF8.self)
        // Swift reads `nan` and `0x1p3`, too; a number here begins with a digit or a sign.
        switch bytes.first ?? 0 {
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            if let integer = Int64(text) { return .integer(integer) }
            guard bytes.first != UInt8(ascii: "+"), !bytes.contains(UInt8(ascii: "x")),
                let number = Double(text)
            else { return .text(text) }
            return .number(number)
        default: return .text(text)
        }
    }
}

extension ArraySlice<UInt8> {
    /// It without the spaces and the `opening` bytes before it, and the `closing` ones after it.
    fileprivate func trimmed(of opening: UInt8, _ closing: UInt8) -> Self {
        var rest = drop { $0 == UInt8(ascii: " ") || $0 == opening }
        while rest.last == UInt8(ascii: " ") || rest.last == closing { rest.removeLast() }
        return rest
    }
}
