// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Resolves names and overloads and gives every node a type, reporting all that does not fit.
///
/// Gradual: what is `dyn` is let through and checked by the run. In an environment that does not
/// check types nothing is reported, and what could not be resolved fails when it is evaluated.
struct Checker {
    let environment: Environment
    var problems: ProblemList
    private(set) var localCount = 0
    private var scopes: [Local] = []

    struct Local {
        let name: String
        let slot: Int
        let type: CELType
    }

    init(environment: Environment, problems: ProblemList) {
        self.environment = environment
        self.problems = problems
    }

    mutating func check(_ syntax: Syntax) -> TypedNode {
        let range = syntax.range
        switch syntax.kind {
        case .literal(let value): return TypedNode(.constant(value), value.literalType, range)
        case .name, .select: return path(syntax)
        case .index(let operand, let key):
            return call(.index, [operand, key], syntax)
        case .call(let name, let arguments): return function(name, arguments, syntax)
        case .method(let receiver, let name, let arguments):
            return method(receiver, name, arguments, syntax)
        case .unary(let symbol, let operand):
            return call(symbol == .not ? .not : .negate, [operand], syntax)
        case .binary(let symbol, let left, let right):
            guard let operation = Operation(binary: symbol) else { return invalid(range) }
            return call(operation, [left, right], syntax)
        case .and(let operands): return TypedNode(.and(conditions(operands)), .bool, range)
        case .or(let operands): return TypedNode(.or(conditions(operands)), .bool, range)
        case .conditional(let condition, let first, let second):
            return conditional(condition, first, second, range)
        case .list(let elements):
            let typed = elements.map { check($0) }
            return TypedNode(.list(typed), .list(joined(typed)), range)
        case .map(let entries):
            let typed = entries.map { (key: mapKey($0.key), value: check($0.value)) }
            let type = CELType.map(joined(typed.map(\.key)), joined(typed.map(\.value)))
            return TypedNode(.map(typed), type, range)
        case .invalid: return invalid(range)
        }
    }

    /// Reports, unless types are left to the run.
    mutating func report(_ range: Range<Int>, _ message: String, hint: String? = nil) {
        guard environment.checksTypes else { return }
        problems.report(range, message, hint: hint)
    }

    func invalid(_ range: Range<Int>) -> TypedNode {
        failure(EvaluationError(code: .noOverload, message: "no such overload"), range)
    }

    func failure(_ error: EvaluationError, _ range: Range<Int>) -> TypedNode {
        TypedNode(.failure(error), .dyn, range)
    }

    /// The local `name`, innermost first.
    func local(_ name: String) -> Local? {
        scopes.last { $0.name == name }
    }

    var localNames: [String] { scopes.map(\.name) }

    /// Opens a scope with a new local; its slot is above all variables.
    mutating func open(_ name: String, _ type: CELType) -> Int {
        let slot = environment.names.count + scopes.count
        scopes.append(Local(name: name, slot: slot, type: type))
        localCount = max(localCount, scopes.count)
        return slot
    }

    mutating func close(_ count: Int) {
        scopes.removeLast(count)
    }

    private mutating func conditions(_ operands: [Syntax]) -> [TypedNode] {
        operands.map { condition($0) }
    }

    /// A node that must be a bool.
    mutating func condition(_ syntax: Syntax) -> TypedNode {
        let typed = check(syntax)
        if !typed.type.isAssignable(to: .bool) {
            report(
                syntax.range,
                "expected bool, found \(typed.type)",
                hint: "compare it with something"
            )
        }
        return typed
    }

    private mutating func conditional(
        _ condition: Syntax,
        _ first: Syntax,
        _ second: Syntax,
        _ range: Range<Int>
    ) -> TypedNode {
        let typed = (self.condition(condition), check(first), check(second))
        let (left, right) = (typed.1.type, typed.2.type)
        if !left.isAssignable(to: right), !right.isAssignable(to: left) {
            report(
                range,
                "the two sides of `? :` must be of one type; found \(left) and \(right)",
                hint: "wrap one in `dyn()` if that is meant"
            )
        }
        return TypedNode(.conditional(typed.0, typed.1, typed.2), left.joined(with: right), range)
    }

    private mutating func mapKey(_ syntax: Syntax) -> TypedNode {
        let typed = check(syntax)
        switch typed.type {
        case .bool, .int, .uint, .string, .dyn: break
        default:
            report(
                syntax.range,
                "a \(typed.type) cannot be a map key",
                hint: "keys are bool, int, uint or string"
            )
        }
        return typed
    }

    private func joined(_ nodes: [TypedNode]) -> CELType {
        guard let first = nodes.first else { return .dyn }
        return nodes.dropFirst().reduce(first.type) { $0.joined(with: $1.type) }
    }
}

extension Value {
    /// The checker's type of a literal.
    var literalType: CELType {
        switch self {
        case .null: .null
        case .bool: .bool
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .string: .string
        case .bytes: .bytes
        case .list: .list(.dyn)
        case .map: .map(.dyn, .dyn)
        case .timestamp: .timestamp
        case .duration: .duration
        case .type: .type
        }
    }
}
