// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Why a question has no verdict.
public struct EscalationFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Kind: String, CaseIterable, Sendable {
        /// The deadline passed first; one late outcome follows.
        case deadline
        /// The endpoint could not be asked, or could not answer: ask again later.
        case unavailable
        /// The question, or the answer to it, is unacceptable.
        case refused
    }

    /// The kind of failure.
    public var kind: Kind
    /// What happened, without anything of the payload.
    public var message: String
    /// The endpoint that was asked, if any was.
    public var endpoint: String?
    /// False when asking again cannot help, so that the question belongs to the dead letters.
    ///
    /// A garbled answer is `refused` and repeatable: the next one may be whole, but attempts count.
    public var isRepeatable: Bool
    /// How long the endpoint asks to be left alone, where it says.
    public var retryAfter: Interval?
    /// True when the endpoint refuses whatever it is asked, so that the question is not to blame.
    public var refusesAll = false
    /// True when the endpoint has not tried again by itself although that may help.
    var mayBeTriedAgain = false

    /// Makes a failure.
    public init(
        _ kind: Kind,
        _ message: String,
        endpoint: String? = nil,
        isRepeatable: Bool = true,
        retryAfter: Interval? = nil
    ) {
        self.kind = kind
        self.message = message
        self.endpoint = endpoint
        self.isRepeatable = isRepeatable
        self.retryAfter = retryAfter
    }

    /// The kind, the endpoint and what happened, for logs.
    public var description: String {
        let place = endpoint.map { " `\($0)`" } ?? ""
        return "\(kind.rawValue)\(place): \(message)"
    }
}
