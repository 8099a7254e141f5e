// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension TensorsForm {
    /// Reads a reply: the label output where there is one, else the label of the largest probability.
    ///
    /// A reply that as a whole makes no sense is a failed call; a single answer that does not is refused
    /// alone.
    func answers(in reply: CloudReply, to questions: [Question]) throws(CallFailure) -> FormAnswers
    {
        let (document, tensors) = try tensors(in: reply)
        try check(document["id"]?.text, to: questions)
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
            var width = labels.names?.count ?? 0
            if labels.names == nil { width = try probabilities.width(rows: rows) }
            try probabilities.require(rows: rows, width: width)
        }
        let answers = (0..<rows).map { row in
            Result { () throws(CloudAnswers.Refusal) -> CloudAnswers.Answer in
                try answer(row: row, label: label, probabilities: probabilities, of: rows)
            }
        }
        return FormAnswers(
            answers: answers,
            model: document["model_name"]?.text,
            version: document["model_version"]?.text
        )
    }

    /// An answer that names a question must name this one; one that names none is taken.
    private func check(_ id: String?, to questions: [Question]) throws(CallFailure) {
        guard let id, !id.isEmpty, id != RequestKey.of(questions.map(\.key.description)) else {
            return
        }
        throw .badReply("the reply's `id` is another request's")
    }

    /// The JSON of a reply and its outputs, whose data may follow it as bytes.
    private func tensors(
        in reply: CloudReply
    ) throws(CallFailure) -> (document: ReplyJSON, tensors: [ReplyTensor]) {
        var json = reply
        var rest: ArraySlice<UInt8> = []
        if let length = reply.header("inference-header-content-length") {
            guard let count = Int(length), (0...reply.body.count).contains(count) else {
                throw .badReply("the reply's `Inference-Header-Content-Length` makes no sense")
            }
            json.body = Array(reply.body[..<count])
            rest = reply.body[count...]
        }
        let document = try json.document()
        guard let list = document["outputs"]?.list else {
            throw .badReply("the reply has no list `outputs`")
        }
        guard list.count <= 256 else { throw .badReply("the reply has too many outputs") }
        var tensors: [ReplyTensor] = []
        tensors.reserveCapacity(list.count)
        for output in list { tensors.append(try ReplyTensor(output, bytes: &rest)) }
        guard rest.isEmpty else {
            throw .badReply("the reply has \(rest.count) bytes that belong to no output")
        }
        return (document, tensors)
    }

    private func find(
        _ name: String?,
        in tensors: [ReplyTensor],
        orFirst isMeant: (ReplyTensor) -> Bool
    ) throws(CallFailure) -> ReplyTensor? {
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
        label: ReplyTensor?,
        probabilities: ReplyTensor?,
        of rows: Int
    ) throws(CloudAnswers.Refusal) -> CloudAnswers.Answer {
        let shares = try probabilities?.probabilities(row: row, of: rows)
        if let label {
            let (name, index) = try labels.named(label.values[row])
            var confidence = shares?.max()
            if let shares, let index, index < shares.count { confidence = shares[index] }
            return CloudAnswers.Answer(label: name, confidence: confidence)
        }
        guard let shares, let best = shares.indices.max(by: { shares[$0] < shares[$1] }) else {
            throw CloudAnswers.Refusal(message: "the answer has no probabilities")
        }
        return CloudAnswers.Answer(label: labels.name(at: best), confidence: shares[best])
    }
}
