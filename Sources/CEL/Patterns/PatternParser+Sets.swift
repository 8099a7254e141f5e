// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension PatternParser {
    /// What follows a backslash outside brackets.
    mutating func escape() throws(EvaluationError) -> PatternNode {
        guard let scalar = peek() else { throw .pattern("a backslash at the end") }
        switch scalar {
        case "A", "z", "b", "B":
            position += 1
            return switch scalar {
            case "A": .assertion(.textStart)
            case "z": .assertion(.textEnd)
            case "b": .assertion(.wordBoundary)
            default: .assertion(.notWordBoundary)
            }
        case "Q":
            position += 1
            return quoted()
        default: return node(try escapedSet())
        }
    }

    /// `\Q…\E`: everything between is literal.
    private mutating func quoted() -> PatternNode {
        var nodes: [PatternNode] = []
        while let scalar = peek() {
            if scalar == "\\", peek(1) == "E" {
                position += 2
                break
            }
            nodes.append(node(CharacterSet(scalar)))
            position += 1
        }
        return .sequence(nodes)
    }

    /// A class or a single code point after a backslash.
    private mutating func escapedSet() throws(EvaluationError) -> CharacterSet {
        guard let scalar = peek() else { throw .pattern("a backslash at the end") }
        position += 1
        if let set = CharacterSet.perl(scalar) { return set }
        switch scalar {
        case "p", "P": return try category(isInverted: scalar == "P")
        case "x": return CharacterSet(try hexadecimal())
        case "0": return CharacterSet(octal(after: 0))
        case "1"..."7":
            // One digit is a back-reference, more are a code point.
            guard let next = peek(), ("0"..."7").contains(next) else {
                throw .pattern("back-references are not supported")
            }
            return CharacterSet(octal(after: scalar.value - 0x30))
        case "a": return CharacterSet("\u{07}")
        case "f": return CharacterSet("\u{0C}")
        case "n": return CharacterSet("\n")
        case "r": return CharacterSet("\r")
        case "t": return CharacterSet("\t")
        case "v": return CharacterSet("\u{0B}")
        default:
            let isLetter = Lexer.startsName(scalar) && scalar != "_" || Lexer.isDigit(scalar)
            guard !isLetter else { throw .pattern("unknown escape `\\\(scalar)`") }
            return CharacterSet(scalar)
        }
    }

    private mutating func category(isInverted: Bool) throws(EvaluationError) -> CharacterSet {
        var name = String.UnicodeScalarView()
        var isInverted = isInverted
        if take("{") {
            if take("^") { isInverted.toggle() }
            while let scalar = peek(), scalar != "}", name.count < 32 {
                name.append(scalar)
                position += 1
            }
            guard take("}") else { throw .pattern("`}` is missing") }
        } else if let scalar = peek() {
            name.append(scalar)
            position += 1
        }
        guard
            let set = CharacterSet.named(String(name), ignoringCase: flags.ignoresCase)
        else {
            throw .pattern("unknown Unicode class `\(String(name))`")
        }
        return isInverted ? set.inverted : set
    }

    private mutating func hexadecimal() throws(EvaluationError) -> Unicode.Scalar {
        var value: UInt32 = 0
        var count = 0
        let isBraced = take("{")
        while let scalar = peek(), let digit = Lexer.hexadecimal(scalar),
            count < (isBraced ? 6 : 2)
        {
            value = value * 16 + digit
            count += 1
            position += 1
        }
        guard count == 2 || isBraced && count > 0, !isBraced || take("}"),
            let scalar = Unicode.Scalar(value)
        else { throw .pattern("`\\x` wants two digits, or a code point in braces") }
        return scalar
    }

    /// Up to two more octal digits.
    private mutating func octal(after first: UInt32) -> Unicode.Scalar {
        var value = first
        for _ in 0..<2 {
            guard let scalar = peek(), ("0"..."7").contains(scalar) else { break }
            value = value * 8 + scalar.value - 0x30
            position += 1
        }
        return Unicode.Scalar(value) ?? "\0"
    }

    /// The set between `[` and `]`.
    mutating func bracket() throws(EvaluationError) -> CharacterSet {
        let isInverted = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while let scalar = peek(), scalar != "]" || isFirst {
            isFirst = false
            if scalar == "[", peek(1) == ":" {
                ranges += try posixClass().ranges
                continue
            }
            let low = try bracketItem()
            guard let start = low.single, peek() == "-", let next = peek(1), next != "]" else {
                ranges += low.ranges
                continue
            }
            position += 1
            guard let end = try bracketItem().single, start <= end else {
                throw .pattern("a range in brackets is out of order")
            }
            ranges.append(start...end)
        }
        guard take("]") else { throw .pattern("`]` is missing") }
        // The case is widened before the set is inverted, so that (?i)[^k] leaves out K too.
        var set = CharacterSet(ranges)
        if flags.ignoresCase { set = set.ignoringCase }
        return isInverted ? set.inverted : set
    }

    private mutating func bracketItem() throws(EvaluationError) -> CharacterSet {
        guard let scalar = peek() else { throw .pattern("`]` is missing") }
        position += 1
        return scalar == "\\" ? try escapedSet() : CharacterSet(scalar)
    }

    private mutating func posixClass() throws(EvaluationError) -> CharacterSet {
        position += 2
        let isInverted = take("^")
        var name = String.UnicodeScalarView()
        while let scalar = peek(), scalar != ":", name.count < 20 {
            name.append(scalar)
            position += 1
        }
        guard take(":"), take("]"), let set = CharacterSet.posix(String(name)) else {
            throw .pattern("unknown class `[:\(String(name)):]`")
        }
        return isInverted ? set.inverted : set
    }
}

extension CharacterSet {
    /// The only code point of the set, or nil.
    fileprivate var single: UInt32? {
        guard ranges.count == 1, let only = ranges.first, only.count == 1 else { return nil }
        return only.lowerBound
    }
}
