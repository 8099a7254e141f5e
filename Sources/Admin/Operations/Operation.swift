// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird

/// One thing the API can be asked, with all that is said of it: the server and its OpenAPI document are made of it.
struct Operation: Sendable {
    /// One parameter of the path or the query.
    struct Parameter: Sendable {
        /// What may stand in it.
        enum Kind: Sendable {
            /// So many characters at most.
            case text(most: Int)
            /// The same, of one line without control characters.
            case line(most: Int)
            /// So many whole numbers at most, with commas between them.
            case numbers(most: Int)
            /// A decision's id.
            case decision
            case integer(ClosedRange<Int64>)
            case number(ClosedRange<Double>)
            case flag
            case words([String])
            /// So many hexadecimal digits at most.
            case digits(Int)
        }

        var name: String
        var kind: Kind
        var about: String
        var isRequired = false
        var isInPath = false

        init(_ name: String, _ kind: Kind, _ about: String, isRequired: Bool = false) {
            self.name = name
            self.kind = kind
            self.about = about
            self.isRequired = isRequired
        }

        /// The number in the path that names one of many.
        static func id(_ about: String) -> Self {
            var parameter = Self("id", .integer(1...Int64.max), about, isRequired: true)
            parameter.isInPath = true
            return parameter
        }
    }

    /// What is sent with a request.
    struct Body: Sendable {
        var contentType: String
        var limit: Int
        var schema: String
        var isRequired: Bool
    }

    /// What comes back when it succeeds: the content type and the name of its schema.
    enum Answer: Sendable {
        case json(String)
        case events
        case text(String)
    }

    enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
    }

    var method: Method
    var path: String
    var summary: String
    var parameters: [Parameter] = []
    var body: Body?
    var answer: Answer
    /// The refusals it has besides those that all have, each with its reason.
    var refusals: [Int: String] = [:]
    /// True for what only the control socket does, because it writes files where the caller says.
    var isLocal = false
    /// True for what is told to everyone, token or not.
    var isOpen = false
    var handler: @Sendable (Call) async throws -> Response

    static func get(
        _ path: String,
        _ summary: String,
        _ parameters: [Parameter] = [],
        answer: Answer,
        refusals: [Int: String] = [:],
        handler: @escaping @Sendable (Call) async throws -> Response
    ) -> Self {
        Operation(
            method: .get,
            path: path,
            summary: summary,
            parameters: parameters,
            answer: answer,
            refusals: refusals,
            handler: handler
        )
    }

    static func post(
        _ path: String,
        _ summary: String,
        _ parameters: [Parameter] = [],
        body: Body? = nil,
        answer: Answer,
        refusals: [Int: String] = [:],
        isLocal: Bool = false,
        handler: @escaping @Sendable (Call) async throws -> Response
    ) -> Self {
        Operation(
            method: .post,
            path: path,
            summary: summary,
            parameters: parameters,
            body: body,
            answer: answer,
            refusals: refusals,
            isLocal: isLocal,
            handler: handler
        )
    }

    /// What does it: a change may start threads, which would give way for ever if one began them that does.
    var threads: OnlookerThreads { method == .post ? .changes : .answers }

    /// True where a part of its path is for its user to fill in.
    var isTemplate: Bool { path.contains("{") }

    /// Whether `path` is one of its addresses.
    func matches(_ path: some StringProtocol) -> Bool {
        let (pattern, path) = (
            self.path.split(separator: "/"), path.split(separator: "/")
        )
        return pattern.count == path.count
            && zip(pattern, path).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}
