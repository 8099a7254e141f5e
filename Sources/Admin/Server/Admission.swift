// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hosting
import Hummingbird
import Logging
import Settings
import Synchronization
import Telemetry
import Vocabulary

/// Whom the admin server lets in.
///
/// With a token: who brings it. Without one the server is reached from this machine alone, and what is
/// left to fear is a browser on it that another site's page commands: such a request names another host
/// (DNS rebinding) or another origin, and is refused.
struct Admission: RouterMiddleware {
    /// Told to everyone: whether the process lives and is ready, and the dashboard's own files, which
    /// hold nothing of the gateway.
    let isOpen: @Sendable (String) -> Bool
    let token: TokenSource?

    func handle(
        _ request: Request,
        context: AdminContext,
        next: (Request, AdminContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let token {
            context.isAdmitted = token.admits(request.headers[.authorization])
            context.credential = "by token"
            guard context.isAdmitted || isOpen(request.uri.path) else {
                throw HTTPError(
                    .unauthorized,
                    headers: [.wwwAuthenticate: "Bearer realm=\"sluice\""],
                    message: "the bearer token is missing or wrong"
                )
            }
        } else {
            try Self.refuseOtherNames(request)
            context.isAdmitted = true
            context.credential = "without a token"
        }
        try Self.refuseOtherSites(request)
        return try await next(request, context)
    }

    /// A page that had its own name point here would be of the same origin: its name gives it away.
    static func refuseOtherNames(_ request: Request) throws(HTTPError) {
        let authority = request.head.authority ?? ""
        guard Loopback.contains(url: "http://\(authority)/") else {
            throw HTTPError(
                .forbidden,
                message: "call this server by the name localhost or the address 127.0.0.1; for "
                    + "other names set `admin: { token_file: … }`"
            )
        }
    }

    /// A browser says where a request that changes something comes from (Fetch, sections 3.2 and 3.5).
    static func refuseOtherSites(_ request: Request) throws(HTTPError) {
        guard request.method != .get, request.method != .head else { return }
        let refusal = HTTPError(.forbidden, message: "the request comes from another site's page")
        if let site = HTTPFields.Element.Name("Sec-Fetch-Site").flatMap({ request.headers[$0] }),
            !["same-origin", "none"].contains(site)
        {
            throw refusal
        }
        guard let origin = request.headers[.origin] else { return }
        let authority = request.head.authority ?? ""
        guard origin == "http://\(authority)" || origin == "https://\(authority)" else {
            throw refusal
        }
    }
}

/// The token in force: read again when it is some seconds old, so that a rotated one is used.
final class TokenSource: Sendable {
    private static let patience = Interval.seconds(5)

    private struct Known {
        var token: BearerToken?
        var read: MonotonicInstant
    }

    private let reference: SecretReference
    private let time: any TimeSource
    private let logger: Logger
    private let known: Mutex<Known>

    init(_ reference: SecretReference, time: any TimeSource = SystemTime(), logger: Logger) {
        self.reference = reference
        self.time = time
        self.logger = logger
        known = Mutex(Known(token: Self.read(reference, logger), read: time.now))
    }

    func admits(_ authorization: String?) -> Bool {
        let now = time.now
        let token = known.withLock { known in
            if now - known.read >= Self.patience {
                known.read = now
                // Between the two writes of a rotation the old one holds.
                known.token = Self.read(reference, logger) ?? known.token
            }
            return known.token
        }
        return token?.admits(authorization) ?? false
    }

    private static func read(_ reference: SecretReference, _ logger: Logger) -> BearerToken? {
        do throws(SecretReference.Unreadable) {
            let text = try reference.read()
            guard !text.isEmpty else { return nil }
            return BearerToken(text)
        } catch {
            logger.warning(
                "the admin token cannot be read",
                metadata: ["error": "\(error.message)"]
            )
            return nil
        }
    }
}
