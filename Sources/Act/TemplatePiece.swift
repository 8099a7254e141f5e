// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A piece of a template that needs no more than its names replaced: what Mustache would make of it, written
/// without looking each name up in a stack of contexts, which costs more than all else about an action.
enum TemplatePiece: Sendable, Hashable {
    /// Written as it stands.
    case text([UInt8])
    /// A place with this name.
    case place(String)

    /// The pieces of a template; nil for one with anything but text and places with plain names.
    static func pieces(of source: String) -> [TemplatePiece]? {
        var pieces: [TemplatePiece] = []
        var rest = source[...]
        while let open = rest.firstRange(of: "{{") {
            append(rest[..<open.lowerBound], to: &pieces)
            rest = rest[open.upperBound...]
            guard let close = rest.firstRange(of: "}}"),
                let name = plainName(rest[..<close.lowerBound])
            else { return nil }
            pieces.append(.place(name))
            rest = rest[close.upperBound...]
        }
        append(rest, to: &pieces)
        return pieces
    }

    private static func append(_ text: Substring, to pieces: inout [TemplatePiece]) {
        if !text.isEmpty { pieces.append(.text(Array(text.utf8))) }
    }

    /// A name of letters, digits and underscores, perhaps between spaces; nil for whatever else a tag may hold.
    private static func plainName(_ tag: Substring) -> String? {
        let name = tag.drop { $0 == " " }.prefix { $0 != " " }
        let isPlain = name.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_")
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
        let isAlone = tag[name.endIndex...].allSatisfy { $0 == " " }
        return isPlain && isAlone && !name.isEmpty ? String(name) : nil
    }
}
