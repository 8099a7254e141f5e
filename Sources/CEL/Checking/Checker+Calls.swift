// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Checker {
    mutating func call(_ operation: Operation, _ operands: [Syntax], _ syntax: Syntax) -> TypedNode
    {
        apply(operation, operands.map { check($0) }, syntax)
    }

    /// `name(…)`: the macro `has`, or a function.
    mutating func function(_ name: String, _ arguments: [Syntax], _ syntax: Syntax) -> TypedNode {
        if name == "has" {
            guard arguments.count == 1 else {
                return wrongCount("has", takes: [1], found: arguments.count, syntax)
            }
            return presence(arguments[0])
        }
        guard let operation = Operation(rawValue: name), operation.isFunction else {
            return unknownFunction(name, arguments, receiver: nil, syntax)
        }
        return call(operation, arguments, syntax)
    }

    /// `receiver.name(…)`: a macro, or a function in receiver style.
    mutating func method(
        _ receiver: Syntax,
        _ name: String,
        _ arguments: [Syntax],
        _ syntax: Syntax
    ) -> TypedNode {
        if let macro = macro(receiver, name, arguments, syntax) { return macro }
        guard let operation = Operation(rawValue: name), operation.isMethod else {
            return unknownFunction(name, arguments, receiver: receiver, syntax)
        }
        return call(operation, [receiver] + arguments, syntax)
    }

    private mutating func apply(
        _ operation: Operation,
        _ operands: [TypedNode],
        _ syntax: Syntax
    ) -> TypedNode {
        if let name = operation.functionName {
            let counts = Set(operation.overloads.map(\.parameters.count))
            guard counts.contains(operands.count) else {
                return wrongCount(name, takes: counts, found: operands.count, syntax)
            }
        }
        guard let result = Overload.result(of: operation, on: operands.map(\.type)) else {
            reportMismatch(operation, operands, syntax)
            return TypedNode(.call(operation, operands), .dyn, syntax.range)
        }
        if environment.checksTypes, let literal = literalText(operation, operands) {
            return checkedLiteral(operation, operands, literal, result, syntax)
        }
        return TypedNode(.call(operation, operands), result, syntax.range)
    }

    /// The literal text an operation will parse, so that its mistakes show before the run.
    private func literalText(_ operation: Operation, _ operands: [TypedNode]) -> TypedNode? {
        let operand: TypedNode? =
            switch operation {
            case .matches: operands.last
            case .timestamp, .duration: operands.first
            default: nil
            }
        guard let operand, case .constant(.string) = operand.kind else { return nil }
        return operand
    }

    private mutating func checkedLiteral(
        _ operation: Operation,
        _ operands: [TypedNode],
        _ literal: TypedNode,
        _ result: CELType,
        _ syntax: Syntax
    ) -> TypedNode {
        let whole = TypedNode(.call(operation, operands), result, syntax.range)
        guard case .constant(let value) = literal.kind, case .string(let text) = value else {
            return whole
        }
        do throws(EvaluationError) {
            switch operation {
            case .matches:
                let pattern = try Pattern(text)
                return TypedNode(.matches(operands[0], literal, pattern), .bool, syntax.range)
            case .timestamp: _ = try value.convertedToTimestamp()
            default: _ = try value.convertedToDuration()
            }
        } catch {
            let hint: String? =
                switch operation {
                case .timestamp: "such as \"2026-01-31T08:30:00Z\""
                case .duration: "such as \"250ms\" or \"1h30m\""
                default: "patterns are RE2's: no back-references, no look-around"
                }
            report(literal.range, error.explained, hint: hint)
        }
        return whole
    }

    private mutating func reportMismatch(
        _ operation: Operation,
        _ operands: [TypedNode],
        _ syntax: Syntax
    ) {
        let types = operands.map(\.type.description)
        if let name = operation.functionName {
            var shown = "\(name)(\(types.joined(separator: ", ")))"
            if case .method = syntax.kind {
                shown = "\(types[0]).\(name)(\(types.dropFirst().joined(separator: ", ")))"
            }
            report(syntax.range, "no matching overload for \(shown)")
            return
        }
        let symbol = operation.rawValue.filter { $0 != "_" }
        let shown =
            switch operation {
            case .index: "\(types[0])[\(types[1])]"
            case .negate, .not: "\(symbol)\(types[0])"
            default: "\(types[0]) \(symbol) \(types[1])"
            }
        report(
            syntax.range,
            "no matching overload for \(shown)",
            hint: Checker.conversionHint(operation, operands)
        )
    }

    /// How two numbers, or a text and something, can be brought together.
    private static func conversionHint(
        _ operation: Operation,
        _ operands: [TypedNode]
    ) -> String? {
        guard operands.count == 2, operation != .index, operation != .in else { return nil }
        let types = operands.map(\.type)
        if types.allSatisfy(\.isNumeric) {
            let wanted: CELType =
                types.contains(.double) ? .double : types.contains(.int) ? .int : .uint
            guard let other = operands.first(where: { $0.type != wanted }) else { return nil }
            if wanted == .double, case .constant(let value) = other.kind,
                case .double(let number)? = try? value.convertedToDouble()
            {
                return "write `\(number)`"
            }
            return "convert the \(other.type) with `\(wanted)()`"
        }
        if types.contains(.duration), types.contains(where: \.isNumeric) {
            return "write a duration such as `duration(\"250ms\")`"
        }
        if types.contains(.string), operation == .add {
            return "convert the other side with `string()`"
        }
        return nil
    }

    /// Reports a call with too many or too few arguments; there is nothing to run.
    private mutating func wrongCount(
        _ name: String,
        takes counts: Set<Int>,
        found: Int,
        _ syntax: Syntax
    ) -> TypedNode {
        // A receiver is no argument.
        let receivers = if case .method = syntax.kind { 1 } else { 0 }
        let wanted = counts.map { $0 - receivers }.sorted()
        let shown = wanted.map(\.description).joined(separator: " or ")
        report(
            syntax.range,
            "`\(name)` takes \(shown) \(wanted == [1] ? "argument" : "arguments"); "
                + "found \(found - receivers)"
        )
        return invalid(syntax.range)
    }

    private mutating func unknownFunction(
        _ name: String,
        _ arguments: [Syntax],
        receiver: Syntax?,
        _ syntax: Syntax
    ) -> TypedNode {
        if environment.checksTypes {
            // Problems inside are worth a word too.
            for operand in (receiver.map { [$0] } ?? []) + arguments {
                _ = check(operand)
            }
        }
        report(
            syntax.focus,
            "unknown function `\(name)`",
            hint: hint(unknownFunction: name, receiver)
        )
        return failure(
            EvaluationError(code: .noOverload, message: "unknown function `\(name)`"),
            syntax.range
        )
    }

    private func hint(unknownFunction name: String, _ receiver: Syntax?) -> String? {
        if let operation = Operation(rawValue: name), operation.functionName != nil {
            return receiver == nil
                ? "write `x.\(name)(…)`" : "write `\(name)(x)`"
        }
        if receiver == nil, Checker.macroNames.contains(name) { return "write `x.\(name)(…)`" }
        let known = Operation.allCases.filter { receiver == nil ? $0.isFunction : $0.isMethod }
            .compactMap(\.functionName)
        let macros = receiver == nil ? ["has"] : Array(Checker.macroNames)
        return Suggestion.closest(to: name, among: known + macros.sorted())
            .map { "did you mean `\($0)`?" }
    }
}
