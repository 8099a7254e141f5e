// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Who is to blame for a refusal: the question, or an endpoint that refuses whatever it is asked.
///
/// A question that is refused is to blame as long as others are answered. From `refusalsToDoubt`
/// different ones in a row on, without an answer between them, the endpoint is: its refusals are
/// failures of its own, which open the breaker, and the questions are kept. One answer ends the doubt.
/// A call counts once, by the first of its questions: one bad question may spoil what it shares a
/// request with.
extension EndpointState {
    /// How many different questions are refused in a row before the endpoint is to blame.
    static let refusalsToDoubt = 8

    /// What a call came to in the light of those before it.
    mutating func judged(
        _ outcome: Result<CloudAnswers, CallFailure>,
        of call: CallUnderWay
    ) -> Result<CloudAnswers, CallFailure> {
        switch outcome {
        case .success(let reply):
            guard let refusal = reply.refusal else {
                trust()
                return outcome
            }
            return isDoubted(by: call) ? .failure(Self.doubted(refusal.message)) : outcome
        case .failure(let reason):
            // Of several that share a request each goes alone before any of them is to blame.
            guard reason.kind == .refused, reason.isReply,
                reason.isRepeatable || call.ids.count == 1, isDoubted(by: call)
            else { return outcome }
            return .failure(Self.doubted(reason.message))
        }
    }

    private mutating func isDoubted(by call: CallUnderWay) -> Bool {
        if refused.count < Self.refusalsToDoubt, let id = call.ids.first, let entry = pending[id] {
            refused.insert(entry.question.key)
        }
        return refused.count >= Self.refusalsToDoubt
    }

    private mutating func trust() {
        if refused.count >= Self.refusalsToDoubt { actions.append(.note(.answersAgain)) }
        refused.removeAll()
    }

    private static func doubted(_ message: String) -> CallFailure {
        var failure = CallFailure.unavailable(
            "has refused \(refusalsToDoubt) different questions in a row and answered none, the last because it \(message)"
        )
        failure.isReply = true
        failure.refusesAll = true
        return failure
    }
}

extension CloudAnswers {
    /// Why none of the questions was answered; nil when one was.
    var refusal: Refusal? {
        var first: Refusal?
        for answer in answers {
            guard case .failure(let refusal) = answer else { return nil }
            first = first ?? refusal
        }
        return first
    }
}
