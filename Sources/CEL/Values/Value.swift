// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// One CEL value, as a condition reads it and gives it back.
///
/// `==` is Swift's: the same type and the same content, with doubles compared by number.
/// CEL's own equality, where `1 == 1.0` holds, is ``isEqual(to:)``.
public enum Value: Sendable {
    /// CEL's `null`.
    case null
    /// `true` or `false`.
    case bool(Bool)
    /// A signed 64-bit integer; arithmetic that leaves the range is an error.
    case int(Int64)
    /// An unsigned 64-bit integer, written with a trailing `u`.
    case uint(UInt64)
    /// An IEEE 754 double.
    case double(Double)
    /// Text, compared by code points and never by canonical equivalence.
    case string(String)
    /// A sequence of bytes.
    case bytes([UInt8])
    /// A list; its elements may be of different types.
    case list([Value])
    /// A map from bool, int, uint or string keys.
    case map(ValueMap)
    /// An instant between the years 1 and 9999.
    case timestamp(Timestamp)
    /// A signed span of time, about 292 years at most.
    case duration(nanoseconds: Int64)
    /// The type of a value, such as `int` or `google.protobuf.Timestamp`.
    case type(String)

    /// The name of the value's type, as CEL's `type()` gives it.
    public var typeName: String {
        switch self {
        case .null: "null_type"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .list: "list"
        case .map: "map"
        case .timestamp: Value.timestampTypeName
        case .duration: Value.durationTypeName
        case .type: "type"
        }
    }

    static let timestampTypeName = "google.protobuf.Timestamp"
    static let durationTypeName = "google.protobuf.Duration"

    /// The type's name for messages: `timestamp` where CEL has the longer protobuf name.
    var shortTypeName: String {
        switch self {
        case .null: "null"
        case .timestamp: "timestamp"
        case .duration: "duration"
        default: typeName
        }
    }
}

extension Value: Equatable {
    /// Whether both are of the same type and hold the same.
    public static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.int(let left), .int(let right)): left == right
        case (.uint(let left), .uint(let right)): left == right
        case (.double(let left), .double(let right)): left == right
        case (.string(let left), .string(let right)): Text.equal(left, right)
        case (.bytes(let left), .bytes(let right)): left == right
        case (.list(let left), .list(let right)): left == right
        case (.map(let left), .map(let right)): left.matches(right) { $0 == $1 }
        case (.timestamp(let left), .timestamp(let right)): left == right
        case (.duration(let left), .duration(let right)): left == right
        case (.type(let left), .type(let right)): left == right
        default: false
        }
    }
}

extension Value: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral
{
    /// A `bool`.
    public init(booleanLiteral value: Bool) {
        self = .bool(value)
    }

    /// An `int`.
    public init(integerLiteral value: Int64) {
        self = .int(value)
    }

    /// A `double`.
    public init(floatLiteral value: Double) {
        self = .double(value)
    }

    /// A `string`.
    public init(stringLiteral value: String) {
        self = .string(value)
    }
}
