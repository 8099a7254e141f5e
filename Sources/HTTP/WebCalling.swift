// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What web servers are called through; tests put their own in its place.
public protocol WebCalling: Sendable {
    /// Sends one request and answers the complete reply.
    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse
}

extension HTTPClient: WebCalling {}
