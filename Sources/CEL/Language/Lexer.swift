// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Cuts the source into tokens, decoding literals, and goes on after a mistake.
struct Lexer {
    let source: [Unicode.Scalar]
    var position = 0
    var problems: ProblemList

    init(_ source: [Unicode.Scalar], problems: ProblemList) {
        self.source = source
        self.problems = problems
    }

    func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        position + ahead < source.count ? source[position + ahead] : nil
    }

    mutating func tokens() -> [Token] {
        var tokens: [Token] = []
        while true {
            skipBlanks()
            let start = position
            guard let scalar = peek() else {
                tokens.append(Token(kind: .end, range: start..<start))
                return tokens
            }
            let kind = token(startingWith: scalar)
            tokens.append(Token(kind: kind, range: start..<position))
        }
    }

    private mutating func skipBlanks() {
        while let scalar = peek() {
            switch scalar {
            case " ", "\t", "\n", "\r", "\u{0C}": position += 1
            case "/" where peek(1) == "/":
                while let scalar = peek(), scalar != "\n" {
                    position += 1
                    _ = scalar
                }
            default: return
            }
        }
    }

    private mutating func token(startingWith scalar: Unicode.Scalar) -> Token.Kind {
        if let literal = textLiteral() { return literal }
        if Lexer.startsName(scalar) { return name() }
        if Lexer.isDigit(scalar) { return number() }
        if scalar == ".", let next = peek(1), Lexer.isDigit(next) { return number() }
        if scalar == "`" { return quotedName() }
        return symbol(scalar)
    }

    private mutating func name() -> Token.Kind {
        let start = position
        while let scalar = peek(), Lexer.startsName(scalar) || Lexer.isDigit(scalar) {
            position += 1
        }
        let name = text(start..<position)
        return switch name {
        case "true": .literal(.bool(true))
        case "false": .literal(.bool(false))
        case "null": .literal(.null)
        case "in": .symbol(.in)
        default: .identifier(name)
        }
    }

    private mutating func quotedName() -> Token.Kind {
        let start = position
        position += 1
        while let scalar = peek(), scalar != "`", scalar != "\n" {
            position += 1
        }
        guard peek() == "`", position > start + 1 else {
            problems.report(start..<position, "a field name between backticks is not closed")
            return .invalid
        }
        position += 1
        let name = source[(start + 1)..<(position - 1)]
        let isAllowed = name.allSatisfy {
            Lexer.startsName($0) || Lexer.isDigit($0) || "._-/ ".unicodeScalars.contains($0)
        }
        guard isAllowed else {
            problems.report(
                start..<position,
                "a field name between backticks has a character that is not allowed",
                hint: "letters, digits, `_`, `.`, `-`, `/` and blanks are; otherwise index by text"
            )
            return .invalid
        }
        return .quoted(text((start + 1)..<(position - 1)))
    }

    private mutating func symbol(_ scalar: Unicode.Scalar) -> Token.Kind {
        if let next = peek(1) {
            let pair = String(String.UnicodeScalarView([scalar, next]))
            if let symbol = Token.Symbol(rawValue: pair), symbol != .in {
                position += 2
                return .symbol(symbol)
            }
        }
        position += 1
        if let symbol = Token.Symbol(rawValue: String(Character(scalar))) {
            return .symbol(symbol)
        }
        let hint: String? =
            switch scalar {
            case "=": "compare with `==`"
            case "&": "write `&&`"
            case "|": "write `||`"
            default: nil
            }
        let range = (position - 1)..<position
        let shown = scalar.value < 0x20 ? "\\x\(String(scalar.value, radix: 16))" : "\(scalar)"
        problems.report(range, "unexpected character `\(shown)`", hint: hint)
        return hint == nil ? .invalid : .symbol(Lexer.meant(scalar))
    }

    /// The operator somebody meant who wrote half of it.
    private static func meant(_ scalar: Unicode.Scalar) -> Token.Symbol {
        switch scalar {
        case "=": .equal
        case "&": .and
        default: .or
        }
    }

    func text(_ range: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: source[range])
        return String(view)
    }

    static func startsName(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
    }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool {
        ("0"..."9").contains(scalar)
    }

    static func hexadecimal(_ scalar: Unicode.Scalar) -> UInt32? {
        switch scalar {
        case "0"..."9": scalar.value - 0x30
        case "a"..."f": scalar.value - 0x57
        case "A"..."F": scalar.value - 0x37
        default: nil
        }
    }
}
