// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP

extension CallFailure {
    /// What follows from a call without a reply.
    init(_ error: HTTPError) {
        self = .unavailable(error.description)
        switch error.code {
        case .connect, .resolve, .connectionLost:
            isRetryable = true
        case .timeout:
            isRetryable = !error.mayHaveBeenSent
            isTimeout = error.mayHaveBeenSent
        case .tooLarge:
            self = .badReply(error.description)
            isRetryable = false
        case .cancelled, .closed:
            countsAs = .neither
        case .tls, .protocolNotAllowed, .invalidRequest, .other:
            break
        }
        mayHaveBeenSent = error.mayHaveBeenSent
    }

    /// What follows from having no credentials to show.
    init(_ error: CredentialError) {
        self = .unavailable(error.message)
        isRetryable = error.isRetryable
        mayHaveBeenSent = false
    }
}
