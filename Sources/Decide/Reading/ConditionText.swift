// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A condition's source as characters, for finding the place of a word in it.
///
/// It knows texts in quotes from the rest and nothing else of the language; it only serves messages.
struct ConditionText {
    /// One word, operator character or text of the source.
    private struct Token {
        var text: String
        var offset: Int
        var isQuoted: Bool
    }

    private var tokens: [Token] = []

    init(_ source: String) {
        let characters = Array(source)
        var index = 0
        while index < characters.count {
            let start = index
            let character = characters[index]
            index += 1
            if character == "\"" || character == "'" {
                while index < characters.count, characters[index] != character {
                    index += characters[index] == "\\" ? 2 : 1
                }
                let end = min(index, characters.count)
                index = end + 1
                tokens.append(
                    Token(
                        text: String(characters[(start + 1)..<end]),
                        offset: start,
                        isQuoted: true
                    )
                )
            } else if Self.isWord(character) {
                while index < characters.count, Self.isWord(characters[index]) { index += 1 }
                let text = String(characters[start..<index])
                tokens.append(Token(text: text, offset: start, isQuoted: false))
            } else if !character.isWhitespace {
                tokens.append(Token(text: String(character), offset: start, isQuoted: false))
            }
        }
    }

    /// Where the variable `word` is first used, in characters from 0.
    func offset(ofWord word: String) -> Int? {
        tokens.first { !$0.isQuoted && ($0.text == word || $0.text.hasPrefix(word + ".")) }?.offset
    }

    /// The texts that `label` is compared with: in `label == "a"`, `label != "a"` and `label in ["a", "b"]`.
    var labels: [(text: String, offset: Int)] {
        var found: [(text: String, offset: Int)] = []
        for (index, token) in tokens.enumerated() where !token.isQuoted && token.text == "label" {
            let rest = tokens.dropFirst(index + 1)
            let words = rest.prefix(2).map(\.text)
            if words == ["=", "="] || words == ["!", "="] {
                guard let text = rest.dropFirst(2).first, text.isQuoted else { continue }
                found.append((text.text, text.offset))
            } else if words == ["in", "["] {
                for text in rest.dropFirst(2) {
                    if !text.isQuoted, text.text == "]" { break }
                    if text.isQuoted { found.append((text.text, text.offset)) }
                }
            }
        }
        return found
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber) || character == "_"
            || character == "."
    }
}

/// A stretch of characters, made from one of Unicode scalars.
struct CharacterRange {
    var offset: Int
    var length: Int
    /// The characters.
    var text: String

    init(scalars offset: Int, count: Int, in text: String) {
        let scalars = text.unicodeScalars
        let lead = String(String.UnicodeScalarView(scalars.prefix(offset)))
        let body = String(String.UnicodeScalarView(scalars.dropFirst(offset).prefix(count)))
        self.offset = lead.count
        length = max(1, body.count)
        self.text = body
    }
}
