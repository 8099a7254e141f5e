// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import Vocabulary

/// The way to an endpoint: carries requests there and replies back, whatever they say.
///
/// One is made per endpoint. Limits of time and size are its own; retries, deadlines and what a reply
/// means are not.
protocol CloudTransport: Sendable {
    /// Sends a request and waits for the whole reply, of any status.
    ///
    /// Cancelling the task ends the wait.
    func exchange(_ request: CloudRequest) async throws(CallFailure) -> CloudReply
    /// Returns when the endpoint can be reached and, where it can tell, is ready; throws why not.
    func probe(_ readiness: CloudReadiness) async throws(CallFailure)
    /// Lets go of what is kept open; nothing is sent afterwards.
    func stop()
}

extension EndpointOptions {
    /// The way to this endpoint.
    func makeTransport(http: HTTPClient, time: any TimeSource) -> any CloudTransport {
        if case .mqtt(let mqtt, _) = speaks { return MQTTTransport(options: self, mqtt: mqtt) }
        return HTTPTransport(options: self, http: http, time: time)
    }
}
