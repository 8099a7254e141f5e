// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A text with named places, such as `alerts/{line}/{machine}`.
///
/// A place is a name in braces: letters, digits, `_`, `.` and `-`. `{{` and `}}` stand for the braces.
public struct Template: Hashable, Sendable {
    /// One piece of a template.
    public enum Piece: Hashable, Sendable {
        /// Text as it stands.
        case text(String)
        /// A place to be filled.
        case place(String)
    }

    /// What is wrong with a template, and at which character (from 0).
    public struct Malformed: Error, Equatable, Sendable {
        /// What is wrong.
        public var message: String
        /// Where, in characters from 0.
        public var offset: Int
    }

    /// The text it was made from.
    public let source: String
    /// Its pieces in order.
    public let pieces: [Piece]

    /// Reads a template.
    public init(_ source: String) throws(Malformed) {
        self.source = source
        pieces = try Self.parse(source)
    }

    /// The names it asks for, in order.
    public var names: [String] {
        pieces.compactMap { piece in
            guard case .place(let name) = piece else { return nil }
            return name
        }
    }

    /// The text with every place filled by `value`; nil when a name has no value.
    public func filled(_ value: (String) -> String?) -> String? {
        var text = ""
        for piece in pieces {
            switch piece {
            case .text(let part):
                text += part
            case .place(let name):
                guard let part = value(name) else { return nil }
                text += part
            }
        }
        return text
    }

    private static func parse(_ source: String) throws(Malformed) -> [Piece] {
        var pieces: [Piece] = []
        var text = ""
        let characters = Array(source)
        var index = 0
        while index < characters.count {
            let character = characters[index]
            let isDoubled = index + 1 < characters.count && characters[index + 1] == character
            switch character {
            case "{" where isDoubled, "}" where isDoubled:
                text.append(character)
                index += 2
            case "}":
                throw Malformed(message: "`}` without `{`", offset: index)
            case "{":
                guard let end = characters[index...].firstIndex(of: "}") else {
                    throw Malformed(message: "`{` without `}`", offset: index)
                }
                let name = String(characters[(index + 1)..<end])
                guard !name.isEmpty, name.utf8.allSatisfy(isNameByte) else {
                    throw Malformed(message: "`{\(name)}` is not a name", offset: index)
                }
                if !text.isEmpty {
                    pieces.append(.text(text))
                    text = ""
                }
                pieces.append(.place(name))
                index = end + 1
            default:
                text.append(character)
                index += 1
            }
        }
        if !text.isEmpty {
            pieces.append(.text(text))
        }
        return pieces
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "-"):
            true
        default:
            false
        }
    }
}
