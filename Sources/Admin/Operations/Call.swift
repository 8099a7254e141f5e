// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Hummingbird
import NIOCore

/// A request whose parameters have been checked against what its operation takes.
struct Call: Sendable {
    /// How long a body may take to arrive.
    static let patience = Duration.seconds(20)

    let request: Request
    /// Who asks, for the log.
    let caller: String
    /// True where the caller is known well enough to be told what is wrong, and not only that it is.
    let isAdmitted: Bool
    private let operation: Operation
    private var values: [String: String] = [:]

    init(
        _ request: Request,
        _ context: AdminContext,
        _ operation: Operation
    ) throws(HTTPError) {
        self.request = request
        caller = context.caller
        isAdmitted = context.isAdmitted
        self.operation = operation
        for parameter in operation.parameters where parameter.isInPath {
            try take(parameter.name, context.parameters.get(parameter.name) ?? "")
        }
        for (name, value) in request.uri.queryParameters {
            let name = String(name)
            guard values[name] == nil else {
                throw HTTPError(.badRequest, message: "`\(name)` is given twice")
            }
            try take(name, String(value))
        }
        for parameter in operation.parameters where parameter.isRequired {
            guard values[parameter.name] != nil else {
                throw HTTPError(.badRequest, message: "`\(parameter.name)` is missing")
            }
        }
    }

    private mutating func take(_ name: String, _ value: String) throws(HTTPError) {
        guard let parameter = operation.parameters.first(where: { $0.name == name }) else {
            let known = operation.parameters.map { "`\($0.name)`" }.joined(separator: ", ")
            throw HTTPError(
                .badRequest,
                message: "there is no parameter `\(name.prefix(64))`"
                    + (known.isEmpty ? "" : "; known: \(known)")
            )
        }
        if let wanted = parameter.kind.refusal(of: value) {
            throw HTTPError(.badRequest, message: "`\(name)` is \(wanted)")
        }
        values[name] = value
    }

    /// A parameter's text; nil where it was not given.
    func text(_ name: String) -> String? { values[name] }

    /// A whole number.
    func integer(_ name: String) -> Int64? { values[name].flatMap { Int64($0) } }

    /// A number.
    func number(_ name: String) -> Double? { values[name].flatMap { Double($0) } }

    /// `true` or `false`.
    func flag(_ name: String) -> Bool? { values[name].map { $0 == "true" } }

    /// Whole numbers with commas between them; throws for anything else, and for none.
    func integers(_ name: String) throws(HTTPError) -> [Int64] {
        let numbers = (values[name] ?? "").split(separator: ",", omittingEmptySubsequences: false)
            .map { Int64($0) }
        guard !numbers.contains(nil) else {
            throw HTTPError(
                .badRequest,
                message: "`\(name)` are numbers with commas between them"
            )
        }
        return numbers.compactMap(\.self)
    }

    /// The body, no longer than the operation takes, and in reasonable time.
    func body() async throws -> [UInt8] {
        let (body, limit) = (request.body, operation.body?.limit ?? 0)
        // Refused before it is sent, where its length is told.
        if let told = request.headers[.contentLength].flatMap({ Int($0) }), told > limit {
            throw Refusals.tooLarge(limit)
        }
        return try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask {
                var bytes: [UInt8] = []
                for try await part in body {
                    guard bytes.count + part.readableBytes <= limit else {
                        throw Refusals.tooLarge(limit)
                    }
                    bytes.append(contentsOf: part.readableBytesView)
                }
                return bytes
            }
            group.addTask {
                try await Task.sleep(for: Self.patience)
                throw HTTPError(
                    .requestTimeout,
                    headers: [.connection: "close"],
                    message: "the body did not arrive within \(Self.patience)"
                )
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }
}

extension Operation.Parameter.Kind {
    /// What is wanted instead of `value`; nil when it will do.
    func refusal(of value: String) -> String? {
        switch self {
        case .text(let most), .line(let most):
            guard !value.isEmpty, value.unicodeScalars.count <= most else {
                return "a text of 1 to \(most) characters"
            }
            guard case .line = self else {
                return value.contains("\0") ? "a text without NUL" : nil
            }
            let hasControl = value.unicodeScalars.contains {
                $0.properties.generalCategory == .control
            }
            return hasControl ? "a text without control characters" : nil
        case .numbers(let most):
            let numbers = value.utf8.split(separator: 0x2C, omittingEmptySubsequences: false)
            let arePlain = numbers.allSatisfy { number in
                (1...18).contains(number.count) && number.allSatisfy { (0x30...0x39).contains($0) }
            }
            return arePlain && numbers.count <= most
                ? nil : "1 to \(most) numbers with commas between them"
        case .decision:
            let isPlain = value.utf8.count == 32 && value.utf8.allSatisfy(Self.isHexadecimal)
            return isPlain ? nil : "the 32 hexadecimal digits of a decision's id"
        case .integer(let range):
            let isPlain = value.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2D }
            if isPlain, let number = Int64(value), range.contains(number) { return nil }
            return "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .number(let range):
            let isPlain = value.utf8.allSatisfy {
                (0x30...0x39).contains($0) || "+-.eE".utf8.contains($0)
            }
            if isPlain, let number = Double(value), range.contains(number) { return nil }
            return "a number from \(range.lowerBound) to \(range.upperBound)"
        case .flag:
            return ["true", "false"].contains(value) ? nil : "`true` or `false`"
        case .digits(let most):
            let isPlain = value.utf8.count <= most && value.utf8.allSatisfy(Self.isHexadecimal)
            return isPlain && !value.isEmpty ? nil : "of 1 to \(most) hexadecimal digits"
        case .words(let words):
            guard !words.contains(value) else { return nil }
            return "one of " + words.map { "`\($0)`" }.joined(separator: ", ")
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }
}
