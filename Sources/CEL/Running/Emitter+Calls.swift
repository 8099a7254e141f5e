// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Emitter {
    func call(_ operation: Operation, _ operands: [TypedNode], _ codes: [Code]) -> Code {
        switch operation {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
            return scalarComparison(operation, codes[0], codes[1])
                ?? valueComparison(operation, codes[0], codes[1])
        case .add, .subtract, .multiply, .divide, .remainder:
            return scalarArithmetic(operation, codes[0], codes[1])
                ?? valueArithmetic(operation, codes[0].boxed, codes[1].boxed)
        case .not:
            guard case .bool(let operand) = codes[0] else {
                return value(codes[0]) { value throws(EvaluationError) in
                    guard case .bool(let value) = value else { throw .noOverload("!", value) }
                    return .bool(!value)
                }
            }
            let term = operand.term
            return .bool(.code { frame throws(EvaluationError) in (!(try term(frame))).bits })
        case .negate:
            return value(codes[0]) { value throws(EvaluationError) in try value.negated() }
        case .in: return membership(codes[0].boxed, codes[1])
        case .index:
            let (left, right) = (codes[0].boxed, codes[1].boxed)
            return .value { frame throws(EvaluationError) in
                let (whole, key) = (try left(frame), try right(frame))
                try frame.chargeWalk(key)
                return try whole.indexed(by: key)
            }
        case .dyn: return .value(codes[0].boxed)
        case .type:
            return value(codes[0]) { value throws(EvaluationError) in .type(value.typeName) }
        case .int, .uint, .double, .string, .bytes, .bool, .timestamp, .duration:
            return conversion(operation, codes[0])
        case .size, .contains, .startsWith, .endsWith, .matches:
            return text(operation, codes.map(\.boxed))
        default: return accessor(operation, codes.map(\.boxed))
        }
    }

    func value(
        _ code: Code,
        _ apply: @escaping @Sendable (Value) throws(EvaluationError) -> Value
    ) -> Code {
        let code = code.boxed
        return .value { frame throws(EvaluationError) in try apply(try code(frame)) }
    }

    private func membership(_ element: @escaping ValueCode, _ whole: Code) -> Code {
        if case .constant(let list) = whole, case .list(let values) = list {
            let cost = Cost.walk(list.deepExtent)
            return .bool(
                .code { frame throws(EvaluationError) in
                    try frame.charge(cost)
                    let element = try element(frame)
                    return values.contains { $0.isEqual(to: element) }.bits
                }
            )
        }
        let whole = whole.boxed
        return .bool(
            .code { frame throws(EvaluationError) in
                let element = try element(frame)
                let whole = try whole(frame)
                if case .list = whole { try frame.charge(Cost.walk(whole.deepExtent)) }
                try frame.chargeWalk(element)
                return try whole.contains(element).bits
            }
        )
    }

    private func conversion(_ operation: Operation, _ code: Code) -> Code {
        switch (operation, code) {
        case (.double, .int(let operand)):
            let term = operand.term
            return .double(
                .code { frame throws(EvaluationError) in Double(try term(frame)).bits }
            )
        case (.double, .double), (.int, .int), (.uint, .uint), (.bool, .bool),
            (.duration, .duration):
            return code
        default: break
        }
        let code = code.boxed
        return Code.value { frame throws(EvaluationError) in
            let value = try code(frame)
            try frame.chargeWalk(value)
            return try value.converted(by: operation)
        }
        .typed(operation)
    }

    private func text(_ operation: Operation, _ codes: [ValueCode]) -> Code {
        guard codes.count == 2 else {
            guard operation == .size, let code = codes.first else {
                return Emitter.unfit(operation)
            }
            return .int(
                .code { frame throws(EvaluationError) in
                    let value = try code(frame)
                    if case .string = value { try frame.chargeWalk(value) }
                    return try value.size().bits
                }
            )
        }
        let (left, right) = (codes[0], codes[1])
        return .bool(
            .code { frame throws(EvaluationError) in
                let (text, other) = (try left(frame), try right(frame))
                guard case .string(let whole) = text, case .string(let part) = other else {
                    throw .noOverload(operation.rawValue, text, other)
                }
                switch operation {
                case .contains:
                    try frame.chargeWalk(text)
                    try frame.chargeWalk(other)
                    return Text.contains(whole, part).bits
                case .startsWith:
                    try frame.charge(Cost.comparison(text, other))
                    return Text.hasPrefix(whole, part).bits
                case .endsWith:
                    try frame.charge(Cost.comparison(text, other))
                    return Text.hasSuffix(whole, part).bits
                case .matches:
                    try frame.charge(Cost.pattern(length: part.utf8.count))
                    return try Pattern(part).matches(whole, in: frame).bits
                default: throw .noOverload(operation.rawValue, text, other)
                }
            }
        )
    }

    private func accessor(_ operation: Operation, _ codes: [ValueCode]) -> Code {
        guard let code = codes.first, codes.count <= 2 else { return Emitter.unfit(operation) }
        let zone = codes.count == 2 ? codes[1] : nil
        let zones = zones
        return .int(
            .code { frame throws(EvaluationError) in
                let value = try code(frame)
                guard let zone else { return try value.field(operation, offset: 0).bits }
                let name = try zone(frame)
                guard case .timestamp(let instant) = value, case .string(let text) = name else {
                    throw .noOverload(operation.rawValue, value, name)
                }
                let offset = try zones.offset(of: text, at: instant.seconds)
                return try value.field(operation, offset: offset).bits
            }
        )
    }

    /// A call with a number of operands that the operation never takes.
    private static func unfit(_ operation: Operation) -> Code {
        let error = EvaluationError(
            code: .noOverload,
            message: "no such overload: \(operation.rawValue)"
        )
        return .value { _ throws(EvaluationError) in throw error }
    }
}

extension Code {
    /// The code of a conversion with the scalar type it always gives.
    fileprivate func typed(_ operation: Operation) -> Code {
        switch operation {
        case .int: .int(scalar(.int))
        case .uint: .uint(scalar(.uint))
        case .double: .double(scalar(.double))
        case .bool: .bool(scalar(.bool))
        case .duration: .duration(scalar(.duration))
        default: self
        }
    }
}
