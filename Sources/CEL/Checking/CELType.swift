// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A type of the gradual checker; `dyn` stands for any type and is checked at run time.
public indirect enum CELType: Sendable, Hashable {
    /// Any type: checked when the condition runs.
    case dyn
    /// The type of `null`.
    case null
    /// `true` and `false`.
    case bool
    /// Signed 64-bit integers.
    case int
    /// Unsigned 64-bit integers.
    case uint
    /// IEEE 754 doubles.
    case double
    /// Text.
    case string
    /// Bytes.
    case bytes
    /// Instants.
    case timestamp
    /// Spans of time.
    case duration
    /// Types as values.
    case type
    /// Lists of one element type.
    case list(CELType)
    /// Maps from a key type to a value type.
    case map(CELType, CELType)

    /// Whether a value of this type may stand where `other` is wanted.
    func isAssignable(to other: CELType) -> Bool {
        switch (self, other) {
        case (.dyn, _), (_, .dyn): true
        case (.null, .timestamp), (.null, .duration): true
        case (.list(let left), .list(let right)): left.isAssignable(to: right)
        case (.map(let leftKey, let leftValue), .map(let rightKey, let rightValue)):
            leftKey.isAssignable(to: rightKey) && leftValue.isAssignable(to: rightValue)
        default: self == other
        }
    }

    /// The one type that holds values of both: `dyn` where they have nothing in common.
    func joined(with other: CELType) -> CELType {
        switch (self, other) {
        case (.list(let left), .list(let right)): .list(left.joined(with: right))
        case (.map(let leftKey, let leftValue), .map(let rightKey, let rightValue)):
            .map(leftKey.joined(with: rightKey), leftValue.joined(with: rightValue))
        default: self == other ? self : .dyn
        }
    }

    var isNumeric: Bool { self == .int || self == .uint || self == .double }

    /// Whether slots of the type are read without a look at a boxed value.
    var slotKind: Frame.Kind? {
        switch self {
        case .bool: .bool
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .duration: .duration
        default: nil
        }
    }
}

extension CELType: CustomStringConvertible {
    /// The type as CEL writes it, such as `map(string, list(int))`.
    public var description: String {
        switch self {
        case .dyn: "dyn"
        case .null: "null"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .timestamp: "timestamp"
        case .duration: "duration"
        case .type: "type"
        case .list(let element): "list(\(element))"
        case .map(let key, let value): "map(\(key), \(value))"
        }
    }
}
