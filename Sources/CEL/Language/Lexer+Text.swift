// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Lexer {
    /// Text or bytes in any of their quotings, or nil where there is no quote here.
    mutating func textLiteral() -> Token.Kind? {
        var isRaw = false
        var isBytes = false
        var ahead = 0
        prefix: while let scalar = peek(ahead) {
            switch scalar {
            case "r", "R":
                guard !isRaw else { return nil }
                isRaw = true
            case "b", "B":
                guard !isBytes, !isRaw else { return nil }
                isBytes = true
            case "\"", "'": break prefix
            default: return nil
            }
            ahead += 1
        }
        guard let quote = peek(ahead) else { return nil }
        let start = position
        position += ahead
        let isTriple = peek(1) == quote && peek(2) == quote
        position += isTriple ? 3 : 1
        return body(
            TextForm(
                start: start,
                quote: quote,
                isTriple: isTriple,
                isRaw: isRaw,
                isBytes: isBytes
            )
        )
    }

    private struct TextForm {
        let start: Int
        let quote: Unicode.Scalar
        let isTriple: Bool
        let isRaw: Bool
        let isBytes: Bool
    }

    private mutating func body(_ form: TextForm) -> Token.Kind {
        var scalars = String.UnicodeScalarView()
        var bytes: [UInt8] = []
        var isValid = true
        while let scalar = peek() {
            if closes(form) {
                position += form.isTriple ? 3 : 1
                guard isValid else { return .invalid }
                return .literal(form.isBytes ? .bytes(bytes) : .string(String(scalars)))
            }
            if !form.isTriple, scalar == "\n" || scalar == "\r" { break }
            if scalar == "\\", !form.isRaw {
                guard let value = escape(isBytes: form.isBytes) else {
                    isValid = false
                    continue
                }
                switch value {
                case .byte(let byte): bytes.append(byte)
                case .scalar(let scalar) where form.isBytes:
                    bytes.append(contentsOf: Character(scalar).utf8)
                case .scalar(let scalar): scalars.append(scalar)
                }
                continue
            }
            position += 1
            if form.isBytes {
                bytes.append(contentsOf: Character(scalar).utf8)
            } else {
                scalars.append(scalar)
            }
        }
        problems.report(
            form.start..<position,
            "the text is not closed",
            hint: "add `\(form.quote)`"
        )
        return .invalid
    }

    private func closes(_ form: TextForm) -> Bool {
        guard peek() == form.quote else { return false }
        return !form.isTriple || (peek(1) == form.quote && peek(2) == form.quote)
    }

    private enum Escaped {
        case byte(UInt8)
        case scalar(Unicode.Scalar)
    }

    private mutating func escape(isBytes: Bool) -> Escaped? {
        let start = position
        position += 1
        guard let scalar = peek() else { return nil }
        position += 1
        let simple: [Unicode.Scalar: Unicode.Scalar] = [
            "a": "\u{07}", "b": "\u{08}", "f": "\u{0C}", "n": "\n", "r": "\r", "t": "\t",
            "v": "\u{0B}", "\\": "\\", "?": "?", "\"": "\"", "'": "'", "`": "`",
        ]
        if let value = simple[scalar] { return .scalar(value) }
        let code: UInt32?
        switch scalar {
        case "x", "X": code = digits(2, radix: 16)
        case "u" where !isBytes: code = digits(4, radix: 16)
        case "U" where !isBytes: code = digits(8, radix: 16)
        case "0"..."3":
            position -= 1
            code = digits(3, radix: 8)
        default: code = nil
        }
        guard let code else {
            problems.report(
                start..<position,
                "`\(text(start..<position))` is no escape sequence",
                hint: "write `\\\\` for a backslash, or raw text: r\"…\""
            )
            return nil
        }
        if isBytes { return .byte(UInt8(truncatingIfNeeded: code)) }
        guard let result = Unicode.Scalar(code) else {
            problems.report(start..<position, "the escape sequence names no Unicode code point")
            return nil
        }
        return .scalar(result)
    }

    private mutating func digits(_ count: Int, radix: UInt32) -> UInt32? {
        var value: UInt32 = 0
        for _ in 0..<count {
            guard let scalar = peek(), let digit = Lexer.hexadecimal(scalar), digit < radix else {
                return nil
            }
            // Eight hexadecimal digits fit exactly.
            value = value &* radix &+ digit
            position += 1
        }
        return value
    }
}
