// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Settings
import Vocabulary

/// Who we are to an endpoint, as its `auth` says.
struct CloudAuthorization {
    /// For requests over HTTP.
    var credential: any Credential = NoCredential()
    /// For a broker.
    var username: String?
    var password: SecretSource?
    /// True when a secret crosses the network with each request.
    var showsSecret = false
    var isGiven = false

    /// Reads `auth`; with `region` where the endpoint names one.
    init(_ node: SettingsNode?, for name: CloudProtocolName, region: String?) {
        guard let node else { return }
        let bearer = node.secret("bearer")
        let key = node.secret("api_key")
        let header = node.value("api_key_header", .headerName, default: "api-key")
        let (access, secret) = (node.secret("access_key"), node.secret("secret_key"))
        let session = node.secret("session_token")
        let signed = node.optional("region", .name) ?? region
        let service = node.optional("service", .name) ?? (name == .sageMaker ? "sagemaker" : nil)
        let account = node.optionalPath("service_account_file")
        username = node.optionalString("username")
        let word = node.secret("password")
        password = word.map(Self.source)
        let kinds = [
            ("bearer", bearer != nil), ("api_key", key != nil),
            ("access_key", access != nil || secret != nil),
            ("service_account_file", account != nil),
            ("username", username != nil || word != nil),
        ].filter(\.1)
        guard let kind = kinds.first?.0 else { return }
        isGiven = true
        if kinds.count > 1 {
            node.problemWithKey(
                "`auth` says in \(kinds.count) ways who we are",
                hint: "keep one of them: " + kinds.map { "`\($0.0)`" }.joined(separator: ", ")
            )
        }
        if (kind == "username") != (name == .mqtt) {
            node.problemWithKey(
                name == .mqtt
                    ? "a broker is shown a `username` and a `password`"
                    : "`username` and `password` are for `protocol: mqtt`"
            )
        }
        if let bearer { credential = HeaderCredential.bearer(Self.source(bearer)) }
        if let key { credential = HeaderCredential(name: header, secret: Self.source(key)) }
        if let account {
            let place = SecretReference(.file(account))
            if let warning = place.warning {
                node.node("service_account_file")?.problem(warning, severity: .warning)
            }
            credential = GoogleCredential(key: Self.source(place))
        }
        if access != nil || secret != nil {
            sign(node, access: access, secret: secret, session: session, signed, service)
        }
        showsSecret = kind == "bearer" || kind == "api_key" || kind == "service_account_file"
    }

    private mutating func sign(
        _ node: SettingsNode,
        access: SecretReference?,
        secret: SecretReference?,
        session: SecretReference?,
        _ region: String?,
        _ service: String?
    ) {
        guard let access, let secret else {
            return node.problemWithKey("`access_key` and `secret_key` go together")
        }
        guard let region, let service else {
            return node.problemWithKey(
                "a signature is for a region and a service",
                hint: "give `region` and `service`, such as `eu-central-1` and `execute-api`"
            )
        }
        credential = AWSCredential(
            region: region,
            service: service,
            accessKey: Self.source(access),
            secretKey: Self.source(secret),
            sessionToken: session.map(Self.source)
        )
    }

    private static func source(_ secret: SecretReference) -> SecretSource {
        { @Sendable in
            do throws(SecretReference.Unreadable) {
                return try secret.read()
            } catch {
                throw CredentialError(error.message)
            }
        }
    }
}

extension Shape where Value == String {
    /// The name of a header field (RFC 9110 section 5.1).
    static var headerName: Shape {
        .parsed("the name of a header field") { text in
            let isName = text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
            guard isName, !text.isEmpty else { throw ShapeMismatch() }
            return text
        }
    }
}
