// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// A way of asking a cloud: how questions become a request, and a reply becomes answers.
///
/// Implementations are pure: transport, time, retries and credentials are others' business.
protocol CloudProtocol: Sendable {
    /// The most questions one request can carry; 1 where it is about one reading.
    var maximumQuestions: Int { get }
    /// How to learn cheaply whether the model is ready.
    var readiness: CloudReadiness { get }
    /// The request that asks all `questions` at once; they have the same tensors in the same shapes.
    func request(for questions: [Question]) throws(CallFailure) -> CloudRequest
    /// The answers in a successful reply, one a question, in order.
    func answers(
        in reply: CloudReply,
        to questions: [Question]
    ) throws(CallFailure) -> CloudAnswers
    /// What follows from a reply that is no success: which of them are tried again is the protocol's own table.
    func failure(of reply: CloudReply, at now: WallTime) -> CallFailure
}

extension CloudProtocol {
    var maximumQuestions: Int { .max }

    func failure(of reply: CloudReply, at now: WallTime) -> CallFailure {
        CallFailure(reply, at: now)
    }
}

/// What a successful reply says.
struct CloudAnswers: Sendable {
    struct Answer: Equatable, Sendable {
        var label: String
        var confidence: Double?
    }

    /// Why one answer of several is unacceptable.
    struct Refusal: Error, Equatable, Sendable {
        var message: String
    }

    var answers: [Result<Answer, Refusal>]
    var model: ModelReference
}
