// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import CryptoExtras
import FoundationEssentials
import HTTP
import Vocabulary

/// A service account's key file, and how it is exchanged for an access token.
struct ServiceAccountKey {
    /// Where tokens are given.
    let tokenAddress: String
    private let account: String
    private let keyIdentifier: String?
    private let privateKey: _RSA.Signing.PrivateKey

    /// Reads the file's JSON; what it says is in no error.
    init(_ text: String) throws(CredentialError) {
        guard let file = try? ReplyJSON(parsing: Array(text.utf8)),
            let account = file["client_email"]?.text, let pem = file["private_key"]?.text
        else {
            throw CredentialError("the service account's key file lacks its email or private key")
        }
        let address = file["token_uri"]?.text ?? "https://oauth2.googleapis.com/token"
        guard address.hasPrefix("https://") || Loopback.contains(url: address) else {
            throw CredentialError("the service account's `token_uri` is no `https://` address")
        }
        guard let privateKey = try? _RSA.Signing.PrivateKey(pemRepresentation: pem) else {
            throw CredentialError("the service account's private key is no RSA key in PEM")
        }
        self.account = account
        self.privateKey = privateKey
        tokenAddress = address
        keyIdentifier = file["private_key_id"]?.text
    }

    /// The form that asks for a token: a grant of type JWT bearer (RFC 7523 section 2.1).
    func tokenRequest(scope: String, now: WallTime) throws(CredentialError) -> [UInt8] {
        let assertion = try assertion(scope: scope, now: now)
        let grant = CloudService.escaped("urn:ietf:params:oauth:grant-type:jwt-bearer")
        return Array("grant_type=\(grant)&assertion=\(assertion)".utf8)
    }

    /// The signed claims (RFC 7519, RS256), valid for an hour.
    func assertion(scope: String, now: WallTime) throws(CredentialError) -> String {
        let seconds = now.nanoseconds / 1_000_000_000
        var header = JSONWriter()
        header.beginObject()
        header.member("alg", "RS256")
        header.member("typ", "JWT")
        header.member("kid", keyIdentifier)
        header.endObject()
        var claims = JSONWriter()
        claims.beginObject()
        claims.member("iss", account)
        claims.member("scope", scope)
        claims.member("aud", tokenAddress)
        claims.member("iat", seconds)
        claims.member("exp", seconds + 3_600)
        claims.endObject()
        let text = Self.encoded(header.bytes) + "." + Self.encoded(claims.bytes)
        let digest = SHA256.hash(data: Array(text.utf8))
        guard
            let signature = try? privateKey.signature(for: digest, padding: .insecurePKCS1v1_5)
        else { throw CredentialError("the service account's private key does not sign") }
        return text + "." + Self.encoded(signature.rawRepresentation)
    }

    /// The token in the reply.
    func token(
        in response: HTTPResponse,
        key: String,
        now: WallTime
    ) throws(CredentialError) -> GoogleCredential.Token {
        let reply = CloudReply(status: response.status, body: response.body)
        guard response.status == 200 else {
            let said = reply.complaint.map { ": \($0)" } ?? ""
            throw CredentialError(
                "the token server answered with status \(response.status)\(said)",
                isRetryable: response.status >= 500 || response.status == 429
            )
        }
        guard let document = try? reply.document(), let text = document["access_token"]?.text,
            let lifetime = document["expires_in"]?.integer, (1...86_400).contains(lifetime)
        else { throw CredentialError("the token server's reply has no token") }
        let token = try CredentialError.secret { text }
        let early = min(300, lifetime / 2)
        return GoogleCredential.Token(
            text: token,
            renewal: now + .seconds(lifetime - early),
            expiry: now + .seconds(lifetime),
            key: key
        )
    }

    /// base64url without padding (RFC 7515 section 2).
    private static func encoded(_ bytes: some Sequence<UInt8>) -> String {
        let text = Data(bytes).base64EncodedString()
        return String(
            text.compactMap { character in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            }
        )
    }
}
