// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// What an endpoint has been asked and has answered since the start.
public struct EscalateCounts: Equatable, Sendable {
    /// Questions taken in.
    public var asked = 0
    /// Questions answered before their deadline.
    public var answered = 0
    /// Questions answered after their deadline.
    public var answeredLate = 0
    /// Questions whose deadline passed without an answer.
    public var deadlinesMissed = 0
    /// Questions given back because the endpoint could not be asked or could not answer.
    public var unavailable = 0
    /// Questions refused, or whose answer was.
    public var refused = 0
    /// Requests sent.
    public var calls = 0
    /// Questions in those requests; more than `calls` where they shared one.
    public var questionsSent = 0
    /// Requests that failed.
    public var failedCalls = 0
    /// Questions asked again after a failure.
    public var retries = 0
    /// Readiness probes sent.
    public var probes = 0
    /// How often the circuit breaker has opened.
    public var breakerOpenings = 0
    /// Requests sent again before the first was answered, to be rid of a slow one.
    public var hedges = 0
    /// Hedges that were answered first.
    public var hedgesWon = 0
    /// Requests given up because another was answered first.
    public var callsCancelled = 0
    /// Questions that another endpoint was asked as well, because this one was slow.
    public var passedOn = 0
    /// Live questions not taken or given back because the time they had left would not have been enough.
    public var tooLate = 0
    /// Questions not taken or given back because the budget was spent.
    public var overBudget = 0
    /// Bytes of request bodies.
    public var bytesSent = 0
    /// Bytes of reply bodies.
    public var bytesReceived = 0

    /// Makes a set of zeros.
    public init() {}

    mutating func count(_ outcome: Result<Verdict, EscalationFailure>, isLate: Bool) {
        switch outcome {
        case .success where isLate: answeredLate += 1
        case .success: answered += 1
        case .failure(let failure):
            switch failure.kind {
            case .deadline: deadlinesMissed += 1
            case .unavailable: unavailable += 1
            case .refused: refused += 1
            }
        }
    }
}
