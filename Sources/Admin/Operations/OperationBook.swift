// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird

/// All operations of a server.
struct OperationBook: Sendable {
    let operations: [Operation]

    /// Has the router answer every one of them.
    func add(to router: Router<AdminContext>) {
        for operation in operations {
            let method: HTTPRequest.Method = operation.method == .get ? .get : .post
            router.on(RouterPath(operation.path), method: method) { request, context in
                if operation.body == nil, request.hasBody {
                    throw HTTPError(
                        .badRequest,
                        headers: [.connection: "close"],
                        message: "this takes no body"
                    )
                }
                let call = try Call(request, context, operation)
                return try await withTaskExecutorPreference(operation.threads) {
                    try await operation.handler(call)
                }
            }
        }
    }

    /// What may be done at `path`, for the `Allow` field; empty where nothing is.
    func methods(at path: String) -> [String] {
        let all = operations.filter { $0.matches(path) }
        // An address that stands there by itself is none of a template's (OpenAPI, Paths Object).
        let own = all.filter { !$0.isTemplate }
        let found = (own.isEmpty ? all : own).map(\.method.rawValue)
        return found.contains("GET") ? found + ["HEAD"] : found
    }
}

extension Request {
    /// Whether it says that it brings a body.
    var hasBody: Bool {
        if let length = headers[.contentLength] { return length != "0" }
        return headers[.transferEncoding] != nil
    }
}
