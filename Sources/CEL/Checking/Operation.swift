// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What a call does, once its name is resolved.
enum Operation: String, Sendable, CaseIterable {
    case add = "_+_"
    case subtract = "_-_"
    case multiply = "_*_"
    case divide = "_/_"
    case remainder = "_%_"
    case negate = "-_"
    case not = "!_"
    case equal = "_==_"
    case notEqual = "_!=_"
    case less = "_<_"
    case lessOrEqual = "_<=_"
    case greater = "_>_"
    case greaterOrEqual = "_>=_"
    case `in` = "_in_"
    case index = "_[_]"
    case size
    case contains
    case startsWith
    case endsWith
    case matches
    case getFullYear
    case getMonth
    case getDate
    case getDayOfMonth
    case getDayOfWeek
    case getDayOfYear
    case getHours
    case getMinutes
    case getSeconds
    case getMilliseconds
    case int
    case uint
    case double
    case string
    case bytes
    case bool
    case timestamp
    case duration
    case type
    case dyn

    /// The operation of a binary operator; nil for `&&` and `||`, which are no calls.
    init?(binary symbol: Token.Symbol) {
        self.init(rawValue: "_\(symbol.rawValue)_")
    }

    /// The operation's name where it is called like a function, or nil for an operator.
    var functionName: String? {
        rawValue.contains("_") ? nil : rawValue
    }

    /// Whether it turns a value into one of the type it is named after.
    var isConversion: Bool {
        switch self {
        case .int, .uint, .double, .string, .bytes, .bool, .timestamp, .duration: true
        default: false
        }
    }

    /// Whether `x.name(…)` is a way to call it.
    var isMethod: Bool {
        switch self {
        case .size, .contains, .startsWith, .endsWith, .matches, .getFullYear, .getMonth, .getDate,
            .getDayOfMonth, .getDayOfWeek, .getDayOfYear, .getHours, .getMinutes, .getSeconds,
            .getMilliseconds:
            true
        default: false
        }
    }

    /// Whether `name(…)` is a way to call it.
    var isFunction: Bool {
        switch self {
        case .size, .matches, .int, .uint, .double, .string, .bytes, .bool, .timestamp, .duration,
            .type, .dyn:
            true
        default: false
        }
    }
}
