// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

// Fuzz target of what reads the clouds' replies, for libFuzzer (see run.sh). The first byte of an input chooses
// the form of body and how many questions there were, the rest is the reply. Compiled into one module with the readers.

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

/// How the replies that begin with one byte are read.
private enum Reading {
    case answers(any CloudForm, isSplit: Bool)
    case chat(ChatReply)
    case pieces
}

/// What a first byte stands for.
private struct Bench {
    let reading: Reading
    let asked: [Question]

    init(first: Int) {
        asked = Array((0..<UInt64(first % 3 + 1)).map { question($0) })
        let places = places(first / 24)
        let known = AnswerLabels(names: first & 1 == 0 ? ["ok", "fault"] : nil)
        switch first / 3 % 8 {
        case 0:
            let form = InstancesForm(
                shape: .values,
                places: places,
                labels: known,
                parameters: nil
            )
            reading = .answers(form, isSplit: false)
        case 1: reading = .answers(TableForm(places: places, labels: known), isSplit: false)
        case 2: reading = .answers(CSVForm(places: places, labels: known), isSplit: false)
        case 3:
            let form = TensorsForm(labels: known, outputs: OutputNames(), isBinary: false)
            reading = .answers(form, isSplit: false)
        case 4, 5:
            let outputs = first & 2 == 0 ? OutputNames() : OutputNames(label: "l")
            let form = TensorsForm(labels: known, outputs: outputs, isBinary: true)
            reading = .answers(form, isSplit: true)
        case 6: reading = .chat(ChatReply(labels: known, readsLogprobs: true))
        default: reading = .pieces
        }
    }
}

private let benches = (0...255).map { Bench(first: $0) }
private let secrets = ["ok\"", "fault"]

/// Reads one input; libFuzzer calls it on one thread.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let bench = benches[Int(start[0])]
    var reply = CloudReply(
        body: Array(UnsafeBufferPointer(start: start + 1, count: count - 1)),
        secrets: secrets
    )
    switch bench.reading {
    case .answers(let form, let isSplit):
        if isSplit {
            // The JSON ends at the first blank line, as the header field says.
            let length = reply.body.firstIndex(of: 0x0A) ?? reply.body.count
            reply.headers = [("inference-header-content-length", String(length))]
        }
        if let found = try? form.answers(in: reply, to: bench.asked) {
            check(found, count: bench.asked.count)
        }
    case .chat(let chat):
        if let found = try? chat.answers(in: reply) { check(found, count: 1) }
    case .pieces:
        _ = reply.complaint
        guard let text = String(validating: reply.body, as: UTF8.self) else { return 0 }
        if let pointer = try? JSONPointer(text), pointer.description != text {
            fatalError("\(pointer) of \(text)")
        }
        _ = RetryAfter.wait(text, at: WallTime(nanoseconds: 0))
    }
    return 0
}
