// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Parser {
    mutating func unary() -> Syntax {
        var signs: [Token] = []
        while current.isSymbol(.not) || current.isSymbol(.minus) {
            if current.isSymbol(.minus), let literal = negativeLiteral() {
                return signed(members(after: literal), signs)
            }
            signs.append(current)
            advance()
        }
        return signed(members(after: primary()), signs)
    }

    private mutating func signed(_ operand: Syntax, _ signs: [Token]) -> Syntax {
        var operand = operand
        var signs = signs
        // An even number of equal signs says nothing.
        while let sign = signs.popLast() {
            if case .symbol(let symbol) = sign.kind {
                if signs.last?.isSymbol(symbol) == true {
                    signs.removeLast()
                    continue
                }
                operand = node(
                    .unary(symbol, operand),
                    from: sign.range.lowerBound,
                    focus: sign.range,
                    over: [operand]
                )
            }
        }
        return operand
    }

    /// A minus and the number after it, which are one literal; nil where no number follows.
    private mutating func negativeLiteral() -> Syntax? {
        let value: Value
        switch following.kind {
        case .literal(.int(let magnitude)): value = .int(-magnitude)
        case .literal(.double(let magnitude)): value = .double(-magnitude)
        case .magnitudeOfSmallestInt: value = .int(.min)
        default: return nil
        }
        let start = current.range.lowerBound
        advance()
        advance()
        return Syntax(.literal(value), start..<previousEnd)
    }

    private mutating func members(after first: Syntax) -> Syntax {
        let start = first.range.lowerBound
        var operand = first
        while true {
            if take(.dot) {
                operand = member(of: operand, from: start)
            } else if current.isSymbol(.leftBracket) {
                let bracket = current.range
                advance()
                let key = expression()
                expect(.rightBracket, opened: bracket)
                operand = node(
                    .index(operand, key),
                    from: start,
                    focus: bracket,
                    over: [operand, key]
                )
            } else if current.isSymbol(.leftBrace), operand.isNamePath {
                report(
                    current.range,
                    "messages are not supported",
                    hint: "only the types of the CEL core are; write a map: `{\"field\": value}`"
                )
                _ = primary()
                operand = Syntax(.invalid, start..<previousEnd)
            } else {
                return operand
            }
        }
    }

    private mutating func member(of operand: Syntax, from start: Int) -> Syntax {
        let place = current.range
        switch current.kind {
        case .identifier(let name):
            advance()
            guard current.isSymbol(.leftParenthesis) else {
                return node(
                    .select(operand, field: name),
                    from: start,
                    focus: place,
                    over: [operand]
                )
            }
            let arguments = arguments()
            return node(
                .method(operand, name, arguments),
                from: start,
                focus: place,
                over: [operand] + arguments
            )
        case .quoted(let name):
            advance()
            return node(.select(operand, field: name), from: start, focus: place, over: [operand])
        case .symbol(.question):
            report(place, "optional fields are not supported", hint: "test with `has()` first")
            advance()
            if case .identifier = current.kind { advance() }
            return Syntax(.invalid, start..<previousEnd)
        case .invalid:
            advance()
            return Syntax(.invalid, start..<previousEnd)
        default:
            report(place, "expected a field name after `.`, found \(shown(current))")
            return Syntax(.invalid, start..<previousEnd)
        }
    }

    private mutating func primary() -> Syntax {
        let token = current
        let start = token.range.lowerBound
        switch token.kind {
        case .literal(let value):
            advance()
            return Syntax(.literal(value), token.range)
        case .identifier:
            return name(isRooted: false, from: start)
        case .symbol(.dot):
            advance()
            return name(isRooted: true, from: start)
        case .symbol(.leftParenthesis):
            advance()
            let inner = expression()
            expect(.rightParenthesis, opened: token.range)
            return Syntax(
                inner.kind,
                inner.isNamePath ? inner.range : start..<max(start, previousEnd),
                focus: inner.focus,
                depth: inner.depth
            )
        case .symbol(.leftBracket): return list()
        case .symbol(.leftBrace): return map()
        case .invalid:
            advance()
            return Syntax(.invalid, token.range)
        case .magnitudeOfSmallestInt:
            advance()
            report(
                token.range,
                "the number is too large for an int",
                hint: "write `\(Int64.min.magnitude)u` for a uint"
            )
            return Syntax(.invalid, token.range)
        default:
            report(
                token.range,
                "expected an expression, found \(shown(token))",
                hint: hint(expectedOperandAt: token)
            )
            if !closes(token) { advance() }
            return Syntax(.invalid, token.range)
        }
    }

    private mutating func name(isRooted: Bool, from start: Int) -> Syntax {
        guard case .identifier(let name) = current.kind else {
            report(current.range, "expected a name after `.`, found \(shown(current))")
            return Syntax(.invalid, start..<previousEnd)
        }
        let place = current.range
        advance()
        if current.isSymbol(.leftParenthesis) {
            let arguments = arguments()
            return node(.call(name, arguments), from: start, focus: place, over: arguments)
        }
        if ReservedWords.all.contains(name) {
            report(place, "`\(name)` is a reserved word and cannot name a variable")
            return Syntax(.invalid, place)
        }
        return Syntax(.name(name, isRooted: isRooted), start..<place.upperBound)
    }

    private mutating func arguments() -> [Syntax] {
        let opening = current.range
        advance()
        return items(until: .rightParenthesis, opened: opening, mayEndWithComma: false)
    }

    private mutating func list() -> Syntax {
        let opening = current.range
        advance()
        let elements = items(until: .rightBracket, opened: opening, mayEndWithComma: true)
        return node(.list(elements), from: opening.lowerBound, over: elements)
    }
}
