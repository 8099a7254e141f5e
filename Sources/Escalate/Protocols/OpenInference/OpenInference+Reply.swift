// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension OpenInference {
    /// Reads a reply: the label output where there is one, else the label of the largest probability.
    ///
    /// A reply that as a whole makes no sense is a failed call; a single answer that does not is refused
    /// alone.
    func answers(
        in reply: CloudReply,
        to questions: [Question]
    ) throws(CallFailure) -> CloudAnswers {
        let document: ReplyJSON
        do {
            document = try ReplyJSON(parsing: reply.body)
        } catch {
            throw .badReply("the reply is no JSON: \(error.message), at byte \(error.offset)")
        }
        guard let list = document["outputs"]?.list else {
            throw .badReply("the reply has no list `outputs`")
        }
        var tensors: [OpenInferenceTensor] = []
        for output in list { tensors.append(try OpenInferenceTensor(output)) }
        let label = try find(outputs.label, in: tensors) { $0.isLabel }
        let probabilities = try find(outputs.probabilities, in: tensors) {
            $0.isReal && $0.name != outputs.label
        }
        guard label != nil || probabilities != nil else {
            throw .badReply("the reply has no output with a label or with probabilities")
        }
        let rows = questions.count
        try label?.require(rows: rows, width: 1)
        if let probabilities {
            var width = labels?.count ?? 0
            if labels == nil { width = try probabilities.width(rows: rows) }
            try probabilities.require(rows: rows, width: width)
        }
        let answers = (0..<rows).map { row in
            Result { () throws(CloudAnswers.Refusal) -> CloudAnswers.Answer in
                try answer(row: row, label: label, probabilities: probabilities, of: rows)
            }
        }
        let name = document["model_name"]?.text.map { String($0.prefix(128)) } ?? model.name
        let version = document["model_version"]?.text.map { String($0.prefix(64)) } ?? model.version
        return CloudAnswers(answers: answers, model: ModelReference(name: name, version: version))
    }

    private func find(
        _ name: String?,
        in tensors: [OpenInferenceTensor],
        orFirst isMeant: (OpenInferenceTensor) -> Bool
    ) throws(CallFailure) -> OpenInferenceTensor? {
        guard let name else {
            // Where one output is named, only that one counts.
            guard outputs == OutputNames() else { return nil }
            return tensors.first(where: isMeant)
        }
        guard let tensor = tensors.first(where: { $0.name == name }) else {
            throw .badReply("the reply has no output `\(name)`")
        }
        return tensor
    }

    private func answer(
        row: Int,
        label: OpenInferenceTensor?,
        probabilities: OpenInferenceTensor?,
        of rows: Int
    ) throws(CloudAnswers.Refusal) -> CloudAnswers.Answer {
        let shares = try probabilities?.probabilities(row: row, of: rows)
        if let label {
            let (name, index) = try named(label.values[row])
            var confidence = shares?.max()
            if let shares, let index, index < shares.count { confidence = shares[index] }
            return CloudAnswers.Answer(label: name, confidence: confidence)
        }
        guard let shares, let best = shares.indices.max(by: { shares[$0] < shares[$1] }) else {
            throw CloudAnswers.Refusal(message: "the answer has no probabilities")
        }
        let name = labels?[best] ?? String(best)
        return CloudAnswers.Answer(label: name, confidence: shares[best])
    }

    /// The label a value stands for, and its place among the labels where those are known.
    private func named(_ value: ReplyJSON) throws(CloudAnswers.Refusal) -> (String, Int?) {
        if let text = value.text {
            guard let labels else {
                guard !text.isEmpty, text.utf8.count <= 256 else {
                    throw CloudAnswers.Refusal(message: "the label is empty or too long")
                }
                return (text, nil)
            }
            guard let index = labels.firstIndex(of: text) else {
                let shown = String(text.prefix(64))
                throw CloudAnswers.Refusal(message: "`\(shown)` is none of the endpoint's labels")
            }
            return (text, index)
        }
        guard let number = value.integer else {
            throw CloudAnswers.Refusal(message: "the label is neither a text nor a whole number")
        }
        guard let labels else { return (String(number), nil) }
        guard let index = Int(exactly: number), labels.indices.contains(index) else {
            throw CloudAnswers.Refusal(message: "label \(number) is none of the endpoint's labels")
        }
        return (labels[index], index)
    }
}
