// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Why a condition has no value.
public struct EvaluationError: Error, Sendable, CustomStringConvertible {
    /// The kinds of failure, from a closed list.
    public enum Code: String, CaseIterable, Sendable {
        /// A slot was never filled, or its lazy source failed.
        case noValue = "no_value"
        /// No overload takes these types.
        case noOverload = "no_overload"
        /// An integer, duration, timestamp or conversion left its range.
        case range
        /// Division or modulus by zero.
        case divideByZero = "divide_by_zero"
        /// A map has no such key.
        case noSuchKey = "no_such_key"
        /// A map literal repeats a key.
        case repeatedKey = "repeated_key"
        /// A value that cannot be a map key.
        case unsupportedKey = "unsupported_key"
        /// A list has no such index.
        case index
        /// Text that cannot be converted: number, timestamp, duration, UTF-8, zone.
        case conversion
        /// A regular expression that cannot be used.
        case pattern
        /// The evaluation used up its cost limit.
        case cost
        /// The frame belongs to another environment.
        case frame
    }

    /// What kind of failure it is.
    public let code: Code
    /// One sentence for a person, fit for a log: it names types and names of the source, no values.
    public let message: String
    /// The value that made it fail, as short text; for the eyes of who may see the data.
    public let detail: String?

    /// Makes an error, for lazy slots that want to say why they have no value.
    ///
    /// What comes from the data belongs in `detail`, never in `message`.
    public init(code: Code, message: String, detail: String? = nil) {
        self.code = code
        self.message = message
        self.detail = detail
    }

    /// The code and the message, without the detail.
    public var description: String { "\(code.rawValue): \(message)" }

    /// The message with the detail where there is one.
    public var explained: String { detail.map { "\(message): \($0)" } ?? message }
}

extension EvaluationError {
    static func noOverload(_ name: String, _ operands: Value...) -> EvaluationError {
        let types = operands.map(\.shortTypeName).joined(separator: ", ")
        return EvaluationError(code: .noOverload, message: "no such overload: \(name)(\(types))")
    }

    static func noOverload(_ left: Value, _ symbol: String, _ right: Value) -> EvaluationError {
        EvaluationError(
            code: .noOverload,
            message: "no such overload: \(left.shortTypeName) \(symbol) \(right.shortTypeName)"
        )
    }

    static func overflow(_ what: String) -> EvaluationError {
        EvaluationError(code: .range, message: "\(what) leaves its range")
    }

    static func divideByZero(_ what: String) -> EvaluationError {
        EvaluationError(code: .divideByZero, message: "\(what) by zero")
    }

    static func noSuchKey(_ key: Value) -> EvaluationError {
        EvaluationError(code: .noSuchKey, message: "no such key", detail: key.shortened)
    }

    static func repeatedKey(_ key: Value) -> EvaluationError {
        EvaluationError(code: .repeatedKey, message: "repeated key", detail: key.shortened)
    }

    static func unsupportedKey(_ key: Value) -> EvaluationError {
        EvaluationError(
            code: .unsupportedKey,
            message: "a \(key.shortTypeName) cannot be a map key"
        )
    }

    static func conversion(_ text: String, to type: String) -> EvaluationError {
        EvaluationError(
            code: .conversion,
            message: "the text is no \(type)",
            detail: Value.string(text).shortened
        )
    }
}

extension Value {
    /// The literal form, cut so that a message never carries a payload.
    var shortened: String {
        switch self {
        case .string(let text) where text.utf8.count > 64: "a text of \(text.utf8.count) bytes"
        case .list, .map, .bytes: "a \(typeName)"
        default: description
        }
    }
}
