// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import HTTP
public import Vocabulary

/// Shows a server who asks.
///
/// One is made per endpoint and used by all its calls at once. Whatever it shows is read or made when it is
/// needed, so that a rotated secret is in use with the next call; nothing of it is in any error or log.
public protocol Credential: Sendable {
    /// Puts the credentials on a request that is otherwise complete.
    ///
    /// Called for every call and every probe, from any thread; may ask a server for a token over `http` first, within
    /// the request's own timeout.
    func authorize(
        _ request: inout HTTPRequest,
        over http: any WebCalling,
        now: WallTime
    ) async throws(CredentialError)

    /// Takes in that `request` was refused with `status` (401 or 403); true when the next one shows something else.
    ///
    /// A call that was refused is authorised and sent once more where this is true.
    func renews(after request: HTTPRequest, status: Int) -> Bool
}

/// Why there is nothing to show; names the place, never the secret.
public struct CredentialError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public var message: String
    /// True when the same may work a moment later: a token server that does not answer.
    public var isRetryable: Bool

    /// Makes an error.
    public init(_ message: String, isRetryable: Bool = false) {
        self.message = message
        self.isRetryable = isRetryable
    }

    /// What is wrong.
    public var description: String { message }
}

/// A secret where it is kept: read anew each time, throws what is wrong with its place.
public typealias SecretSource = @Sendable () throws -> String

extension CredentialError {
    /// Reads a secret that will stand in a header field.
    ///
    /// Refuses an empty one, one over 64 KiB, and characters that may not stand there.
    static func secret(_ source: SecretSource) throws(CredentialError) -> String {
        let secret: String
        do {
            secret = try source()
        } catch {
            throw CredentialError("there is no secret to show: \(error)")
        }
        guard !secret.isEmpty, secret.utf8.count <= 64 << 10 else {
            throw CredentialError("the secret is empty or too long")
        }
        guard secret.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw CredentialError("the secret holds characters no header field has")
        }
        return secret
    }
}
