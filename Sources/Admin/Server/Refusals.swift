// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import Logging
import Synchronization
import Vocabulary

/// Turns whatever goes wrong into one kind of answer, and guards every answer against misuse by pages.
struct Refusals: RouterMiddleware {
    let book: OperationBook
    let logger: Logger

    static func tooLarge(_ limit: Int) -> HTTPError {
        HTTPError(
            .contentTooLarge,
            headers: [.connection: "close"],
            message: "a body has at most \(limit) bytes here"
        )
    }

    func handle(
        _ request: Request,
        context: AdminContext,
        next: (Request, AdminContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch let error as HTTPError {
            response = refusal(of: request, error)
        } catch let error as any HTTPResponseError {
            response = Self.reply(error.status, error.status.reasonPhrase)
        } catch is CancellationError {
            response = Self.reply(.serviceUnavailable, "the gateway is stopping")
        } catch {
            logger.error("a request failed", metadata: ["error": "\(error)"])
            response = Self.reply(.internalServerError, "\(error)")
        }
        if response.headers[.cacheControl] == nil {
            response.headers[.cacheControl] = "no-store"
        }
        for (name, value) in Self.guards { response.headers[name] = value }
        return response
    }

    private func refusal(of request: Request, _ error: HTTPError) -> Response {
        var error = error
        if error.status == .notFound, error.body == nil {
            let methods = book.methods(at: request.uri.path)
            if methods.isEmpty {
                error.body = "there is nothing at this address"
            } else {
                error.status = .methodNotAllowed
                error.headers[.allow] = methods.joined(separator: ", ")
                error.body = "use \(methods.joined(separator: " or "))"
            }
        }
        var response = Self.reply(error.status, error.body ?? error.status.reasonPhrase)
        for field in error.headers { response.headers[field.name] = field.value }
        // Whatever of a body is still on its way is nothing anybody waits for, and who is one too many
        // holds no place.
        let isLast = request.hasBody || error.status == .serviceUnavailable
        if isLast { response.headers[.connection] = "close" }
        return response
    }

    private static func reply(_ status: HTTPResponse.Status, _ message: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: json(message)))
        )
    }

    /// What every refusal says.
    static func json(_ message: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        writer.key("error")
        writer.beginObject()
        writer.member("message", message)
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    /// Nothing from elsewhere is loaded, run or framed, whatever a payload might bring.
    static let guards: [(HTTPFields.Element.Name, String)] = [
        (
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
                + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    ].compactMap { name, value in HTTPFields.Element.Name(name).map { ($0, value) } }
}

/// Bounds what is under way at once, and what a request may bring.
struct Bounds: RouterMiddleware {
    /// The longest body of any operation.
    static let largestBody = 16 << 20

    private final class Count: Sendable {
        let inside = Atomic<Int>(0)
    }

    private let limit: Int
    private let count = Count()

    init(limit: Int = 64) {
        self.limit = limit
    }

    func handle(
        _ request: Request,
        context: AdminContext,
        next: (Request, AdminContext) async throws -> Response
    ) async throws -> Response {
        if let text = request.headers[.contentLength], let length = Int(text),
            length > Self.largestBody
        {
            throw Refusals.tooLarge(Self.largestBody)
        }
        // Whether the process lives can be asked however many ask other things.
        if request.uri.path == "/healthz" { return try await next(request, context) }
        let inside = count.inside.wrappingAdd(1, ordering: .relaxed).newValue
        defer { count.inside.wrappingSubtract(1, ordering: .relaxed) }
        guard inside <= limit else {
            throw HTTPError(
                .serviceUnavailable,
                headers: [.retryAfter: "1"],
                message: "too many requests are under way"
            )
        }
        return try await next(request, context)
    }
}

/// Notes who changed what, before it is done and how it ended.
struct ChangeLog: RouterMiddleware {
    let logger: Logger

    func handle(
        _ request: Request,
        context: AdminContext,
        next: (Request, AdminContext) async throws -> Response
    ) async throws -> Response {
        guard request.method == .post else { return try await next(request, context) }
        var metadata: Logger.Metadata = [
            "what": "\(request.uri.string.prefix(512))", "by": "\(context.caller)",
        ]
        do {
            let response = try await next(request, context)
            metadata["status"] = "\(response.status.code)"
            logger.notice("a change was asked for", metadata: metadata)
            return response
        } catch {
            metadata["refused"] = "\(error)"
            logger.notice("a change was asked for and refused", metadata: metadata)
            throw error
        }
    }
}
