// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL
import Glibc

/// Values as people write them.
extension Value {
    /// `84ms` and `2025-06-15T15:06:40Z` without a function around them, numbers with six digits, and
    /// what is long named instead of shown.
    var plain: String {
        switch self {
        case .double(let number): Self.plain(number)
        case .duration(let nanoseconds): Self.plain(nanoseconds) ?? Self.unwrapped(description)
        case .timestamp: Self.unwrapped(description)
        case .list(let values) where values.count > 8: "a list of \(values.count)"
        case .list(let values): "[\(values.map(\.plain).joined(separator: ", "))]"
        case .map(let map): "a map of \(map.count)"
        case .string(let text) where text.utf8.count > 120: "a text of \(text.utf8.count) bytes"
        case .bytes(let bytes): "\(bytes.count) bytes"
        default: description
        }
    }

    /// The number a value is, durations in nanoseconds; nil for what is none.
    var number: Double? {
        switch self {
        case .double(let number): number.isFinite ? number : nil
        case .int(let number): Double(number)
        case .uint(let number): Double(number)
        case .duration(let nanoseconds): Double(nanoseconds)
        default: nil
        }
    }

    /// A value of the same type that is `number`, rounded towards what fulfils `relation`.
    func with(_ number: Double, _ relation: Change.Relation) -> Value? {
        if case .double = self { return .double(number) }
        let whole: Double =
            switch relation {
            case .atLeast, .below: number.rounded(.up)
            case .atMost, .above: number.rounded(.down)
            default: number
            }
        guard let exact = Int64(exactly: whole) else { return nil }
        switch self {
        case .int: return .int(exact)
        case .uint: return exact < 0 ? nil : .uint(UInt64(exact))
        case .duration: return .duration(nanoseconds: exact)
        default: return nil
        }
    }

    /// The nearest value that stands in `relation` to this one; nil where that cannot be said.
    func meeting(_ relation: Change.Relation) -> Value? {
        switch (self, relation) {
        case (_, .atLeast), (_, .atMost), (_, .equal): self
        case (.double(let number), .above), (.double(let number), .other): .double(number.nextUp)
        case (.double(let number), .below): .double(number.nextDown)
        case (.int(let number), .above), (.int(let number), .other):
            number == .max ? nil : .int(number + 1)
        case (.int(let number), .below): number == .min ? nil : .int(number - 1)
        case (.uint(let number), .above): number == .max ? nil : .uint(number + 1)
        case (.uint(let number), .below): number == 0 ? nil : .uint(number - 1)
        case (.duration(let time), .above): time == .max ? nil : .duration(nanoseconds: time + 1)
        case (.duration(let time), .below): time == .min ? nil : .duration(nanoseconds: time - 1)
        case (.bool(let flag), .other): .bool(!flag)
        default: nil
        }
    }

    private static func plain(_ number: Double) -> String {
        if number.isInfinite { return number < 0 ? "-∞" : "∞" }
        guard number.isFinite, number != 0 else { return number.isNaN ? "NaN" : "0" }
        let digits = 5 - Int(log10(abs(number)).rounded(.down))
        let scale = pow(10, Double(abs(digits)))
        let rounded =
            digits >= 0 ? (number * scale).rounded() / scale : (number / scale).rounded() * scale
        let text = (rounded.isFinite ? rounded : number).description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// A time below a minute in its largest unit; nil for a longer one.
    private static func plain(_ nanoseconds: Int64) -> String? {
        let units: [(name: String, size: Int64)] = [
            ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000),
        ]
        guard nanoseconds.magnitude < 60_000_000_000 else { return nil }
        for (name, size) in units where nanoseconds.magnitude >= UInt64(size) {
            return plain(Double(nanoseconds) / Double(size)) + name
        }
        return nanoseconds == 0 ? "0s" : "\(nanoseconds)ns"
    }

    private static func unwrapped(_ literal: String) -> String {
        let parts = literal.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.count == 3 ? String(parts[1]) : literal
    }
}
