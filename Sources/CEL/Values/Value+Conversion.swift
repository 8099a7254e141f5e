// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// CEL's conversion functions (langdef, "Standard Definitions").
extension Value {
    /// What CEL's conversion function of the type's name gives, such as `duration("250ms")`.
    ///
    /// - Throws: `conversion` or `range` where the value has no counterpart, `noOverload` where
    ///   there is no such conversion.
    public func converted(to type: CELType) throws(EvaluationError) -> Value {
        guard let operation = Operation(rawValue: type.description), operation.isConversion else {
            throw .noOverload("\(type)", self)
        }
        return try converted(by: operation)
    }

    func converted(by operation: Operation) throws(EvaluationError) -> Value {
        switch operation {
        case .int: try convertedToInt()
        case .uint: try convertedToUInt()
        case .double: try convertedToDouble()
        case .string: try convertedToString()
        case .bytes: try convertedToBytes()
        case .bool: try convertedToBool()
        case .timestamp: try convertedToTimestamp()
        default: try convertedToDuration()
        }
    }

    func convertedToInt() throws(EvaluationError) -> Value {
        switch self {
        case .int: return self
        case .uint(let value):
            guard let result = Int64(exactly: value) else { throw .overflow("int()") }
            return .int(result)
        case .double(let value):
            // Both ends are left out: doubles there cannot be told from their neighbours.
            guard value > -0x1p63, value < 0x1p63 else { throw .overflow("int()") }
            return .int(Int64(value))
        case .string(let text):
            guard let result = Int64(text) else { throw .conversion(text, to: "int") }
            return .int(result)
        case .timestamp(let instant): return .int(instant.seconds)
        default: throw .noOverload("int", self)
        }
    }

    func convertedToUInt() throws(EvaluationError) -> Value {
        switch self {
        case .uint: return self
        case .int(let value):
            guard let result = UInt64(exactly: value) else { throw .overflow("uint()") }
            return .uint(result)
        case .double(let value):
            guard value >= 0, value < 0x1p64 else { throw .overflow("uint()") }
            return .uint(UInt64(value))
        case .string(let text):
            guard let result = UInt64(text) else { throw .conversion(text, to: "uint") }
            return .uint(result)
        default: throw .noOverload("uint", self)
        }
    }

    func convertedToDouble() throws(EvaluationError) -> Value {
        switch self {
        case .double: return self
        case .int(let value): return .double(Double(value))
        case .uint(let value): return .double(Double(value))
        case .string(let text):
            guard let result = Double(text) else { throw .conversion(text, to: "double") }
            return .double(result)
        default: throw .noOverload("double", self)
        }
    }

    func convertedToString() throws(EvaluationError) -> Value {
        switch self {
        case .string: return self
        case .bool(let value): return .string(value ? "true" : "false")
        case .int(let value): return .string(value.description)
        case .uint(let value): return .string(value.description)
        case .double(let value): return .string(Value.text(value))
        case .bytes(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw EvaluationError(code: .conversion, message: "the bytes are not UTF-8")
            }
            return .string(text)
        case .timestamp(let instant): return .string(instant.description)
        case .duration(let nanoseconds): return .string(DurationText.text(nanoseconds))
        default: throw .noOverload("string", self)
        }
    }

    func convertedToBytes() throws(EvaluationError) -> Value {
        switch self {
        case .bytes: self
        case .string(let text): .bytes(Array(text.utf8))
        default: throw .noOverload("bytes", self)
        }
    }

    func convertedToBool() throws(EvaluationError) -> Value {
        switch self {
        case .bool: return self
        case .string(let text):
            switch text {
            case "1", "t", "T", "true", "TRUE", "True": return .bool(true)
            case "0", "f", "F", "false", "FALSE", "False": return .bool(false)
            default: throw .conversion(text, to: "bool")
            }
        default: throw .noOverload("bool", self)
        }
    }

    func convertedToTimestamp() throws(EvaluationError) -> Value {
        switch self {
        case .timestamp: self
        case .string(let text): .timestamp(try Timestamp(parsing: text))
        case .int(let seconds): .timestamp(try Timestamp(checkedSeconds: seconds))
        default: throw .noOverload("timestamp", self)
        }
    }

    func convertedToDuration() throws(EvaluationError) -> Value {
        switch self {
        case .duration: self
        case .string(let text): .duration(nanoseconds: try DurationText.nanoseconds(text))
        default: throw .noOverload("duration", self)
        }
    }

    /// The shortest text that reads back as the same number; whole numbers carry no `.0`.
    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        let text = value.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
