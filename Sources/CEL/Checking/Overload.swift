// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// One combination of operand types an operation takes, and what it gives.
struct Overload: Sendable {
    let parameters: [CELType]
    let result: CELType

    init(_ parameters: CELType..., gives result: CELType) {
        self.parameters = parameters
        self.result = result
    }

    func takes(_ arguments: [CELType]) -> Bool {
        parameters.count == arguments.count
            && zip(arguments, parameters).allSatisfy { $0.isAssignable(to: $1) }
    }

    /// The type a call gives; nil where no overload takes the arguments.
    static func result(of operation: Operation, on arguments: [CELType]) -> CELType? {
        if let result = parametric(operation, arguments) { return result.type }
        let fitting = operation.overloads.filter { $0.takes(arguments) }
        guard let first = fitting.first else { return nil }
        return fitting.allSatisfy { $0.result == first.result } ? first.result : .dyn
    }

    /// What an overload with type parameters says: a type, or that nothing fits.
    private struct Answer {
        let type: CELType?
    }

    /// The operations whose types depend on each other; nil leaves it to the table.
    private static func parametric(_ operation: Operation, _ arguments: [CELType]) -> Answer? {
        guard arguments.count == 2 else { return nil }
        let (left, right) = (arguments[0], arguments[1])
        switch operation {
        case .equal, .notEqual:
            let fits = left.isAssignable(to: right) || right.isAssignable(to: left)
            return Answer(type: fits ? .bool : nil)
        case .add:
            guard case .list = left, case .list = right else { return nil }
            return Answer(type: left.joined(with: right))
        case .in:
            switch right {
            case .list(let element): return Answer(type: left.mayEqual(element) ? .bool : nil)
            case .map(let key, _): return Answer(type: left.mayEqual(key) ? .bool : nil)
            default: return nil
            }
        case .index:
            switch left {
            case .list(let element):
                return Answer(type: right.isAssignable(to: .int) ? element : nil)
            case .map(let key, let value):
                return Answer(type: right.mayEqual(key) ? value : nil)
            default: return nil
            }
        default: return nil
        }
    }
}

extension CELType {
    fileprivate func mayEqual(_ other: CELType) -> Bool {
        isAssignable(to: other) || other.isAssignable(to: self)
    }
}

extension Operation {
    var overloads: [Overload] {
        switch self {
        case .add:
            Operation.same([.int, .uint, .double, .string, .bytes, .duration])
                + [
                    Overload(.timestamp, .duration, gives: .timestamp),
                    Overload(.duration, .timestamp, gives: .timestamp),
                    Overload(.list(.dyn), .list(.dyn), gives: .list(.dyn)),
                ]
        case .subtract:
            Operation.same([.int, .uint, .double, .duration])
                + [
                    Overload(.timestamp, .timestamp, gives: .duration),
                    Overload(.timestamp, .duration, gives: .timestamp),
                ]
        case .multiply, .divide: Operation.same([.int, .uint, .double])
        case .remainder: Operation.same([.int, .uint])
        case .negate: [Overload(.int, gives: .int), Overload(.double, gives: .double)]
        case .not: [Overload(.bool, gives: .bool)]
        case .equal, .notEqual: []
        case .less, .lessOrEqual, .greater, .greaterOrEqual: Operation.ordered
        case .in:
            [
                Overload(.dyn, .list(.dyn), gives: .bool),
                Overload(.dyn, .map(.dyn, .dyn), gives: .bool),
            ]
        case .index:
            [
                Overload(.list(.dyn), .int, gives: .dyn),
                Overload(.map(.dyn, .dyn), .dyn, gives: .dyn),
            ]
        case .size:
            [.string, .bytes, .list(.dyn), .map(.dyn, .dyn)].map { Overload($0, gives: .int) }
        case .contains, .startsWith, .endsWith, .matches:
            [Overload(.string, .string, gives: .bool)]
        case .getFullYear, .getMonth, .getDate, .getDayOfMonth, .getDayOfWeek, .getDayOfYear:
            Operation.calendar
        case .getHours, .getMinutes, .getSeconds, .getMilliseconds:
            Operation.calendar + [Overload(.duration, gives: .int)]
        case .int: Operation.from([.int, .uint, .double, .string, .timestamp], to: .int)
        case .uint: Operation.from([.uint, .int, .double, .string], to: .uint)
        case .double: Operation.from([.double, .int, .uint, .string], to: .double)
        case .string:
            Operation.from(
                [.string, .bool, .int, .uint, .double, .bytes, .timestamp, .duration],
                to: .string
            )
        case .bytes: Operation.from([.bytes, .string], to: .bytes)
        case .bool: Operation.from([.bool, .string], to: .bool)
        case .timestamp: Operation.from([.timestamp, .string, .int], to: .timestamp)
        case .duration: Operation.from([.duration, .string], to: .duration)
        case .type: [Overload(.dyn, gives: .type)]
        case .dyn: [Overload(.dyn, gives: .dyn)]
        }
    }

    private static func same(_ types: [CELType]) -> [Overload] {
        types.map { Overload($0, $0, gives: $0) }
    }

    private static func from(_ types: [CELType], to result: CELType) -> [Overload] {
        types.map { Overload($0, gives: result) }
    }

    private static let calendar = [
        Overload(.timestamp, gives: .int), Overload(.timestamp, .string, gives: .int),
    ]

    private static let ordered: [Overload] = {
        let numbers: [CELType] = [.int, .uint, .double]
        let others: [CELType] = [.bool, .string, .bytes, .timestamp, .duration]
        return numbers.flatMap { left in
            numbers.map { right in Overload(left, right, gives: .bool) }
        } + others.map { Overload($0, $0, gives: .bool) }
    }()
}
