// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import HTTP
public import Vocabulary

/// Signs requests as Amazon Web Services want it, Signature Version 4, with keys read for each.
public struct AWSCredential: Credential {
    private let region: String
    private let service: String
    private let accessKey: SecretSource
    private let secretKey: SecretSource
    private let sessionToken: SecretSource?

    /// Signs for `service` in `region`; temporary keys come with a session token.
    public init(
        region: String,
        service: String,
        accessKey: @escaping SecretSource,
        secretKey: @escaping SecretSource,
        sessionToken: SecretSource? = nil
    ) {
        self.region = region
        self.service = service
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }

    /// Adds `X-Amz-Date`, `X-Amz-Security-Token` where there is a session, and `Authorization`.
    public func authorize(
        _ request: inout HTTPRequest,
        over http: any WebCalling,
        now: WallTime
    ) async throws(CredentialError) {
        let keys = try keys()
        let signature = SignatureV4(region: region, service: service, keys: keys, time: now)
        request.headers += try signature.headers(for: request)
    }

    /// True when the keys have changed since.
    public func renews(after request: HTTPRequest, status: Int) -> Bool {
        guard let keys = try? keys() else { return false }
        let authorization = request.headers.last { $0.name == "Authorization" }?.value ?? ""
        let token = request.headers.last { $0.name == "X-Amz-Security-Token" }?.value
        return !authorization.contains("Credential=\(keys.access)/") || token != keys.session
    }

    private func keys() throws(CredentialError) -> SignatureV4.Keys {
        var session: String?
        if let sessionToken { session = try CredentialError.secret(sessionToken) }
        return SignatureV4.Keys(
            access: try CredentialError.secret(accessKey),
            secret: try CredentialError.secret(secretKey),
            session: session
        )
    }
}
