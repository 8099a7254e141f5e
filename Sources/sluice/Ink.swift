// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Colours, where they are wanted: on a terminal, unless `NO_COLOR` is set (no-color.org) or `TERM` is `dumb`.
struct Ink: Sendable {
    /// True when colours are written.
    var isColoured: Bool

    /// For standard output.
    static var standard: Ink { Ink(descriptor: STDOUT_FILENO) }

    init(isColoured: Bool) {
        self.isColoured = isColoured
    }

    /// For whatever `descriptor` leads to.
    init(descriptor: Int32) {
        isColoured = Self.isWanted(
            isTerminal: isatty(descriptor) == 1,
            noColour: getenv("NO_COLOR").map { String(cString: $0) },
            terminal: getenv("TERM").map { String(cString: $0) }
        )
    }

    /// The rule alone.
    static func isWanted(isTerminal: Bool, noColour: String?, terminal: String?) -> Bool {
        isTerminal && (noColour ?? "").isEmpty && terminal != "dumb"
    }

    func red(_ text: String) -> String { styled(text, "31;1") }
    func green(_ text: String) -> String { styled(text, "32") }
    func yellow(_ text: String) -> String { styled(text, "33") }
    func cyan(_ text: String) -> String { styled(text, "36") }
    func bold(_ text: String) -> String { styled(text, "1") }
    func dim(_ text: String) -> String { styled(text, "2") }
    func inverse(_ text: String) -> String { styled(text, "7") }

    private func styled(_ text: String, _ style: String) -> String {
        isColoured ? "\u{1B}[\(style)m\(text)\u{1B}[0m" : text
    }
}

/// Text from elsewhere as a terminal may have it.
enum Plain {
    /// The text without anything that moves a cursor or changes a terminal's state; 4000 characters at most.
    static func text(_ text: String) -> String {
        var plain = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(4_000) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse:
                plain.append("\u{FFFD}")
            default: plain.append(scalar)
            }
        }
        return String(plain)
    }
}
