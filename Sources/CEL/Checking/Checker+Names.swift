// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Checker {
    private static let typeNames: Set<String> = [
        "bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type",
        Value.timestampTypeName, Value.durationTypeName,
    ]

    /// One step of a path: `b` in `a.b`, with the place up to its end.
    private struct Step {
        let name: String
        let range: Range<Int>
        let focus: Range<Int>
    }

    private struct Path {
        var steps: [Step]
        let isRooted: Bool
    }

    /// A name with its fields: the longest declared name, then selections.
    mutating func path(_ syntax: Syntax) -> TypedNode {
        guard let path = flattened(syntax) else {
            guard case .select(let operand, let field) = syntax.kind else {
                return invalid(syntax.range)
            }
            return select(check(operand), field, syntax.range, focus: syntax.focus)
        }
        if let (root, used) = resolved(path) {
            return path.steps.dropFirst(used).reduce(root) {
                select($0, $1.name, $1.range, focus: $1.focus)
            }
        }
        return unknown(path, syntax)
    }

    /// The argument of `has()`: a field of something, or a variable that may be without a value.
    mutating func presence(_ syntax: Syntax) -> TypedNode {
        guard case .select(let operand, let field) = syntax.kind else {
            report(
                syntax.range,
                "`has()` wants a field",
                hint: "such as `has(payload.temperature)`"
            )
            return invalid(syntax.range)
        }
        if let path = flattened(syntax), resolved(withoutLast(path)) == nil,
            let (root, used) = resolved(path), used == path.steps.count,
            case .slot(let slot) = root.kind
        {
            return TypedNode(.presence(slot), .bool, syntax.range)
        }
        let typed = check(operand)
        _ = select(typed, field, syntax.range, focus: syntax.focus)
        return TypedNode(.has(typed, field), .bool, syntax.range)
    }

    private func withoutLast(_ path: Path) -> Path {
        Path(steps: Array(path.steps.dropLast()), isRooted: path.isRooted)
    }

    private func flattened(_ syntax: Syntax) -> Path? {
        switch syntax.kind {
        case .name(let name, let isRooted):
            let step = Step(name: name, range: syntax.range, focus: syntax.focus)
            return Path(steps: [step], isRooted: isRooted)
        case .select(let operand, let field):
            guard var path = flattened(operand) else { return nil }
            path.steps.append(Step(name: field, range: syntax.range, focus: syntax.focus))
            return path
        default: return nil
        }
    }

    /// What the longest prefix with a meaning stands for, and how many steps it takes.
    private func resolved(_ path: Path) -> (TypedNode, Int)? {
        guard let first = path.steps.first else { return nil }
        if !path.isRooted, let local = local(first.name) {
            return (TypedNode(.slot(local.slot), local.type, first.range), 1)
        }
        for count in stride(from: path.steps.count, through: 1, by: -1) {
            let name = path.steps.prefix(count).map(\.name).joined(separator: ".")
            let range = path.steps[count - 1].range
            for candidate in candidates(name, isRooted: path.isRooted) {
                if let slot = environment.slots[candidate] {
                    return (TypedNode(.slot(slot), environment.types[slot], range), count)
                }
                if Checker.typeNames.contains(candidate) {
                    return (TypedNode(.constant(.type(candidate)), .type, range), count)
                }
            }
        }
        return nil
    }

    /// The name in the container, in each that encloses it, and alone (langdef, "Name Resolution").
    private func candidates(_ name: String, isRooted: Bool) -> [String] {
        guard !isRooted, !environment.container.isEmpty else { return [name] }
        let parts = environment.container.split(separator: ".")
        return stride(from: parts.count, through: 1, by: -1).map {
            parts.prefix($0).joined(separator: ".") + "." + name
        } + [name]
    }

    private mutating func unknown(_ path: Path, _ syntax: Syntax) -> TypedNode {
        let names = path.steps.map(\.name)
        let full = names.joined(separator: ".")
        let first = names[0]
        let known = environment.names + localNames
        let isNamespace = environment.names.contains { $0.hasPrefix(first + ".") }
        let shown = isNamespace ? names.prefix(2).joined(separator: ".") : first
        let place = path.steps[isNamespace ? min(1, path.steps.count - 1) : 0].range
        let suggested =
            Suggestion.closest(to: shown, among: known)
            ?? Suggestion.closest(to: full, among: known)
        var hint = suggested.map { "did you mean `\($0)`?" }
        if hint == nil, isNamespace {
            let members = environment.names.filter { $0.hasPrefix(first + ".") }.sorted()
            hint = "there are " + members.map { "`\($0)`" }.joined(separator: ", ")
        }
        report(place, "unknown variable `\(shown)`", hint: hint)
        return failure(
            EvaluationError(code: .noValue, message: "unknown variable `\(full)`"),
            syntax.range
        )
    }

    private mutating func select(
        _ operand: TypedNode,
        _ field: String,
        _ range: Range<Int>,
        focus: Range<Int>
    ) -> TypedNode {
        let node = TypedNode.Kind.select(operand, field)
        switch operand.type {
        case .dyn: return TypedNode(node, .dyn, range)
        case .map(let key, let value) where CELType.string.isAssignable(to: key):
            return TypedNode(node, value, range)
        default:
            report(focus, "a value of type \(operand.type) has no field `\(field)`")
            return TypedNode(node, .dyn, range)
        }
    }
}
