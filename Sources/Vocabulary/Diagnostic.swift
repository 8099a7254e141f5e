// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Something wrong, or doubtful, in a file a person wrote: what, where, and what to do.
public struct Diagnostic: Error, Equatable, Sendable {
    /// How bad it is.
    public enum Severity: String, Codable, Comparable, Sendable {
        /// It runs, and is probably not what was meant.
        case warning
        /// It cannot run.
        case error

        /// Whether `left` is less severe than `right`.
        public static func < (left: Self, right: Self) -> Bool {
            left == .warning && right == .error
        }
    }

    /// How bad it is.
    public var severity: Severity
    /// What is wrong, one sentence without a full stop, names in backticks.
    public var message: String
    /// What to do about it, where that is not plain from the message.
    public var hint: String?
    /// The file, as the user named it or below the folder the user named.
    public var file: String
    /// The line, from 1; 0 when the whole file is meant.
    public var line: Int
    /// The column in characters, from 1.
    public var column: Int
    /// How many characters the caret line underlines; at least 1.
    public var length: Int

    /// Makes a diagnostic.
    public init(
        _ severity: Severity,
        _ message: String,
        hint: String? = nil,
        file: String,
        line: Int = 0,
        column: Int = 1,
        length: Int = 1
    ) {
        self.severity = severity
        self.message = message
        self.hint = hint
        self.file = file
        self.line = line
        self.column = column
        self.length = length
    }

    /// How many characters of a message, and of a source line, are shown.
    private static let shownMessage = 1_000
    private static let shownLine = 160

    /// The diagnostic as compilers print it; `sourceLine` adds the line and a caret under the place.
    ///
    /// Of a long line only what stands around the place is shown.
    public func rendered(sourceLine: String? = nil) -> String {
        var text = line > 0 ? "\(file):\(line):\(column): " : "\(file): "
        text += "\(severity.rawValue): " + Self.clipped(message)
        if let hint {
            text += "; " + Self.clipped(hint)
        }
        guard line > 0, let sourceLine else { return text }
        let number = String(line)
        let margin = String(repeating: " ", count: max(0, 4 - number.count)) + number
        let blank = String(repeating: " ", count: margin.count)
        let (shown, place) = excerpt(of: sourceLine)
        let lead = shown.prefix(place).map { $0 == "\t" ? "\t" : " " }.joined()
        let room = max(0, shown.count - place - 1)
        let isClipped = shown.count < sourceLine.count
        let tail = String(
            repeating: "~",
            count: max(0, isClipped ? min(length - 1, room) : length - 1)
        )
        return text + "\n\(margin) | \(shown)\n\(blank) | \(lead)^\(tail)"
    }

    /// What is shown of a line, and where in that the place is.
    private func excerpt(of line: String) -> (text: String, place: Int) {
        let place = max(0, column - 1)
        guard line.count > Self.shownLine else { return (line, place) }
        let first = max(0, min(place - Self.shownLine / 4, line.count - Self.shownLine))
        let part = line.dropFirst(first).prefix(Self.shownLine)
        let lead = first > 0 ? "…" : ""
        let tail = first + part.count < line.count ? "…" : ""
        return (lead + part + tail, place - first + lead.count)
    }

    private static func clipped(_ text: String) -> String {
        text.utf8.count > shownMessage && text.count > shownMessage
            ? text.prefix(shownMessage - 1) + "…" : text
    }
}
