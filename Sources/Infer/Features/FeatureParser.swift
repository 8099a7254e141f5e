// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// Reads the text of a feature: sums and products of fields, numbers and calls.
///
/// ```
/// sum     = product { ("+" | "-") product }
/// product = factor { ("*" | "/") factor }
/// factor  = "-" factor | number [ unit ] | 'text' | name [ "(" sum { "," sum } ")" ] | "(" sum ")"
/// ```
///
/// Bounded in length and depth.
struct FeatureParser {
    private static let lengthLimit = 4_096
    private static let depthLimit = 32
    private static let partLimit = 256

    private let characters: [Character]
    private var offset = 0
    private var depth = 0
    private var parts = 0

    /// Reads the whole of `text`.
    static func tree(_ text: String) throws(FeatureError) -> FeatureTree {
        guard text.utf8.count <= lengthLimit else {
            throw FeatureError("a feature has at most \(lengthLimit) characters", offset: 0)
        }
        var parser = FeatureParser(text)
        parser.skipBlanks()
        guard !parser.isAtEnd else {
            throw FeatureError("a feature begins with a name", offset: parser.offset)
        }
        let tree = try parser.sum()
        parser.skipBlanks()
        guard parser.isAtEnd else { throw parser.unexpected("the end of the feature") }
        return tree
    }

    private init(_ text: String) {
        characters = Array(text)
    }

    private var isAtEnd: Bool { offset == characters.count }

    private mutating func sum() throws(FeatureError) -> FeatureTree {
        var left = try product()
        while let sign = take(among: [.add, .subtract]) {
            let right = try product()
            left = joined(left, sign, right)
        }
        return left
    }

    private mutating func product() throws(FeatureError) -> FeatureTree {
        var left = try factor()
        while let sign = take(among: [.multiply, .divide]) {
            let right = try factor()
            left = joined(left, sign, right)
        }
        return left
    }

    private func joined(
        _ left: FeatureTree,
        _ sign: FeatureArithmetic,
        _ right: FeatureTree
    ) -> FeatureTree {
        FeatureTree(
            kind: .arithmetic(sign, left, right),
            offset: left.offset,
            length: right.offset + right.length - left.offset
        )
    }

    private mutating func factor() throws(FeatureError) -> FeatureTree {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else {
            throw FeatureError("a feature is at most \(Self.depthLimit) deep", offset: offset)
        }
        parts += 1
        guard parts <= Self.partLimit else {
            throw FeatureError("a feature has at most \(Self.partLimit) parts", offset: offset)
        }
        skipBlanks()
        let start = offset
        guard !isAtEnd else { throw unexpected("a number, a field or a function") }
        let next = characters[offset]
        if take("-") {
            let operand = try factor()
            return tree(.negation(operand), from: start)
        }
        if take("(") {
            var inner = try sum()
            skipBlanks()
            guard take(")") else { throw unexpected("`)`") }
            inner.offset = start
            inner.length = offset - start
            return inner
        }
        if next.isASCII, next.isNumber || next == "." { return try number() }
        if next == "'" || next == "\"" { return try text(closing: next) }
        let name = name()
        guard !name.isEmpty else { throw unexpected("a number, a field or a function") }
        skipBlanks()
        guard take("(") else {
            return FeatureTree(kind: .name(name), offset: start, length: name.count)
        }
        return try call(name, from: start)
    }

    private mutating func call(
        _ name: String,
        from start: Int
    ) throws(FeatureError) -> FeatureTree {
        guard let function = FeatureFunction(name: name) else {
            let names = FeatureFunction.names
            throw FeatureError(
                "unknown feature function `\(name)`",
                hint: Suggestion.hint(for: name, among: names)
                    ?? "known: \(names.joined(separator: ", "))",
                offset: start,
                length: name.count
            )
        }
        var arguments: [FeatureTree] = []
        repeat {
            arguments.append(try sum())
            skipBlanks()
        } while take(",")
        guard take(")") else { throw unexpected("`)`") }
        guard function.arguments.contains(arguments.count) else {
            throw FeatureError(
                "`\(name)` is written `\(function.usage)`",
                offset: start,
                length: offset - start
            )
        }
        return tree(.call(function, arguments), from: start)
    }

    private mutating func number() throws(FeatureError) -> FeatureTree {
        let start = offset
        while !isAtEnd, isOfNumber(characters[offset]) { offset += 1 }
        let digits = String(characters[start..<offset])
        let unitStart = offset
        while !isAtEnd, characters[offset].isLetter { offset += 1 }
        let unit = String(characters[unitStart..<offset])
        guard let value = Quantity.number(digits) else {
            throw FeatureError("`\(digits)` is no number", offset: start, length: digits.count)
        }
        if unit.isEmpty { return tree(.number(value), from: start) }
        let hertz = ["Hz": 1.0, "kHz": 1e3, "MHz": 1e6]
        if let factor = hertz[unit] { return tree(.frequency(value * factor), from: start) }
        if let interval = Quantity.interval(digits + unit) {
            return tree(.duration(interval.seconds), from: start)
        }
        throw FeatureError(
            "unknown unit `\(unit)`",
            hint: "times end in `ms`, `s`, `m` or `h`, frequencies in `Hz` or `kHz`",
            offset: unitStart,
            length: unit.count
        )
    }

    private func isOfNumber(_ character: Character) -> Bool {
        if character.isASCII, character.isNumber || character == "." { return true }
        // An exponent has digits after it, or a sign and digits; what else begins with `e` is a unit.
        let last = offset > 0 ? characters[offset - 1] : " "
        let next = offset + 1 < characters.count ? characters[offset + 1] : " "
        if character == "e" { return next.isNumber || next == "-" || next == "+" }
        return last == "e" && (character == "-" || character == "+") && next.isNumber
    }

    private mutating func text(closing mark: Character) throws(FeatureError) -> FeatureTree {
        let start = offset
        offset += 1
        while !isAtEnd, characters[offset] != mark { offset += 1 }
        let text = String(characters[(start + 1)..<offset])
        guard take(mark) else { throw unexpected("`\(mark)`") }
        return tree(.text(text), from: start)
    }

    private mutating func name() -> String {
        let start = offset
        while !isAtEnd, Self.isOfName(characters[offset]) { offset += 1 }
        return String(characters[start..<offset])
    }

    private mutating func take(_ character: Character) -> Bool {
        guard !isAtEnd, characters[offset] == character else { return false }
        offset += 1
        return true
    }

    private mutating func take(among signs: [FeatureArithmetic]) -> FeatureArithmetic? {
        skipBlanks()
        guard !isAtEnd, let sign = FeatureArithmetic(rawValue: String(characters[offset])),
            signs.contains(sign)
        else { return nil }
        offset += 1
        return sign
    }

    private mutating func skipBlanks() {
        while !isAtEnd, characters[offset].isWhitespace { offset += 1 }
    }

    private func tree(_ kind: FeatureTree.Kind, from start: Int) -> FeatureTree {
        FeatureTree(kind: kind, offset: start, length: offset - start)
    }

    private func unexpected(_ wanted: String) -> FeatureError {
        let found = isAtEnd ? "the end" : "`\(characters[offset])`"
        return FeatureError("\(wanted) is wanted here; found \(found)", offset: offset)
    }

    private static func isOfName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }
}
