// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Evidence that an endpoint which could not be asked can be asked again.
public enum Recovery: Sendable {
    /// It is ready, as a probe says: a question may be risked.
    case reached
    /// It has answered questions.
    case answered
}

extension EndpointState.Note {
    /// What it says about who waits for the endpoint; nil when nothing.
    var recovery: Recovery? {
        switch self {
        case .breaker(.halfOpen, _), .uplink(.online): .reached
        case .breaker(.closed, _), .answersAgain: .answered
        case .breaker, .uplink, .refused: nil
        }
    }
}
