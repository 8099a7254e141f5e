// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// One line of a screen: pieces of text, each in a style.
struct ScreenLine: Equatable {
    /// How a piece looks where there are colours.
    enum Style: Equatable {
        case plain, bold, dim, good, doubtful, bad, title
        case route(Int)
    }

    private(set) var pieces: [(text: String, style: Style)] = []

    init() {}

    init(_ text: String, _ style: Style = .plain) {
        add(text, style)
    }

    static func == (left: Self, right: Self) -> Bool {
        left.pieces.elementsEqual(right.pieces) { $0.text == $1.text && $0.style == $1.style }
    }

    /// How many characters it has.
    var width: Int { pieces.reduce(0) { $0 + $1.text.count } }

    /// Adds a piece; what would move the cursor is taken out of it.
    mutating func add(_ text: String, _ style: Style = .plain) {
        pieces.append((Plain.text(text), style))
    }

    /// Adds the pieces of another line.
    mutating func add(_ line: ScreenLine) {
        pieces += line.pieces
    }

    /// Adds a piece in a column of `width` characters, at its left or its right side, and one space.
    mutating func add(_ text: String, width: Int, right: Bool = false, _ style: Style = .plain) {
        let plain = Plain.text(text)
        let shown = plain.count > width ? String(plain.prefix(max(0, width - 1))) + "…" : plain
        let gap = String(repeating: " ", count: max(0, width - shown.count))
        pieces.append(((right ? gap + shown : shown + gap) + " ", style))
    }

    /// Fills up with spaces to `width`, so that a bar goes from one side to the other.
    mutating func fill(to width: Int, _ style: Style) {
        let missing = width - self.width
        if missing > 0 { pieces.append((String(repeating: " ", count: missing), style)) }
    }

    /// The line, cut after `columns` characters.
    func text(columns: Int, _ ink: Ink) -> String {
        var left = columns
        var text = ""
        for piece in pieces where left > 0 {
            let part = String(piece.text.prefix(left))
            left -= part.count
            text += Self.styled(part, piece.style, ink)
        }
        return text
    }

    private static func styled(_ text: String, _ style: Style, _ ink: Ink) -> String {
        switch style {
        case .plain: text
        case .bold: ink.bold(text)
        case .dim: ink.dim(text)
        case .good: ink.green(text)
        case .doubtful: ink.yellow(text)
        case .bad: ink.red(text)
        case .title: ink.inverse(text)
        case .route(let number):
            switch number {
            case 0: ink.green(text)
            case 1: ink.cyan(text)
            case 2: ink.yellow(text)
            default: ink.dim(text)
            }
        }
    }
}
