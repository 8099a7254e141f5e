// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

// Fuzz target of what reads the clouds' replies, for libFuzzer (see run.sh). The first byte of an input chooses
// the form of body and how many questions there were, the rest is the reply. Compiled into one module with the readers.

private let labels = AnswerLabels(names: ["ok", "fault"])
private let anyLabel = AnswerLabels(names: nil)

private func places(_ choice: Int) -> AnswerPlaces {
    switch choice % 4 {
    case 0: AnswerPlaces()
    case 1:
        AnswerPlaces(
            label: JSONPointer(steps: ["label"]),
            confidence: JSONPointer(steps: ["confidence"])
        )
    case 2:
        AnswerPlaces(
            probabilities: JSONPointer(steps: ["scores"]),
            classes: JSONPointer(steps: ["classes"])
        )
    default: AnswerPlaces(positive: JSONPointer(steps: ["0"]))
    }
}

private func question(_ number: UInt64) -> Question {
    Question(
        key: EffectKey(decision: DecisionID(high: 1, low: number), revision: 0, effect: "ask"),
        endpoints: [],
        outbound: Outbound(tensors: [Outbound.Tensor(name: "x", values: [1, 2])]),
        deadline: nil,
        isLive: true
    )
}

private let questions = (0..<3).map { question($0) }

/// What no reading may break: an answer a question, each confidence a probability.
private func check(_ found: FormAnswers, count: Int) {
    guard found.answers.count == count else {
        fatalError("\(found.answers.count) answers to \(count)")
    }
    for answer in found.answers {
        guard case .success(let answer) = answer, let confidence = answer.confidence else {
            continue
        }
        guard (0...1).contains(confidence) else { fatalError("a confidence of \(confidence)") }
    }
}

/// Reads one input; libFuzzer calls it on one thread.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let first = bytes.first else { return 0 }
    let (choice, asked) = (Int(first) / 24, Array(questions.prefix(Int(first) % 3 + 1)))
    var reply = CloudReply(body: Array(bytes.dropFirst()), secrets: ["ok\"", "fault"])
    let known = first & 1 == 0 ? labels : anyLabel
    let form: any CloudForm
    switch Int(first) / 3 % 8 {
    case 0:
        form = InstancesForm(shape: .values, places: places(choice), labels: known, parameters: nil)
    case 1: form = TableForm(places: places(choice), labels: known)
    case 2: form = CSVForm(places: places(choice), labels: known)
    case 3: form = TensorsForm(labels: known, outputs: OutputNames(), isBinary: false)
    case 4, 5:
        // The JSON ends at the first blank line, as the header field says.
        let length = reply.body.firstIndex(of: 0x0A) ?? reply.body.count
        reply.headers = [("inference-header-content-length", String(length))]
        let outputs = first & 2 == 0 ? OutputNames() : OutputNames(label: "l")
        form = TensorsForm(labels: known, outputs: outputs, isBinary: true)
    case 6:
        let found = Result { () throws(CallFailure) in
            try ChatReply(labels: known, readsLogprobs: true).answers(in: reply)
        }
        if case .success(let found) = found { check(found, count: 1) }
        return 0
    default:
        _ = reply.complaint
        if let text = String(validating: reply.body, as: UTF8.self),
            let pointer = try? JSONPointer(text)
        {
            guard pointer.description == text else { fatalError("\(pointer) of \(text)") }
        }
        _ = RetryAfter.wait(
            String(decoding: reply.body, as: UTF8.self),
            at: WallTime(nanoseconds: 0)
        )
        return 0
    }
    if let found = try? form.answers(in: reply, to: asked) { check(found, count: asked.count) }
    return 0
}
