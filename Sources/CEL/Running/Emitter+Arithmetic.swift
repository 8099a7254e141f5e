// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Emitter {
    /// Arithmetic on two scalars of one type, without boxing; nil for other operands.
    func scalarArithmetic(_ operation: Operation, _ left: Code, _ right: Code) -> Code? {
        switch (left, right) {
        case (.double(let left), .double(let right)):
            return doubles(operation, left.term, right.term).map { .double(.code($0)) }
        case (.int(let left), .int(let right)):
            return integers(operation, left.term, right.term).map { .int(.code($0)) }
        case (.uint(let left), .uint(let right)):
            return integers(operation, left.term, right.term).map { .uint(.code($0)) }
        case (.duration(let left), .duration(let right)):
            guard operation == .add || operation == .subtract else { return nil }
            return integers(operation, left.term, right.term).map { .duration(.code($0)) }
        default: return nil
        }
    }

    private func doubles(
        _ operation: Operation,
        _ left: Term<Double>,
        _ right: Term<Double>
    ) -> BitsCode? {
        switch operation {
        case .add:
            { frame throws(EvaluationError) in (try left(frame) + right(frame)).bits }
        case .subtract:
            { frame throws(EvaluationError) in (try left(frame) - right(frame)).bits }
        case .multiply:
            { frame throws(EvaluationError) in (try left(frame) * right(frame)).bits }
        case .divide:
            { frame throws(EvaluationError) in (try left(frame) / right(frame)).bits }
        default: nil
        }
    }

    private func integers<T: Scalar & FixedWidthInteger>(
        _ operation: Operation,
        _ left: Term<T>,
        _ right: Term<T>
    ) -> BitsCode? {
        switch operation {
        case .add:
            { frame throws(EvaluationError) in try Checked.add(left(frame), right(frame)).bits }
        case .subtract:
            { frame throws(EvaluationError) in
                try Checked.subtract(left(frame), right(frame)).bits
            }
        case .multiply:
            { frame throws(EvaluationError) in
                try Checked.multiply(left(frame), right(frame)).bits
            }
        case .divide:
            { frame throws(EvaluationError) in try Checked.divide(left(frame), right(frame)).bits }
        case .remainder:
            { frame throws(EvaluationError) in
                try Checked.remainder(left(frame), right(frame)).bits
            }
        default: nil
        }
    }

    /// Arithmetic on values whose types only the run knows.
    func valueArithmetic(
        _ operation: Operation,
        _ left: @escaping ValueCode,
        _ right: @escaping ValueCode
    ) -> Code {
        .value { frame throws(EvaluationError) in
            let (left, right) = (try left(frame), try right(frame))
            switch operation {
            case .add:
                // What is joined is copied, so that growth is paid for.
                try frame.chargeWalk(left)
                try frame.chargeWalk(right)
                return try left.adding(right)
            case .subtract: return try left.subtracting(right)
            case .multiply: return try left.multiplied(by: right)
            case .divide: return try left.divided(by: right)
            default: return try left.remainder(dividingBy: right)
            }
        }
    }
}
