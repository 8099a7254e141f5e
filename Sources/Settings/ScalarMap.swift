// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Where each character of a scalar's text stands in the file.
///
/// It walks the file from the scalar's beginning beside the text that YAML made of it, and gives up
/// (is nil) where the two cannot be matched, such as an explicit indentation indicator.
struct ScalarMap {
    /// A position in the file, both from 1.
    struct Position: Equatable {
        var line: Int
        var column: Int
    }

    /// The position of each character of the text.
    private(set) var positions: [Position] = []
    /// How many characters the scalar covers on its first line, quotes included.
    private(set) var firstLineLength = 1

    private let lines: [String]
    private let text: [Character]
    private var row: [Character] = []
    private var line: Int
    private var column: Int

    init?(source: SettingsSource, node: SettingsNode) {
        guard case .scalar(let string, let style) = node.content,
            source.lines.indices.contains(node.place.line - 1)
        else { return nil }
        lines = source.lines
        text = Array(string)
        line = node.place.line
        column = node.place.column
        row = Array(lines[line - 1])
        skipProperties()
        let matches =
            switch style {
            case .plain: walkFlow(escapes: .none)
            case .singleQuoted: walkFlow(escapes: .doubledQuote)
            case .doubleQuoted: walkFlow(escapes: .backslash)
            case .literal, .folded: walkBlock()
            }
        guard matches else { return nil }
        let start = node.place
        if line == start.line {
            let closing = style == .plain ? 0 : 1
            firstLineLength = column - start.column + closing
        } else {
            firstLineLength = max(1, lines[start.line - 1].trimmedEnd - start.column + 1)
        }
    }

    /// The position of character `offset`; the end of the text for one beyond it.
    func position(of offset: Int) -> Position? {
        if positions.indices.contains(offset) { return positions[offset] }
        return Position(line: line, column: column)
    }

    private enum Escapes {
        case none
        case doubledQuote
        case backslash
    }

    private var here: Character? {
        row.indices.contains(column - 1) ? row[column - 1] : nil
    }

    private var isRestBlank: Bool {
        row.dropFirst(column - 1).allSatisfy { $0 == " " || $0 == "\t" }
    }

    private mutating func record() {
        positions.append(Position(line: line, column: column))
    }

    private mutating func nextLine() -> Bool {
        guard line < lines.count else { return false }
        line += 1
        row = Array(lines[line - 1])
        column = 1
        return true
    }

    private mutating func skipBlanks() {
        while here == " " || here == "\t" { column += 1 }
    }

    /// Anchors and tags stand before the scalar, inside what libyaml calls its beginning.
    private mutating func skipProperties() {
        while here == "&" || here == "!" {
            while here != nil, here != " " { column += 1 }
            skipBlanks()
        }
    }

    private mutating func walkFlow(escapes: Escapes) -> Bool {
        if escapes != .none { column += 1 }
        var index = 0
        while index < text.count {
            if isRestBlank {
                guard let count = fold(at: index) else { return false }
                index += count
                continue
            }
            guard let character = here else { return false }
            switch (escapes, character) {
            case (.doubledQuote, "'"):
                guard text[index] == "'" else { return false }
                record()
                column += 2
                index += 1
            case (.backslash, "\\"):
                guard let count = unescape(at: index) else { return false }
                index += count
            default:
                guard text[index] == character else { return false }
                record()
                column += 1
                index += 1
            }
        }
        return true
    }

    /// Passes a line's end: one break is a space, each further one a line feed; gives their count.
    private mutating func fold(at index: Int) -> Int? {
        let end = Position(line: line, column: column)
        var breaks = 0
        repeat {
            guard nextLine() else { return nil }
            breaks += 1
        } while isRestBlank
        skipBlanks()
        let made = breaks == 1 ? 1 : breaks - 1
        let expected: Character = breaks == 1 ? " " : "\n"
        guard index + made <= text.count,
            text[index..<(index + made)].allSatisfy({ $0 == expected })
        else { return nil }
        positions += Array(repeating: end, count: made)
        return made
    }

    /// Passes a backslash escape of a double-quoted scalar; gives how many characters it made.
    private mutating func unescape(at index: Int) -> Int? {
        let start = Position(line: line, column: column)
        column += 1
        guard let kind = here, !isRestBlank else {
            guard nextLine() else { return nil }
            skipBlanks()
            return 0
        }
        let digits: Int =
            switch kind {
            case "x": 2
            case "u": 4
            case "U": 8
            default: 0
            }
        positions.append(start)
        column += 1 + digits
        return 1
    }

    private mutating func walkBlock() -> Bool {
        guard nextLine() else { return text.isEmpty }
        var index = 0
        while index < text.count, isRestBlank, text[index] == "\n" {
            record()
            index += 1
            guard nextLine() else { return false }
        }
        let indent = row.prefix { $0 == " " }.count
        column = indent + 1
        while index < text.count {
            if let character = here {
                guard text[index] == character else { return false }
                record()
                column += 1
                index += 1
                continue
            }
            let run = text[index...].prefix { $0 == "\n" }.count
            let made = max(1, run)
            guard run > 0 || text[index] == " " else { return false }
            positions += Array(repeating: Position(line: line, column: column), count: made)
            index += made
            guard index < text.count else { return true }
            repeat {
                guard nextLine() else { return false }
            } while isRestBlank
            column = indent + 1
        }
        return true
    }
}

extension String {
    /// The column of the last character that is not a blank.
    fileprivate var trimmedEnd: Int {
        var count = count
        for character in reversed() {
            guard character == " " || character == "\t" else { break }
            count -= 1
        }
        return count
    }
}

extension SettingsNode {
    /// Where `length` characters of this scalar stand, from character `offset` of its text.
    ///
    /// A stretch that runs over a line's end is cut there.
    public func place(at offset: Int, length: Int = 1) -> SettingsPlace {
        guard let map = ScalarMap(source: source, node: self),
            let first = map.position(of: max(0, offset))
        else { return place }
        let last = map.position(of: max(0, offset) + max(1, length) - 1) ?? first
        let end =
            last.line == first.line ? last.column : source.lines[first.line - 1].count
        return SettingsPlace(
            line: first.line,
            column: first.column,
            length: max(1, end - first.column + 1)
        )
    }
}
