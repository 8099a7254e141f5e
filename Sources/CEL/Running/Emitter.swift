// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Turns a typed tree into closures, with direct forms for scalars and constants folded.
struct Emitter {
    let zones: ZoneDatabase

    func emit(_ node: TypedNode) -> Code {
        switch node.kind {
        case .constant(let value): return Code(constant: value)
        case .known(let value): return Code(known: value)
        case .slot(let slot): return Code(slot: slot, type: node.type)
        case .presence(let slot):
            return .bool(.code { frame throws(EvaluationError) in try frame.isPresent(slot).bits })
        case .select(let operand, let field): return select(operand, field)
        case .has(let operand, let field):
            let code = emit(operand).boxed
            return .bool(
                .code { frame throws(EvaluationError) in try code(frame).hasField(field).bits }
            )
        case .call(let operation, let operands):
            let codes = operands.map(emit)
            return folded(call(operation, operands, codes), operands: codes)
        case .matches(let operand, _, let pattern): return matches(emit(operand), pattern)
        case .and(let operands): return logic(operands.map { emit($0).boolean }, until: false)
        case .or(let operands): return logic(operands.map { emit($0).boolean }, until: true)
        case .conditional(let condition, let first, let second):
            return conditional(emit(condition).boolean, emit(first), emit(second))
        case .list(let elements): return list(elements.map(emit))
        case .map(let entries): return map(entries)
        case .comprehension(let comprehension): return self.comprehension(comprehension)
        case .failure(let error): return .value { _ throws(EvaluationError) in throw error }
        }
    }

    /// The code's value where it needs no frame and does not fail, otherwise the code.
    private func folded(_ code: Code, operands: [Code]) -> Code {
        guard operands.allSatisfy({ $0.constantValue != nil }) else { return code }
        let frame = Frame(names: [])
        guard let value = try? code.boxed(frame) else { return code }
        return Code(constant: value)
    }

    private func select(_ operand: TypedNode, _ field: String) -> Code {
        if case .slot(let slot) = operand.kind, operand.type.slotKind == nil {
            return .value { frame throws(EvaluationError) in
                try frame.load(slot).selecting(field)
            }
        }
        let code = emit(operand).boxed
        return .value { frame throws(EvaluationError) in try code(frame).selecting(field) }
    }

    private func matches(_ text: Code, _ pattern: Pattern) -> Code {
        let code = text.boxed
        return .bool(
            .code { frame throws(EvaluationError) in
                let value = try code(frame)
                guard case .string(let text) = value else { throw .noOverload("matches", value) }
                return try pattern.matches(text, in: frame).bits
            }
        )
    }

    private func conditional(_ condition: Term<Bool>, _ first: Code, _ second: Code) -> Code {
        switch (first, second) {
        case (.bool(let first), .bool(let second)): .bool(choice(condition, first, second))
        case (.int(let first), .int(let second)): .int(choice(condition, first, second))
        case (.uint(let first), .uint(let second)): .uint(choice(condition, first, second))
        case (.double(let first), .double(let second)): .double(choice(condition, first, second))
        case (.duration(let first), .duration(let second)):
            .duration(choice(condition, first, second))
        default: choice(condition, first.boxed, second.boxed)
        }
    }

    private func choice<T>(
        _ condition: Term<Bool>,
        _ first: Operand<T>,
        _ second: Operand<T>
    ) -> Operand<T> {
        let (first, second) = (first.term, second.term)
        return .code { frame throws(EvaluationError) in
            try condition(frame) ? try first.bits(frame) : try second.bits(frame)
        }
    }

    private func choice(
        _ condition: Term<Bool>,
        _ first: @escaping ValueCode,
        _ second: @escaping ValueCode
    ) -> Code {
        .value { frame throws(EvaluationError) in
            try condition(frame) ? try first(frame) : try second(frame)
        }
    }

    private func list(_ elements: [Code]) -> Code {
        let constants = elements.compactMap(\.constantValue)
        if constants.count == elements.count { return .constant(.list(constants)) }
        let codes = elements.map(\.boxed)
        return .value { frame throws(EvaluationError) in
            var values: [Value] = []
            values.reserveCapacity(codes.count)
            for code in codes {
                values.append(try code(frame))
            }
            return .list(values)
        }
    }

    private func map(_ entries: [(key: TypedNode, value: TypedNode)]) -> Code {
        let codes = entries.map { (key: emit($0.key), value: emit($0.value)) }
        let boxed = codes.map { (key: $0.key.boxed, value: $0.value.boxed) }
        let code = Code.value { frame throws(EvaluationError) in
            var entries: [ValueMap.Entry] = []
            entries.reserveCapacity(boxed.count)
            for (key, value) in boxed {
                let entry = ValueMap.Entry(key: try key(frame), value: try value(frame))
                try frame.chargeWalk(entry.key)
                entries.append(entry)
            }
            return .map(try ValueMap(entries))
        }
        return folded(code, operands: codes.flatMap { [$0.key, $0.value] })
    }
}
