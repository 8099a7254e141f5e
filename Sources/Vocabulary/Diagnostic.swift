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

    /// The diagnostic as compilers print it; `sourceLine` adds the line and a caret under the place.
    public func rendered(sourceLine: String? = nil) -> String {
        var text = line > 0 ? "\(file):\(line):\(column): " : "\(file): "
        text += "\(severity.rawValue): \(message)"
        if let hint {
            text += "; \(hint)"
        }
        guard line > 0, let sourceLine else { return text }
        let number = String(line)
        let margin = String(repeating: " ", count: max(0, 4 - number.count)) + number
        let blank = String(repeating: " ", count: margin.count)
        let lead = sourceLine.prefix(column - 1).map { $0 == "\t" ? "\t" : " " }.joined()
        let tail = String(repeating: "~", count: max(0, length - 1))
        return text + "\n\(margin) | \(sourceLine)\n\(blank) | \(lead)^\(tail)"
    }
}
