// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Lexer {
    /// `12`, `0x1F`, `12u`, `1.5`, `.5e-3`; a sign is the parser's.
    mutating func number() -> Token.Kind {
        let start = position
        if peek() == "0", peek(1) == "x" || peek(1) == "X" {
            position += 2
            let digits = position
            while let scalar = peek(), Lexer.hexadecimal(scalar) != nil {
                position += 1
            }
            return integer(start..<position, digits: digits..<position, radix: 16)
        }
        skipDigits()
        var isDouble = false
        if peek() == ".", let next = peek(1), Lexer.isDigit(next) {
            isDouble = true
            position += 1
            skipDigits()
        }
        if peek() == "e" || peek() == "E" {
            let signed = peek(1) == "+" || peek(1) == "-"
            if let digit = peek(signed ? 2 : 1), Lexer.isDigit(digit) {
                isDouble = true
                position += signed ? 2 : 1
                skipDigits()
            }
        }
        guard isDouble else {
            return integer(start..<position, digits: start..<position, radix: 10)
        }
        guard let value = Double(text(start..<position)), value.isFinite else {
            problems.report(start..<position, "the number is too large for a double")
            return .invalid
        }
        return endOfNumber(start, .double(value))
    }

    private mutating func skipDigits() {
        while let scalar = peek(), Lexer.isDigit(scalar) {
            position += 1
        }
    }

    private mutating func integer(
        _ range: Range<Int>,
        digits: Range<Int>,
        radix: Int
    ) -> Token.Kind {
        let isUnsigned = peek() == "u" || peek() == "U"
        if isUnsigned { position += 1 }
        guard let magnitude = UInt64(text(digits), radix: radix) else {
            problems.report(
                range,
                digits.isEmpty ? "digits are missing" : "the number is too large for 64 bits"
            )
            return .invalid
        }
        if isUnsigned { return endOfNumber(range.lowerBound, .uint(magnitude)) }
        if let value = Int64(exactly: magnitude) {
            return endOfNumber(range.lowerBound, .int(value))
        }
        if magnitude == Int64.min.magnitude { return .magnitudeOfSmallestInt }
        problems.report(
            range,
            "the number is too large for an int",
            hint: "write `\(magnitude)u` for a uint"
        )
        return .invalid
    }

    /// A name glued to a number, such as `5s`, is a mistake worth a word.
    private mutating func endOfNumber(_ start: Int, _ value: Value) -> Token.Kind {
        guard let scalar = peek(), Lexer.startsName(scalar) else { return .literal(value) }
        while let scalar = peek(), Lexer.startsName(scalar) || Lexer.isDigit(scalar) {
            position += 1
        }
        let written = text(start..<position)
        let isDuration = (try? DurationText.nanoseconds(written)) != nil
        problems.report(
            start..<position,
            "`\(written)` is no number",
            hint: isDuration ? "write `duration(\"\(written)\")`" : nil
        )
        return .invalid
    }
}
