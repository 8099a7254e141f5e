// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A node of the source as it was written, before names and types are known.
struct Syntax: Sendable {
    indirect enum Kind: Sendable {
        case literal(Value)
        /// A name; `isRooted` where a leading dot makes it absolute.
        case name(String, isRooted: Bool)
        case select(Syntax, field: String)
        case index(Syntax, Syntax)
        case call(String, [Syntax])
        case method(Syntax, String, [Syntax])
        case unary(Token.Symbol, Syntax)
        case binary(Token.Symbol, Syntax, Syntax)
        /// All operands of a chain of `&&`.
        case and([Syntax])
        /// All operands of a chain of `||`.
        case or([Syntax])
        case conditional(Syntax, Syntax, Syntax)
        case list([Syntax])
        case map([(key: Syntax, value: Syntax)])
        /// What the parser has already reported.
        case invalid
    }

    let kind: Kind
    /// The place in the source, in Unicode scalars.
    let range: Range<Int>
    /// The place of what names the node: the operator, function or field.
    let focus: Range<Int>
    let depth: Int

    init(_ kind: Kind, _ range: Range<Int>, focus: Range<Int>? = nil, depth: Int = 1) {
        self.kind = kind
        self.range = range
        self.focus = focus ?? range
        self.depth = depth
    }

    /// Whether the node is a plain name or a name with plain fields: `a`, `a.b.c`.
    var isNamePath: Bool {
        switch kind {
        case .name: true
        case .select(let operand, _): operand.isNamePath
        default: false
        }
    }
}
