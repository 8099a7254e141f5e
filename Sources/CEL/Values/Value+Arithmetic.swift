// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The dynamic forms of the operators, for operands whose types are known only at run time.
extension Value {
    func adding(_ other: Value) throws(EvaluationError) -> Value {
        switch (self, other) {
        case (.int(let left), .int(let right)): return .int(try Checked.add(left, right))
        case (.uint(let left), .uint(let right)): return .uint(try Checked.add(left, right))
        case (.double(let left), .double(let right)): return .double(left + right)
        case (.string(let left), .string(let right)): return .string(left + right)
        case (.bytes(let left), .bytes(let right)): return .bytes(left + right)
        case (.list(let left), .list(let right)): return .list(left + right)
        case (.duration(let left), .duration(let right)):
            return .duration(nanoseconds: try Checked.add(left, right, "the duration"))
        case (.timestamp(let instant), .duration(let span)),
            (.duration(let span), .timestamp(let instant)):
            return .timestamp(try instant.advanced(by: span))
        default: throw .noOverload(self, "+", other)
        }
    }

    func subtracting(_ other: Value) throws(EvaluationError) -> Value {
        switch (self, other) {
        case (.int(let left), .int(let right)): return .int(try Checked.subtract(left, right))
        case (.uint(let left), .uint(let right)): return .uint(try Checked.subtract(left, right))
        case (.double(let left), .double(let right)): return .double(left - right)
        case (.duration(let left), .duration(let right)):
            return .duration(nanoseconds: try Checked.subtract(left, right, "the duration"))
        case (.timestamp(let left), .timestamp(let right)):
            return .duration(nanoseconds: try left.nanoseconds(since: right))
        case (.timestamp(let instant), .duration(let span)):
            return .timestamp(try instant.advanced(by: span, backwards: true))
        default: throw .noOverload(self, "-", other)
        }
    }

    func multiplied(by other: Value) throws(EvaluationError) -> Value {
        switch (self, other) {
        case (.int(let left), .int(let right)): .int(try Checked.multiply(left, right))
        case (.uint(let left), .uint(let right)): .uint(try Checked.multiply(left, right))
        case (.double(let left), .double(let right)): .double(left * right)
        default: throw .noOverload(self, "*", other)
        }
    }

    func divided(by other: Value) throws(EvaluationError) -> Value {
        switch (self, other) {
        case (.int(let left), .int(let right)): .int(try Checked.divide(left, right))
        case (.uint(let left), .uint(let right)): .uint(try Checked.divide(left, right))
        case (.double(let left), .double(let right)): .double(left / right)
        default: throw .noOverload(self, "/", other)
        }
    }

    func remainder(dividingBy other: Value) throws(EvaluationError) -> Value {
        switch (self, other) {
        case (.int(let left), .int(let right)): .int(try Checked.remainder(left, right))
        case (.uint(let left), .uint(let right)): .uint(try Checked.remainder(left, right))
        default: throw .noOverload(self, "%", other)
        }
    }

    func negated() throws(EvaluationError) -> Value {
        switch self {
        case .int(let value): .int(try Checked.subtract(0, value))
        case .double(let value): .double(-value)
        default: throw .noOverload("-", self)
        }
    }
}

/// Integer arithmetic that reports what does not fit instead of trapping or wrapping.
enum Checked {
    static func add<T: FixedWidthInteger>(
        _ left: T,
        _ right: T,
        _ what: String = "the sum"
    ) throws(EvaluationError) -> T {
        let (result, overflows) = left.addingReportingOverflow(right)
        guard !overflows else { throw .overflow(what) }
        return result
    }

    static func subtract<T: FixedWidthInteger>(
        _ left: T,
        _ right: T,
        _ what: String = "the difference"
    ) throws(EvaluationError) -> T {
        let (result, overflows) = left.subtractingReportingOverflow(right)
        guard !overflows else { throw .overflow(what) }
        return result
    }

    static func multiply<T: FixedWidthInteger>(
        _ left: T,
        _ right: T
    ) throws(EvaluationError) -> T {
        let (result, overflows) = left.multipliedReportingOverflow(by: right)
        guard !overflows else { throw .overflow("the product") }
        return result
    }

    static func divide<T: FixedWidthInteger>(
        _ left: T,
        _ right: T
    ) throws(EvaluationError) -> T {
        guard right != 0 else { throw .divideByZero("division") }
        let (result, overflows) = left.dividedReportingOverflow(by: right)
        guard !overflows else { throw .overflow("the quotient") }
        return result
    }

    static func remainder<T: FixedWidthInteger>(
        _ left: T,
        _ right: T
    ) throws(EvaluationError) -> T {
        guard right != 0 else { throw .divideByZero("modulus") }
        let (result, overflows) = left.remainderReportingOverflow(dividingBy: right)
        guard !overflows else { throw .overflow("the remainder") }
        return result
    }
}
