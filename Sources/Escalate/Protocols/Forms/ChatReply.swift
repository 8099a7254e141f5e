// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Reads a completion: the label the message names, and how likely its tokens were.
///
/// The message is the object the schema wants, or, where the answer was not held to one, the label
/// alone. A refusal, a filtered and a cut answer are no answers.
struct ChatReply {
    let labels: AnswerLabels
    let readsLogprobs: Bool

    /// The answer to the one question.
    func answers(in reply: CloudReply) throws(CallFailure) -> FormAnswers {
        let document = try reply.document()
        guard let choices = document["choices"]?.list,
            let choice = choices.first(where: { ($0["index"]?.integer ?? 0) == 0 }),
            let message = choice["message"]
        else {
            throw .badReply("the reply has no choice with a message")
        }
        let answer = Result { () throws(CloudAnswers.Refusal) in
            try self.answer(choice, message: message)
        }
        return FormAnswers(answers: [answer], model: document["model"]?.text)
    }

    private func answer(
        _ choice: ReplyJSON,
        message: ReplyJSON
    ) throws(CloudAnswers.Refusal) -> CloudAnswers.Answer {
        if let refusal = message["refusal"]?.text, !refusal.isEmpty {
            throw CloudAnswers.Refusal(message: "the model refuses to answer")
        }
        switch choice["finish_reason"]?.text {
        case "length": throw CloudAnswers.Refusal(message: "the answer was cut short")
        case "content_filter": throw CloudAnswers.Refusal(message: "the answer was filtered out")
        default: break
        }
        guard let content = message["content"]?.text else {
            throw CloudAnswers.Refusal(message: "the message has no text")
        }
        let written = Self.label(in: content)
        let label = try labels.named(.text(written)).label
        return CloudAnswers.Answer(
            label: label,
            confidence: try confidence(of: written, in: content, choice["logprobs"])
        )
    }

    /// The label a message names: the member `label` of its object, or the whole of it.
    private static func label(in content: String) -> String {
        var text = content[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        text = text.drop(while: \.isWhitespace)
        if text.first == "{", let object = try? ReplyJSON(parsing: Array(text.utf8)),
            let label = object["label"]?.text
        {
            return label
        }
        while text.count > 1, let last = text.last, last == "." || last == "\"" || last == "'" {
            text.removeLast()
        }
        return String(text.drop { $0 == "\"" || $0 == "'" })
    }

    /// The probability of the tokens that spell the label; nil where the server tells none of them.
    private func confidence(
        of label: String,
        in content: String,
        _ logprobs: ReplyJSON?
    ) throws(CloudAnswers.Refusal) -> Double? {
        guard readsLogprobs, let tokens = logprobs?["content"]?.list, !tokens.isEmpty else {
            return nil
        }
        let bytes = Array(content.utf8)
        guard let place = Self.lastRange(of: Array(label.utf8), in: bytes) else { return nil }
        var sum = 0.0
        var start = 0
        for token in tokens {
            guard let text = token["token"]?.text else { return nil }
            let spelled = token["bytes"]?.list?.compactMap(\.integer).map { UInt8(clamping: $0) }
            let spelling = spelled ?? Array(text.utf8)
            let end = start + spelling.count
            // Tokens that do not spell the message tell nothing about its parts.
            guard end <= bytes.count, bytes[start..<end].elementsEqual(spelling) else { return nil }
            if end > place.lowerBound, start < place.upperBound {
                guard let logprob = token["logprob"]?.number, logprob <= 1e-3 else {
                    throw CloudAnswers.Refusal(message: "a log probability is not a number up to 0")
                }
                sum += logprob
            }
            start = end
        }
        guard start >= place.upperBound else { return nil }
        return min(exp(sum), 1)
    }

    private static func lastRange(of part: [UInt8], in bytes: [UInt8]) -> Range<Int>? {
        guard !part.isEmpty, part.count <= bytes.count else { return nil }
        return (0...(bytes.count - part.count)).reversed()
            .first { bytes[$0..<($0 + part.count)].elementsEqual(part) }
            .map { $0..<($0 + part.count) }
    }
}
