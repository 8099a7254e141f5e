// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Checker {
    static let macroNames: Set<String> = [
        "all", "exists", "exists_one", "existsOne", "filter", "map", "transformList",
        "transformMap", "transformMapEntry",
    ]

    /// What a macro's arguments are, in order.
    private struct Shape {
        let form: TypedNode.Comprehension.Form
        let variables: Int
        let hasCondition: Bool
        let hasTransform: Bool

        init(
            _ form: TypedNode.Comprehension.Form,
            _ variables: Int,
            condition: Bool = true,
            transform: Bool = false
        ) {
            self.form = form
            self.variables = variables
            hasCondition = condition
            hasTransform = transform
        }
    }

    private static func shape(_ name: String, _ count: Int) -> Shape? {
        switch (name, count) {
        case ("all", 2): Shape(.all, 1)
        case ("all", 3): Shape(.all, 2)
        case ("exists", 2): Shape(.exists, 1)
        case ("exists", 3): Shape(.exists, 2)
        case ("exists_one", 2), ("existsOne", 2): Shape(.existsOne, 1)
        case ("exists_one", 3), ("existsOne", 3): Shape(.existsOne, 2)
        case ("filter", 2): Shape(.filter, 1)
        case ("map", 2): Shape(.map, 1, condition: false, transform: true)
        case ("map", 3): Shape(.map, 1, transform: true)
        case ("transformList", 3): Shape(.map, 2, condition: false, transform: true)
        case ("transformList", 4): Shape(.map, 2, transform: true)
        case ("transformMap", 3): Shape(.transformMap, 2, condition: false, transform: true)
        case ("transformMap", 4): Shape(.transformMap, 2, transform: true)
        case ("transformMapEntry", 3):
            Shape(.transformMapEntry, 2, condition: false, transform: true)
        case ("transformMapEntry", 4): Shape(.transformMapEntry, 2, transform: true)
        default: nil
        }
    }

    /// The macro `name`, or nil where there is none of that name.
    mutating func macro(
        _ receiver: Syntax,
        _ name: String,
        _ arguments: [Syntax],
        _ syntax: Syntax
    ) -> TypedNode? {
        guard Checker.macroNames.contains(name) else { return nil }
        guard let shape = Checker.shape(name, arguments.count) else {
            report(
                syntax.range,
                "`\(name)` cannot take \(arguments.count) arguments",
                hint: "such as `list.\(name)(x, …)`"
            )
            return invalid(syntax.range)
        }
        let source = check(receiver)
        guard let variables = variables(arguments.prefix(shape.variables)) else {
            return invalid(syntax.range)
        }
        let types = elementTypes(source, receiver, two: shape.variables == 2)
        let first = open(variables[0], types.first)
        let second = shape.variables == 2 ? open(variables[1], types.second) : nil
        var rest = arguments.dropFirst(shape.variables)
        let condition = shape.hasCondition ? rest.popFirst().map { self.condition($0) } : nil
        let transform = shape.hasTransform ? rest.popFirst().map { check($0) } : nil
        close(shape.variables)
        if shape.form == .transformMapEntry, let transform,
            !transform.type.isAssignable(to: .map(.dyn, .dyn))
        {
            report(
                transform.range,
                "`\(name)` wants a map of the new entries, found \(transform.type)",
                hint: "such as `{v: k}`"
            )
        }
        let comprehension = TypedNode.Comprehension(
            form: shape.form,
            source: source,
            first: .init(slot: first, name: variables[0]),
            second: second.map { .init(slot: $0, name: variables[1]) },
            condition: condition,
            transform: transform
        )
        let type = resultType(shape.form, source, element: types.first, transform)
        return TypedNode(.comprehension(comprehension), type, syntax.range)
    }

    private func resultType(
        _ form: TypedNode.Comprehension.Form,
        _ source: TypedNode,
        element: CELType,
        _ transform: TypedNode?
    ) -> CELType {
        switch form {
        case .all, .exists, .existsOne: .bool
        case .filter: .list(element)
        case .map: .list(transform?.type ?? .dyn)
        case .transformMap: .map(element, transform?.type ?? .dyn)
        case .transformMapEntry: transform?.type ?? .dyn
        }
    }

    private mutating func variables(_ arguments: ArraySlice<Syntax>) -> [String]? {
        var names: [String] = []
        for argument in arguments {
            guard case .name(let name, isRooted: false) = argument.kind else {
                // Not only a matter of types: without a name there is nothing to run.
                problems.report(
                    argument.range,
                    "expected a simple name for the macro's variable",
                    hint: "such as `list.exists(x, x > 3)`"
                )
                return nil
            }
            guard !names.contains(name) else {
                problems.report(argument.range, "the macro's variables must differ")
                return nil
            }
            names.append(name)
        }
        return names
    }

    /// The types of a macro's variables over `source`.
    private mutating func elementTypes(
        _ source: TypedNode,
        _ receiver: Syntax,
        two: Bool
    ) -> (first: CELType, second: CELType) {
        switch source.type {
        case .dyn: return (.dyn, .dyn)
        case .list(let element): return two ? (.int, element) : (element, .dyn)
        case .map(let key, let value): return (key, value)
        default:
            report(
                receiver.range,
                "a value of type \(source.type) has no elements",
                hint: "macros run over lists and the keys of maps"
            )
            return (.dyn, .dyn)
        }
    }
}
