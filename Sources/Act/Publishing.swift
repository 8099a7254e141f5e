// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import HTTP
public import MQTT

/// What `Act` publishes through; tests put their own in its place.
public protocol Publishing: Sendable {
    /// Publishes in order, never blocks; `completion` is called once for each publication, on any thread.
    func publish(
        _ publications: [MQTTPublication],
        completion: @escaping @Sendable (Int, MQTTPublishOutcome) -> Void
    )
}

extension MQTTPublisher: Publishing {}

/// What `Act` calls web servers through; tests put their own in its place.
public protocol WebCalling: Sendable {
    /// Sends one request and answers the complete reply.
    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse
}

extension HTTPClient: WebCalling {}
