// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Emitter {
    /// A comparison of two scalars of one type, read without boxing; nil for other operands.
    func scalarComparison(_ operation: Operation, _ left: Code, _ right: Code) -> Code? {
        switch (left, right) {
        case (.double(let left), .double(let right)): compare(operation, left, right)
        case (.int(let left), .int(let right)): compare(operation, left, right)
        case (.uint(let left), .uint(let right)): compare(operation, left, right)
        case (.duration(let left), .duration(let right)): compare(operation, left, right)
        case (.bool(let left), .bool(let right)): equality(operation, left, right)
        default: nil
        }
    }

    private func compare<T: Scalar & Comparable>(
        _ operation: Operation,
        _ left: Operand<T>,
        _ right: Operand<T>
    ) -> Code? {
        switch operation {
        case .less: Emitter.compare(left, right) { $0 < $1 }
        case .lessOrEqual: Emitter.compare(left, right) { $0 <= $1 }
        case .greater: Emitter.compare(right, left) { $0 < $1 }
        case .greaterOrEqual: Emitter.compare(right, left) { $0 <= $1 }
        default: equality(operation, left, right)
        }
    }

    private func equality<T: Scalar>(
        _ operation: Operation,
        _ left: Operand<T>,
        _ right: Operand<T>
    ) -> Code? {
        switch operation {
        case .equal: Emitter.compare(left, right) { $0 == $1 }
        case .notEqual: Emitter.compare(left, right) { $0 != $1 }
        default: nil
        }
    }

    /// One closure for the shapes that conditions are made of, instead of three nested ones.
    @inline(__always)
    private static func compare<T: Scalar>(
        _ left: Operand<T>,
        _ right: Operand<T>,
        _ holds: @escaping @Sendable (T, T) -> Bool
    ) -> Code {
        let code: BitsCode
        switch (left, right) {
        case (.slot(let left, let kind), .slot(let right, _)):
            code = { frame throws(EvaluationError) in
                holds(T(bits: try frame.bits(left, kind)), T(bits: try frame.bits(right, kind)))
                    .bits
            }
        case (.slot(let slot, let kind), .constant(let right)):
            code = { frame throws(EvaluationError) in
                holds(T(bits: try frame.bits(slot, kind)), right).bits
            }
        case (.constant(let left), .slot(let slot, let kind)):
            code = { frame throws(EvaluationError) in
                holds(left, T(bits: try frame.bits(slot, kind))).bits
            }
        default:
            let left = left.term
            let right = right.term
            code = { frame throws(EvaluationError) in
                holds(try left(frame), try right(frame)).bits
            }
        }
        return .bool(.code(code))
    }

    /// A comparison of values whose types only the run knows.
    func valueComparison(_ operation: Operation, _ left: Code, _ right: Code) -> Code {
        let code = boxedComparison(operation, left, right)
        guard case .slot(let slot) = left, case .double(.constant(let limit)) = right,
            case .bool(.code(let general)) = code
        else { return code }
        return .bool(.code(numberComparison(operation, slot, limit, otherwise: general)))
    }

    /// A slot that mostly holds a double, against one: what most conditions on fields are.
    ///
    /// Says the same as the general way, which it leaves everything else to; comparing numbers is free.
    private func numberComparison(
        _ operation: Operation,
        _ slot: Int,
        _ limit: Double,
        otherwise general: @escaping BitsCode
    ) -> BitsCode {
        @inline(__always)
        func code(_ holds: @escaping @Sendable (Double, Double) -> Bool) -> BitsCode {
            { frame throws(EvaluationError) in
                guard let number = frame.double(slot) else { return try general(frame) }
                return holds(number, limit).bits
            }
        }
        return switch operation {
        case .less: code { $0 < $1 }
        case .lessOrEqual: code { $0 <= $1 }
        case .greater: code { $0 > $1 }
        case .greaterOrEqual: code { $0 >= $1 }
        default: general
        }
    }

    private func boxedComparison(_ operation: Operation, _ left: Code, _ right: Code) -> Code {
        let left = left.boxed
        let right = right.boxed
        switch operation {
        case .equal, .notEqual:
            let wanted = operation == .equal
            return .bool(
                .code { frame throws(EvaluationError) in
                    let (left, right) = (try left(frame), try right(frame))
                    try frame.charge(Cost.comparison(left, right))
                    return (left.isEqual(to: right) == wanted).bits
                }
            )
        default:
            return .bool(
                .code { frame throws(EvaluationError) in
                    let (left, right) = (try left(frame), try right(frame))
                    guard let order = left.order(right) else {
                        throw .noOverload(left, operation.symbol, right)
                    }
                    try frame.charge(Cost.comparison(left, right))
                    return order.satisfies(operation).bits
                }
            )
        }
    }
}

extension Value.Order {
    fileprivate func satisfies(_ operation: Operation) -> Bool {
        switch operation {
        case .less: self == .before
        case .lessOrEqual: self == .before || self == .same
        case .greater: self == .after
        default: self == .after || self == .same
        }
    }
}

extension Operation {
    /// The operator as it is written.
    var symbol: String { rawValue.filter { $0 != "_" } }
}

extension Frame {
    /// Charges for copying or searching a value; scalars are free.
    func chargeWalk(_ value: Value) throws(EvaluationError) {
        try charge(Cost.walk(value.extent))
    }
}
