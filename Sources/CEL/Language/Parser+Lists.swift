// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Parser {
    mutating func items(
        until closing: Token.Symbol,
        opened: Range<Int>,
        mayEndWithComma: Bool
    ) -> [Syntax] {
        var items: [Syntax] = []
        while !current.isSymbol(closing), current.kind != .end {
            if current.isSymbol(.question) {
                report(current.range, "optional elements are not supported")
                advance()
            }
            items.append(expression())
            guard next(orUntil: closing) else { break }
            if !mayEndWithComma, current.isSymbol(closing) {
                report(current.range, "expected an expression after `,`")
            }
        }
        expect(closing, opened: opened)
        return items
    }

    mutating func map() -> Syntax {
        let opening = current.range
        advance()
        var entries: [(key: Syntax, value: Syntax)] = []
        while !current.isSymbol(.rightBrace), current.kind != .end {
            if current.isSymbol(.question) {
                report(current.range, "optional entries are not supported")
                advance()
            }
            let key = expression()
            if take(.colon) {
                entries.append((key, expression()))
            } else {
                report(
                    current.range,
                    "expected `:` after a map key, found \(shown(current))",
                    hint: "the form is `{\"key\": value}`"
                )
            }
            guard next(orUntil: .rightBrace) else { break }
        }
        expect(.rightBrace, opened: opening)
        return node(
            .map(entries),
            from: opening.lowerBound,
            over: entries.flatMap { [$0.key, $0.value] }
        )
    }

    /// Steps over a comma; false where the list ends.
    ///
    /// After something unexpected it goes on at the next comma of the same bracket.
    private mutating func next(orUntil closing: Token.Symbol) -> Bool {
        if take(.comma) { return true }
        if current.isSymbol(closing) || current.kind == .end { return false }
        if current.kind != .invalid {
            report(
                current.range,
                "expected `,` or `\(closing.rawValue)`, found \(shown(current))",
                hint: hint(after: current)
            )
        }
        skip()
        return take(.comma)
    }

    mutating func expect(_ closing: Token.Symbol, opened: Range<Int>) {
        if take(closing) { return }
        if current.kind == .end {
            report(opened, "the bracket is not closed", hint: "add `\(closing.rawValue)`")
            return
        }
        if current.kind != .invalid {
            report(
                current.range,
                "expected `\(closing.rawValue)`, found \(shown(current))",
                hint: hint(after: current)
            )
        }
        skip()
        _ = take(closing)
    }

    /// Goes to the next comma or closing bracket that belongs to the open bracket.
    private mutating func skip() {
        var depth = 0
        while current.kind != .end {
            switch current.kind {
            case .symbol(.leftParenthesis), .symbol(.leftBracket), .symbol(.leftBrace):
                depth += 1
            case .symbol(.rightParenthesis), .symbol(.rightBracket), .symbol(.rightBrace):
                if depth == 0 { return }
                depth -= 1
            case .symbol(.comma) where depth == 0: return
            default: break
            }
            advance()
        }
    }

    /// Whether a token ends what is around it, so that it must not be skipped.
    func closes(_ token: Token) -> Bool {
        switch token.kind {
        case .end, .symbol(.rightParenthesis), .symbol(.rightBracket), .symbol(.rightBrace),
            .symbol(.comma), .symbol(.colon):
            true
        default: false
        }
    }

    func shown(_ token: Token) -> String {
        switch token.kind {
        case .identifier(let name): "`\(name)`"
        case .quoted(let name): "`\(name)`"
        case .literal(.string): "a text"
        case .literal(.bytes): "bytes"
        case .literal(let value): "`\(value)`"
        case .symbol(let symbol): "`\(symbol.rawValue)`"
        case .magnitudeOfSmallestInt: "a number"
        case .invalid: "something that is no word of CEL"
        case .end: "the end"
        }
    }

    func hint(after token: Token) -> String? {
        switch token.kind {
        case .identifier("is"), .identifier("eq"): "compare with `==`"
        case .identifier, .literal: "an operator is missing before it"
        case .symbol(.rightParenthesis), .symbol(.rightBracket), .symbol(.rightBrace):
            "no bracket is open here"
        case .symbol(.question): "put the inner `? :` in parentheses"
        default: nil
        }
    }

    func hint(expectedOperandAt token: Token) -> String? {
        switch token.kind {
        case .symbol(.equal): "`==` is the whole operator"
        case .symbol(.plus): "numbers take no leading `+`"
        case .end: "something is missing after the last operator"
        default: nil
        }
    }
}
