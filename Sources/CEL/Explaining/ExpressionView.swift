// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A node of a checked expression, to read and not to change: what lints look at.
public struct ExpressionView: Sendable {
    /// What a node does.
    public enum Kind: Sendable {
        /// A literal.
        case constant(Value)
        /// A variable of the environment.
        case variable(slot: Int, name: String)
        /// `has()` of a variable: whether it has a value.
        case presence(slot: Int, name: String)
        /// A variable of a macro.
        case local(name: String)
        /// An operator such as `_>=_`, `_in_` or `_[_]`, or a function such as `matches`.
        case call(name: String)
        /// All operands of a chain of `&&`.
        case and
        /// All operands of a chain of `||`.
        case or
        /// `condition ? this : that`.
        case conditional
        /// A list in brackets.
        case list
        /// A map in braces: keys and values in turn are the children.
        case map
        /// A macro: its source is the first child, then its condition and what elements become.
        case comprehension
        /// A field of the only child.
        case select(field: String)
        /// Anything else, such as `has()` of a field.
        case other
    }

    private let node: TypedNode
    private let source: [Unicode.Scalar]
    private let names: [String]
    private let localCount: Int

    init(_ program: Program) {
        node = program.tree
        source = Array(program.source.unicodeScalars)
        names = program.environment.names
        localCount = program.localCount
    }

    private init(_ node: TypedNode, in parent: ExpressionView) {
        self.node = node
        source = parent.source
        names = parent.names
        localCount = parent.localCount
    }

    /// What the node does.
    public var kind: Kind {
        switch node.kind {
        case .constant(let value), .known(let value): .constant(value)
        case .slot(let slot):
            slot < names.count ? .variable(slot: slot, name: names[slot]) : .local(name: text)
        case .presence(let slot): .presence(slot: slot, name: names[slot])
        case .select(_, let field): .select(field: field)
        case .call(let operation, _): .call(name: operation.rawValue)
        case .matches: .call(name: Operation.matches.rawValue)
        case .and: .and
        case .or: .or
        case .conditional: .conditional
        case .list: .list
        case .map: .map
        case .comprehension: .comprehension
        case .has, .failure: .other
        }
    }

    /// The node as the source writes it.
    public var text: String {
        String(String.UnicodeScalarView(source[range.clamped(to: source.indices)]))
    }

    /// Its place in the source, in Unicode scalars.
    public var range: Range<Int> { node.range }

    /// Its type; `dyn` where only the run can tell.
    public var type: CELType { node.type }

    /// The nodes inside it, in the order of the source.
    public var children: [ExpressionView] {
        node.children.map { ExpressionView($0, in: self) }
    }

    /// The value the node always has; nil where it depends on a variable, or fails.
    public var constantValue: Value? {
        guard node.isClosed else { return nil }
        let frame = Frame(names: names)
        // The variables of its macros have their places behind the environment's.
        frame.begin(localCount: localCount)
        return try? Emitter(zones: .none).emit(node).boxed(frame)
    }
}

extension Program {
    /// The checked expression as a tree that can be read.
    public var syntax: ExpressionView { ExpressionView(self) }
}
