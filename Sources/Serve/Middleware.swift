// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hosting
import Hummingbird
import Logging
import Synchronization

/// Turns whatever a route throws into the protocol's error body.
struct Refusals: RouterMiddleware {
    typealias Context = BasicRequestContext

    let logger: Logger

    func handle(
        _ request: Request,
        context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as ServeError {
            logger.debug(
                "request refused",
                metadata: ["status": "\(error.code)", "reason": "\(error.message)"]
            )
            return ServeReply.refusal(error)
        } catch let error as any HTTPResponseError {
            return ServeReply.refusal(ServeError(error.status, error.status.reasonPhrase))
        }
    }
}

/// Lets in only who brings the token; who asks for the server's health needs none.
struct BearerCheck: RouterMiddleware {
    typealias Context = BasicRequestContext

    private let expected: BearerToken

    init(token: String) {
        expected = BearerToken(token)
    }

    func handle(
        _ request: Request,
        context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        let isHealth = request.uri.path.hasPrefix("/v2/health/")
        guard isHealth || expected.admits(request.headers[.authorization]) else {
            throw ServeError(.unauthorized, "the bearer token is missing or wrong")
        }
        return try await next(request, context)
    }
}

/// Bounds the requests under way, and with them the memory their bodies take.
struct RequestGate: RouterMiddleware {
    typealias Context = BasicRequestContext

    private final class Count: Sendable {
        let inside = Atomic<Int>(0)
    }

    private let limit: Int
    private let count = Count()

    init(limit: Int) {
        self.limit = limit
    }

    func handle(
        _ request: Request,
        context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        let inside = count.inside.wrappingAdd(1, ordering: .relaxed).newValue
        defer { count.inside.wrappingSubtract(1, ordering: .relaxed) }
        guard inside <= limit else {
            throw ServeError(.serviceUnavailable, "too many requests are under way")
        }
        return try await next(request, context)
    }
}
