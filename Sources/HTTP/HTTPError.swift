// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Why no complete reply came.
public struct HTTPError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The kinds of failure.
    public enum Code: String, CaseIterable, Sendable {
        /// The total or the connection time ran out.
        case timeout
        /// The server could not be reached.
        case connect
        /// The host's name could not be resolved.
        case resolve
        /// TLS failed: certificate, name, handshake, or one of our own files.
        case tls
        /// The connection broke before the reply was complete.
        case connectionLost = "connection_lost"
        /// The reply, or its header, is larger than allowed.
        case tooLarge = "too_large"
        /// The address asks for a protocol other than HTTP.
        case protocolNotAllowed = "protocol_not_allowed"
        /// The request cannot be written: a malformed address, method or header field.
        case invalidRequest = "invalid_request"
        /// The task that waited was cancelled.
        case cancelled
        /// The client has been shut down.
        case closed
        /// Anything else libcurl reports.
        case other
    }

    /// The kind of failure.
    public var code: Code
    /// What happened, in libcurl's words where it has any.
    public var message: String
    /// True when the server may have acted on the request; false when it certainly has not seen it.
    ///
    /// libcurl itself sends a request again when a reused connection turns out dead before a byte of
    /// the reply: whatever must not happen twice carries an idempotency key.
    public var mayHaveBeenSent: Bool

    /// Makes an error.
    public init(code: Code, message: String, mayHaveBeenSent: Bool = false) {
        self.code = code
        self.message = message
        self.mayHaveBeenSent = mayHaveBeenSent
    }

    /// The kind and what happened, for logs.
    public var description: String { "\(code.rawValue): \(message)" }
}
