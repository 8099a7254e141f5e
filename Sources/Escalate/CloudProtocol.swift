// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import Vocabulary

/// A way of asking a cloud: how questions become a request, and a reply becomes answers.
///
/// Implementations are pure: transport, time, retries and credentials are the endpoint's business.
protocol CloudProtocol: Sendable {
    /// The request that asks all `questions` at once; they have the same tensors in the same shapes.
    func request(for questions: [Question]) throws(CallFailure) -> CloudRequest
    /// The answers in a successful reply, one a question, in order.
    func answers(in body: [UInt8], to questions: [Question]) throws(CallFailure) -> CloudAnswers
    /// What the reply to a request the server would not serve says about why, bounded.
    func complaint(in body: [UInt8]) -> String?
    /// The address that tells, cheaply, whether the model is ready: 200 when it is.
    var readiness: String { get }
}

/// A request as a protocol writes it, before credentials.
struct CloudRequest: Sendable {
    var url: String
    var headers: [(name: String, value: String)]
    var body: [UInt8]
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
