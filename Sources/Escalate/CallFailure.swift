// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Why a whole call failed, and what follows from it.
struct CallFailure: Error, Equatable, Sendable {
    var kind: EscalationFailure.Kind
    var message: String
    /// What the circuit breaker is told.
    var countsAs: CircuitBreaker.Outcome
    /// True when the same call may succeed a moment later.
    var isRetryable = false
    /// False when the question itself is to blame.
    var isRepeatable = true
    /// True when it took the whole timeout.
    var isTimeout = false
    /// False when the server certainly has not seen it.
    var mayHaveBeenSent = true
    /// True when it was not made because it would have passed the server's budget.
    var isOverBudget = false
    /// True when the endpoint said so, false when it was not asked, or has said nothing.
    var isReply = false
    /// True when the endpoint refuses whatever it is asked.
    var refusesAll = false
    var retryAfter: Interval?

    /// A question that cannot be asked, or that the endpoint will not have.
    ///
    /// It says nothing about the endpoint: one refusal may be the question's fault, many are not.
    static func badQuestion(_ message: String, isReply: Bool = false) -> CallFailure {
        var failure = CallFailure(kind: .refused, message: message, countsAs: .neither)
        failure.isRepeatable = false
        failure.isReply = isReply
        return failure
    }

    /// A reply that says nothing that can be understood.
    static func badReply(_ message: String) -> CallFailure {
        var failure = CallFailure(kind: .refused, message: message, countsAs: .failure)
        failure.isRetryable = true
        failure.isReply = true
        return failure
    }

    static func unavailable(
        _ message: String,
        countsAs: CircuitBreaker.Outcome = .failure
    ) -> CallFailure {
        CallFailure(kind: .unavailable, message: message, countsAs: countsAs)
    }
}

extension CallFailure {
    /// What follows from a reply that is no success, with what the server says about why.
    init(_ reply: CloudReply, at now: WallTime) {
        self.init(
            status: reply.status,
            complaint: reply.complaint,
            retryAfter: reply.header("retry-after").flatMap { RetryAfter.wait($0, at: now) }
        )
    }

    /// The longest wait a server is granted: nobody outside decides how long this gateway stays silent.
    static let longestWait = Interval.seconds(60)

    /// What follows from a reply that is no success; a wait it asks for is cut to `longestWait` here, once.
    ///
    /// | status | meaning here |
    /// |---|---|
    /// | 408, 425, 502, 503, 504 | a failure, tried again |
    /// | 429 | too many calls: tried again, and no sign of a broken endpoint |
    /// | 3xx, 401, 403, 404, 405, 407, 410 | the endpoint is wrongly set up: a failure, the question is kept |
    /// | other 4xx | the question is to blame, unless every question is refused |
    /// | the rest | a failure, the question is kept |
    init(status: Int, complaint: String?, retryAfter: Interval?) {
        let said = complaint.map { ": \($0)" } ?? ""
        switch status {
        case 408, 425, 429, 502, 503, 504:
            self = .unavailable("answered with status \(status)\(said)")
            isRetryable = true
            if status == 429 { countsAs = .neither }
        case 300..<400:
            self = .unavailable("answered with a redirect (\(status)), which is not followed")
        case 401, 403, 407:
            self = .unavailable("does not accept the credentials (\(status))\(said)")
        case 404, 405, 410:
            self = .unavailable("does not serve this model at this address (\(status))\(said)")
        case 400..<500:
            self = .badQuestion("refused the question (\(status))\(said)", isReply: true)
        default:
            self = .unavailable("answered with status \(status)\(said)")
        }
        isReply = true
        self.retryAfter = retryAfter.map { min(max($0, .zero), Self.longestWait) }
    }
}
