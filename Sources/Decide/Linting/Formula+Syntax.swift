// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CEL

/// Makes formulas of compiled conditions.
struct FormulaMaker {
    /// The named expressions by their slots, which are seen through.
    let lets: [Int: ExpressionView]

    init(_ lets: [NamedExpression]) {
        self.lets = Dictionary(
            lets.map { ($0.slot, $0.program.syntax) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// The formula of a condition.
    func formula(_ program: Program) -> Formula {
        formula(program.syntax, isInside: false)
    }

    private func formula(_ view: ExpressionView, isInside: Bool) -> Formula {
        if case .bool(let value)? = Self.value(view) { return .constant(value) }
        switch view.kind {
        case .and:
            return .all(view.children.map { formula($0, isInside: isInside) })
        case .or:
            return .any(view.children.map { formula($0, isInside: isInside) })
        case .call(name: "!_"):
            guard let operand = view.children.first else { break }
            return formula(operand, isInside: isInside).negated
        case .variable(let slot, _):
            if let expression = lets[slot], view.type == .bool {
                return formula(expression, isInside: true)
            }
        case .call(let name):
            if let found = comparison(name, view, isInside: isInside) { return found }
        default: break
        }
        return .comparison(flag(view, isInside: isInside))
    }

    /// A truth value that is not looked into.
    private func flag(_ view: ExpressionView, isInside: Bool) -> Comparison {
        Comparison(
            term: Self.written(view),
            variable: Self.variable(view),
            relation: .equal,
            constant: .flag(true),
            isFlag: true,
            text: view.text,
            range: isInside ? nil : view.range
        )
    }

    private func comparison(
        _ name: String,
        _ view: ExpressionView,
        isInside: Bool
    ) -> Formula? {
        guard view.children.count == 2 else { return nil }
        let (left, right) = (view.children[0], view.children[1])
        if name == "_in_" || name == "@in" {
            return membership(left, right, view, isInside: isInside)
        }
        guard let relation = Self.relation(name) else { return nil }
        if let constant = Self.constant(right) {
            return .comparison(make(left, relation, constant, view, isInside))
        }
        if let constant = Self.constant(left) {
            return .comparison(make(right, relation.mirrored, constant, view, isInside))
        }
        guard Self.value(right) == nil, Self.value(left) == nil else { return nil }
        // Two terms: what is known is which one is greater.
        let terms = (Self.written(left), Self.written(right))
        let isSwapped = terms.1 < terms.0
        return .comparison(
            Comparison(
                term: isSwapped ? "\(terms.1) ~ \(terms.0)" : "\(terms.0) ~ \(terms.1)",
                variable: nil,
                relation: isSwapped ? relation.mirrored : relation,
                constant: .number(0),
                mayBeNaN: true,
                text: view.text,
                range: isInside ? nil : view.range
            )
        )
    }

    /// `term in ["a", "b"]`.
    private func membership(
        _ term: ExpressionView,
        _ list: ExpressionView,
        _ view: ExpressionView,
        isInside: Bool
    ) -> Formula? {
        guard case .list(let values)? = Self.value(list) else { return nil }
        var parts: [Formula] = []
        for value in values {
            guard let constant = Self.constant(value) else { return nil }
            parts.append(.comparison(make(term, .equal, constant, view, isInside)))
        }
        return .any(parts)
    }

    private func make(
        _ term: ExpressionView,
        _ relation: Comparison.Relation,
        _ constant: Comparison.Constant,
        _ view: ExpressionView,
        _ isInside: Bool
    ) -> Comparison {
        let variable = Self.variable(term)
        var mayBeNaN = false
        if case .number = constant, term.type != .int, term.type != .duration,
            variable?.isAlwaysThere != true
        {
            mayBeNaN = true
        }
        return Comparison(
            term: Self.written(term),
            variable: variable,
            relation: relation,
            constant: constant,
            isFlag: term.type == .bool,
            mayBeNaN: mayBeNaN,
            text: view.text,
            range: isInside ? nil : view.range
        )
    }

    private static func variable(_ view: ExpressionView) -> ConditionVariable? {
        guard case .variable(let slot, _) = view.kind else { return nil }
        return ConditionVariable(rawValue: slot)
    }

    private static func relation(_ name: String) -> Comparison.Relation? {
        switch name {
        case "_<_": .less
        case "_<=_": .atMost
        case "_>_": .more
        case "_>=_": .atLeast
        case "_==_": .equal
        case "_!=_": .different
        default: nil
        }
    }

    private static func constant(_ view: ExpressionView) -> Comparison.Constant? {
        value(view).flatMap { constant($0) }
    }

    /// The value a node always has; nil for one with a macro, whose work is not worth a lint.
    private static func value(_ view: ExpressionView) -> Value? {
        isSimple(view, depth: 0) ? view.constantValue : nil
    }

    private static func isSimple(_ view: ExpressionView, depth: Int) -> Bool {
        switch view.kind {
        case .comprehension, .variable, .presence, .local: false
        case .constant: true
        default: depth < 16 && view.children.allSatisfy { isSimple($0, depth: depth + 1) }
        }
    }

    /// The constant in a form that loses nothing; whole numbers beyond 2⁵³ have none.
    private static func constant(_ value: Value) -> Comparison.Constant? {
        let exact = Int64(1) << 53
        switch value {
        case .double(let number): return number.isNaN ? nil : .number(number)
        case .int(let number):
            return number.magnitude <= UInt64(exact) ? .number(Double(number)) : nil
        case .uint(let number): return number <= UInt64(exact) ? .number(Double(number)) : nil
        case .duration(let number):
            return number.magnitude <= UInt64(exact) ? .number(Double(number)) : nil
        case .string(let text): return .text(text)
        case .bool(let flag): return .flag(flag)
        default: return nil
        }
    }

    /// An expression written in one way: two that are written alike have the same value.
    private static func written(_ view: ExpressionView) -> String {
        let children = view.children.map { written($0) }.joined(separator: ", ")
        switch view.kind {
        case .variable(_, let name): return name
        case .call(let name): return "\(name)(\(children))"
        case .select(let field): return "\(children).\(field)"
        case .and: return "and(\(children))"
        case .or: return "or(\(children))"
        case .conditional: return "if(\(children))"
        case .list: return "[\(children)]"
        case .constant(let value): return "\(value)"
        // Their variables belong to them, so their text says all.
        case .local, .comprehension, .map, .presence, .other: return view.text
        }
    }
}
