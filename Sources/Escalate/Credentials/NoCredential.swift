// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import HTTP
public import Vocabulary

/// Shows nothing: for servers that know us by our certificate, our network, or not at all.
public struct NoCredential: Credential {
    /// Makes one.
    public init() {}

    /// Leaves the request as it is.
    public func authorize(
        _ request: inout HTTPRequest,
        over http: any WebCalling,
        now: WallTime
    ) async throws(CredentialError) {}

    /// False: there is nothing else to show.
    public func renews(after request: HTTPRequest, status: Int) -> Bool { false }
}
