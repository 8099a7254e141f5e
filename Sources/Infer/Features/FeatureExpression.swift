// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings

/// One feature as `model.yaml` writes it: a field itself, `temp`, or a function of a series,
/// `rms(vib)`.
public struct FeatureExpression: Equatable, Sendable {
    /// What is taken from the field's series; nil for the field itself.
    public let function: SeriesFunction?
    /// The field it reads.
    public let field: String
    /// Where the field's name begins in the text, in characters.
    let fieldOffset: Int
    /// The text it was read from.
    public let text: String

    /// Reads `text`.
    public init(_ text: String) throws(FeatureError) {
        self.text = text
        var scanner = Scanner(text)
        scanner.skipBlanks()
        let start = scanner.offset
        let name = scanner.name()
        guard !name.isEmpty else {
            throw FeatureError("a feature begins with a name", offset: scanner.offset)
        }
        scanner.skipBlanks()
        guard scanner.take("(") else {
            guard scanner.isAtEnd else { throw scanner.unexpected("the end of the feature") }
            function = nil
            field = name
            fieldOffset = start
            return
        }
        guard let function = SeriesFunction(rawValue: name) else {
            let names = SeriesFunction.allCases.map(\.rawValue)
            throw FeatureError(
                "unknown feature function `\(name)`",
                hint: Suggestion.hint(for: name, among: names)
                    ?? "known: \(names.joined(separator: ", "))",
                offset: start,
                length: name.count
            )
        }
        self.function = function
        scanner.skipBlanks()
        fieldOffset = scanner.offset
        field = scanner.name()
        guard !field.isEmpty else { throw scanner.unexpected("the name of a field") }
        scanner.skipBlanks()
        guard scanner.take(")") else { throw scanner.unexpected("`)`") }
        scanner.skipBlanks()
        guard scanner.isAtEnd else { throw scanner.unexpected("the end of the feature") }
    }

    private struct Scanner {
        private let characters: [Character]
        private(set) var offset = 0

        init(_ text: String) {
            characters = Array(text)
        }

        var isAtEnd: Bool { offset == characters.count }

        mutating func skipBlanks() {
            while offset < characters.count, characters[offset].isWhitespace { offset += 1 }
        }

        mutating func take(_ character: Character) -> Bool {
            guard offset < characters.count, characters[offset] == character else { return false }
            offset += 1
            return true
        }

        mutating func name() -> String {
            let start = offset
            while offset < characters.count, Self.isOfName(characters[offset]) { offset += 1 }
            return String(characters[start..<offset])
        }

        func unexpected(_ wanted: String) -> FeatureError {
            let found = isAtEnd ? "the end" : "`\(characters[offset])`"
            return FeatureError("\(wanted) is wanted here; found \(found)", offset: offset)
        }

        private static func isOfName(_ character: Character) -> Bool {
            character.isLetter || character.isNumber || "_-.".contains(character)
        }
    }
}

/// What is wrong with a feature, and where in its text.
public struct FeatureError: Error, Equatable, Sendable {
    /// What is wrong.
    public var message: String
    /// What to do about it.
    public var hint: String?
    /// Which of the features, from 0.
    public var index: Int
    /// Where in its text, in characters from 0.
    public var offset: Int
    /// How many characters.
    public var length: Int

    /// Makes an error.
    public init(
        _ message: String,
        hint: String? = nil,
        index: Int = 0,
        offset: Int,
        length: Int = 1
    ) {
        self.message = message
        self.hint = hint
        self.index = index
        self.offset = offset
        self.length = length
    }
}
