// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import HTTP
public import Vocabulary

/// Shows a secret in a header field: a bearer token, or a key under a name of the server's choice.
public struct HeaderCredential: Credential {
    private let name: String
    private let prefix: String
    private let secret: SecretSource

    /// Shows `name: secret`.
    public init(name: String, secret: @escaping SecretSource) {
        self.init(name: name, prefix: "", secret: secret)
    }

    private init(name: String, prefix: String, secret: @escaping SecretSource) {
        self.name = name
        self.prefix = prefix
        self.secret = secret
    }

    /// Shows `Authorization: Bearer secret` (RFC 6750 section 2.1).
    public static func bearer(_ secret: @escaping SecretSource) -> HeaderCredential {
        HeaderCredential(name: "Authorization", prefix: "Bearer ", secret: secret)
    }

    /// Adds the field with the secret as it is now.
    public func authorize(
        _ request: inout HTTPRequest,
        over http: any WebCalling,
        now: WallTime
    ) async throws(CredentialError) {
        request.headers.append((name, prefix + (try CredentialError.secret(secret))))
    }

    /// True when the secret has changed since.
    public func renews(after request: HTTPRequest, status: Int) -> Bool {
        guard let now = try? CredentialError.secret(secret) else { return false }
        return !request.headers.contains { $0 == (name, prefix + now) }
    }
}
