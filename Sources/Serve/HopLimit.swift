// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird

/// Refuses what has gone through too many gateways already, so that two of them never ask each other in
/// a circle.
///
/// A gateway that asks says in `Sluice-Hops` how many have asked before it and itself; whoever passes a question
/// on adds one.
struct HopLimit: RouterMiddleware {
    typealias Context = BasicRequestContext

    /// The field's name.
    static let field = HTTPFields.Element.Name("Sluice-Hops")

    private static let loop = HTTPResponse.Status(code: 508, reasonPhrase: "Loop Detected")

    let limit: Int

    func handle(
        _ request: Request,
        context: BasicRequestContext,
        next: (Request, BasicRequestContext) async throws -> Response
    ) async throws -> Response {
        if let field = Self.field, let text = request.headers[field] {
            guard let hops = Int(text), hops >= 0 else {
                throw ServeError(.badRequest, "`Sluice-Hops` is a number of gateways")
            }
            guard hops <= limit else {
                throw ServeError(
                    Self.loop,
                    "this question has come through \(hops) gateways, and \(limit) is the most: "
                        + "gateways that ask each other in a circle"
                )
            }
        }
        return try await next(request, context)
    }
}
