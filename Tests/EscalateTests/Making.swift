// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

@testable import Escalate

/// Instants in milliseconds since the clocks of these tests began.
func at(_ milliseconds: Int64) -> MonotonicInstant {
    MonotonicInstant(nanoseconds: 1_000_000_000 + milliseconds * 1_000_000)
}

/// Question number `number` about `values`.
func question(
    _ number: UInt64,
    values: [Float] = [1, 2],
    tensor: String = "x",
    endpoints: [String] = ["central"],
    deadline: MonotonicInstant? = nil,
    isLive: Bool = true
) -> Question {
    let decision = DecisionID(high: 7, low: number)
    return Question(
        key: EffectKey(decision: decision, revision: 0, effect: "ask"),
        endpoints: endpoints,
        outbound: Outbound(tensors: [Outbound.Tensor(name: tensor, values: values)]),
        deadline: deadline,
        isLive: isLive
    )
}

extension Delivery {
    /// For states whose actions are looked at instead of carried out.
    static let nowhere = Delivery(answer: { _, _ in }, late: { _, _ in })
}

extension Result<UInt64, EscalationFailure> {
    /// Why a question was not taken; nil when it was.
    var refusal: EscalationFailure? {
        switch self {
        case .success: nil
        case .failure(let refusal): refusal
        }
    }
}

/// What an action is, in a word and the question's number.
func summary(_ action: EndpointState.Action) -> String {
    func word(_ result: Result<Verdict, EscalationFailure>) -> String {
        switch result {
        case .success(let verdict): verdict.label
        case .failure(let failure): failure.kind.rawValue
        }
    }
    func numbers(_ call: EndpointState.Call) -> String {
        call.questions.map { String($0.decision.low) }.joined(separator: "+")
    }
    return switch action {
    case .call(let call): "call \(numbers(call))"
    case .probe: "probe"
    case .cancel(let call): "cancel \(call)"
    case .answer(let question, _, let result): "answer \(question.decision.low) \(word(result))"
    case .late(let question, _, let result): "late \(question.decision.low) \(word(result))"
    case .note(.breaker(let state, _)): "breaker \(state.rawValue)"
    case .note(.uplink(let state)): "uplink \(state.rawValue)"
    case .note(.refused): "refused"
    case .note(.answersAgain): "answers again"
    }
}

/// Answers that all say `label`.
func answers(_ label: String, count: Int = 1) -> Result<CloudAnswers, CallFailure> {
    let answer = CloudAnswers.Answer(label: label, confidence: 0.9)
    return .success(
        CloudAnswers(
            answers: Array(repeating: .success(answer), count: count),
            model: ModelReference(name: "m", version: "1")
        )
    )
}

/// A failure that may be over in a moment.
let broken = Result<CloudAnswers, CallFailure>.failure(
    CallFailure(kind: .unavailable, message: "x", countsAs: .failure, isRetryable: true)
)
