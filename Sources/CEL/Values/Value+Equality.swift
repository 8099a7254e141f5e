// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Value {
    /// CEL's equality: numbers are equal by value whatever their type, other types never mix.
    ///
    /// It cannot fail. Lists compare in order, maps by key; NaN equals nothing.
    public func isEqual(to other: Value) -> Bool {
        switch (self, other) {
        case (.int(let left), .int(let right)): left == right
        case (.double(let left), .double(let right)): left == right
        case (.string(let left), .string(let right)): Text.equal(left, right)
        case (.list(let left), .list(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isEqual(to: $1) }
        case (.map(let left), .map(let right)): left.matches(right) { $0.isEqual(to: $1) }
        case (.int, .uint), (.int, .double), (.uint, .int), (.uint, .double), (.double, .int),
            (.double, .uint):
            numericOrder(other) == .same
        default: self == other
        }
    }

    /// How two values stand to each other.
    enum Order {
        case before
        case same
        case after
        /// One of them is NaN: every comparison is false.
        case unordered
    }

    /// The order of two values of one type, or of two numbers; nil where there is none.
    func order(_ other: Value) -> Order? {
        switch (self, other) {
        case (.bool(let left), .bool(let right)):
            left == right ? .same : (right ? .before : .after)
        case (.string(let left), .string(let right)):
            Text.equal(left, right) ? .same : (Text.precedes(left, right) ? .before : .after)
        case (.bytes(let left), .bytes(let right)):
            left == right
                ? .same : (left.lexicographicallyPrecedes(right) ? .before : .after)
        case (.timestamp(let left), .timestamp(let right)): Value.order(left, right)
        case (.duration(let left), .duration(let right)): Value.order(left, right)
        default: numericOrder(other)
        }
    }

    private func numericOrder(_ other: Value) -> Order? {
        switch (self, other) {
        case (.int(let left), .int(let right)): Value.order(left, right)
        case (.uint(let left), .uint(let right)): Value.order(left, right)
        case (.double(let left), .double(let right)): Value.order(left, right)
        case (.int(let left), .uint(let right)):
            left < 0 ? .before : Value.order(UInt64(left), right)
        case (.uint(let left), .int(let right)):
            right < 0 ? .after : Value.order(left, UInt64(right))
        case (.int(let left), .double(let right)): Value.order(Double(left), right)
        case (.double(let left), .int(let right)): Value.order(left, Double(right))
        case (.uint(let left), .double(let right)): Value.order(Double(left), right)
        case (.double(let left), .uint(let right)): Value.order(left, Double(right))
        default: nil
        }
    }

    private static func order<T: Comparable>(_ left: T, _ right: T) -> Order {
        if left < right { return .before }
        if left == right { return .same }
        return left > right ? .after : .unordered
    }
}
