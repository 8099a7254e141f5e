// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A node whose names, overloads and type are known: what the emitter turns into closures.
struct TypedNode: Sendable {
    indirect enum Kind: Sendable {
        case constant(Value)
        /// A variable, or a comprehension's local above them.
        case slot(Int)
        /// Whether a variable has a value.
        case presence(Int)
        case select(TypedNode, String)
        case has(TypedNode, String)
        case call(Operation, [TypedNode])
        /// `matches` with a literal whose pattern is known beforehand.
        case matches(TypedNode, TypedNode, Pattern)
        case and([TypedNode])
        case or([TypedNode])
        case conditional(TypedNode, TypedNode, TypedNode)
        case list([TypedNode])
        case map([(key: TypedNode, value: TypedNode)])
        case comprehension(Comprehension)
        /// A value that was computed before; unlike a constant it is not folded.
        case known(Value)
        /// Fails when it is evaluated: unknown names in unchecked expressions.
        case failure(EvaluationError)
    }

    /// A macro over the elements of a list or the keys of a map.
    struct Comprehension: Sendable {
        /// A variable of the macro, with its slot above the environment's variables.
        struct Local: Sendable {
            let slot: Int
            let name: String
        }

        enum Form: Sendable {
            case all
            case exists
            case existsOne
            case filter
            case map
            case transformMap
            case transformMapEntry
        }

        let form: Form
        let source: TypedNode
        /// The element or key; the index or key where there are two.
        let first: Local
        /// The element or value, in the forms with two variables.
        let second: Local?
        /// What must hold: the body of all, exists and filter, the filter of the others.
        let condition: TypedNode?
        /// What an element becomes.
        let transform: TypedNode?
    }

    let kind: Kind
    let type: CELType
    let range: Range<Int>

    init(_ kind: Kind, _ type: CELType, _ range: Range<Int>) {
        self.kind = kind
        self.type = type
        self.range = range
    }

    var children: [TypedNode] {
        switch kind {
        case .constant, .known, .slot, .presence, .failure: []
        case .select(let operand, _), .has(let operand, _): [operand]
        case .matches(let text, let literal, _): [text, literal]
        case .call(_, let operands), .and(let operands), .or(let operands), .list(let operands):
            operands
        case .conditional(let condition, let first, let second): [condition, first, second]
        case .map(let entries): entries.flatMap { [$0.key, $0.value] }
        case .comprehension(let comprehension):
            [comprehension.source]
                + [comprehension.condition, comprehension.transform].compactMap(\.self)
        }
    }

    /// How many nodes the tree has.
    var size: Int { children.reduce(1) { $0 + $1.size } }

    /// Whether nothing in it depends on a variable.
    var isClosed: Bool {
        switch kind {
        case .slot, .presence, .known: false
        default: children.allSatisfy(\.isClosed)
        }
    }

    /// The node over other children, in the order of ``children``; only for nodes that evaluate all.
    func over(_ children: [TypedNode]) -> TypedNode {
        let kind: Kind =
            switch (self.kind, children.first) {
            case (.select(_, let field), let operand?): .select(operand, field)
            case (.has(_, let field), let operand?): .has(operand, field)
            case (.matches(_, let literal, let pattern), let text?):
                .matches(text, literal, pattern)
            case (.call(let operation, _), _): .call(operation, children)
            case (.and, _): .and(children)
            case (.or, _): .or(children)
            case (.list, _): .list(children)
            case (.map, _):
                .map(
                    stride(from: 0, to: children.count - 1, by: 2)
                        .map { (key: children[$0], value: children[$0 + 1]) }
                )
            default: self.kind
            }
        return TypedNode(kind, type, range)
    }

    /// The slots of variables the tree reads.
    func slots(below count: Int) -> Set<Int> {
        var found = children.reduce(into: Set<Int>()) { $0.formUnion($1.slots(below: count)) }
        switch kind {
        case .slot(let slot) where slot < count, .presence(let slot): found.insert(slot)
        default: break
        }
        return found
    }
}
