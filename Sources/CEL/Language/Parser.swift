// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Builds the syntax tree by precedence climbing; after a mistake it goes on where it can.
struct Parser {
    private(set) var problems: ProblemList
    private var tokens: [Token]
    private var position = 0
    private var nesting = 0
    /// Too deep to go on: the brackets that stay open are not worth a word.
    private var isAbandoned = false

    init(_ source: String, problems: ProblemList) {
        var scalars = Array(source.unicodeScalars.prefix(Limits.sourceLength + 1))
        var problems = problems
        if scalars.count > Limits.sourceLength {
            problems.report(
                Limits.sourceLength..<Limits.sourceLength,
                "the expression is longer than \(Limits.sourceLength) characters"
            )
            scalars = []
        }
        var lexer = Lexer(scalars, problems: problems)
        tokens = lexer.tokens()
        self.problems = lexer.problems
    }

    mutating func parse() -> Syntax {
        if case .end = current.kind {
            if problems.problems.isEmpty {
                report(current.range, "the expression is empty")
            }
            return Syntax(.invalid, current.range)
        }
        let syntax = expression()
        if current.kind != .end, current.kind != .invalid {
            report(current.range, "unexpected \(shown(current))", hint: hint(after: current))
        }
        return syntax
    }

    var current: Token { tokens[position] }

    var following: Token { tokens[min(position + 1, tokens.count - 1)] }

    mutating func report(_ range: Range<Int>, _ message: String, hint: String? = nil) {
        guard !isAbandoned else { return }
        problems.report(range, message, hint: hint)
    }

    mutating func advance() {
        if position < tokens.count - 1 { position += 1 }
    }

    mutating func take(_ symbol: Token.Symbol) -> Bool {
        guard current.isSymbol(symbol) else { return false }
        advance()
        return true
    }

    /// Where the token before the current one ends.
    var previousEnd: Int { position > 0 ? tokens[position - 1].range.upperBound : 0 }

    /// A node above its children, unless that makes the tree too deep.
    mutating func node(
        _ kind: Syntax.Kind,
        from start: Int,
        focus: Range<Int>? = nil,
        over children: [Syntax]
    ) -> Syntax {
        let depth = (children.map(\.depth).max() ?? 0) + 1
        let range = start..<max(start, previousEnd)
        guard depth <= Limits.depth else {
            reportDepth(range)
            return Syntax(.invalid, range)
        }
        return Syntax(kind, range, focus: focus, depth: depth)
    }

    private mutating func reportDepth(_ range: Range<Int>) {
        let message = "the expression is nested more than \(Limits.depth) deep"
        guard !problems.problems.contains(where: { $0.message == message }) else { return }
        report(range, message)
    }

    mutating func expression() -> Syntax {
        guard nesting < Limits.depth else {
            reportDepth(current.range)
            isAbandoned = true
            position = tokens.count - 1
            return Syntax(.invalid, current.range)
        }
        nesting += 1
        defer { nesting -= 1 }
        let start = current.range.lowerBound
        let condition = operators(above: 0)
        let question = current.range
        guard take(.question) else { return condition }
        let first = operators(above: 0)
        guard take(.colon) else {
            report(
                current.range,
                "expected `:`, found \(shown(current))",
                hint: "the form is `condition ? this : that`"
            )
            return Syntax(.invalid, start..<previousEnd)
        }
        let second = expression()
        return node(
            .conditional(condition, first, second),
            from: start,
            focus: question,
            over: [condition, first, second]
        )
    }

    private static func precedence(_ token: Token) -> (level: Int, symbol: Token.Symbol)? {
        guard case .symbol(let symbol) = token.kind else { return nil }
        switch symbol {
        case .or: return (1, symbol)
        case .and: return (2, symbol)
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .in:
            return (3, symbol)
        case .plus, .minus: return (4, symbol)
        case .times, .divide, .remainder: return (5, symbol)
        default: return nil
        }
    }

    private mutating func operators(above minimum: Int) -> Syntax {
        let start = current.range.lowerBound
        var left = unary()
        while true {
            replaceWordOperator()
            guard let (level, symbol) = Parser.precedence(current), level > minimum else {
                return left
            }
            let place = current.range
            if symbol == .and || symbol == .or {
                var operands = [left]
                while take(symbol) {
                    operands.append(operators(above: level))
                    replaceWordOperator()
                }
                let kind: Syntax.Kind = symbol == .and ? .and(operands) : .or(operands)
                left = node(kind, from: start, focus: place, over: operands)
            } else {
                advance()
                let right = operators(above: level)
                left = node(
                    .binary(symbol, left, right),
                    from: start,
                    focus: place,
                    over: [left, right]
                )
            }
        }
    }

    /// `and` and `or` between operands are reported and read as what they mean.
    private mutating func replaceWordOperator() {
        guard case .identifier(let word) = current.kind else { return }
        let symbols = ["and": Token.Symbol.and, "or": .or]
        guard let symbol = symbols[word.lowercased()] else { return }
        report(current.range, "`\(word)` is no operator", hint: "write `\(symbol.rawValue)`")
        tokens[position] = Token(kind: .symbol(symbol), range: current.range)
    }
}
