// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
public import Logging

/// Writes each log event as one line on standard error: time, level, text, then `key=value` pairs.
///
/// Where the line goes to the system's journal, which keeps time and level itself, it begins with the level as the
/// journal reads it (`<4>`) instead.
public struct LineLogHandler: LogHandler {
    /// The least level that is written.
    public var logLevel: Logger.Level
    /// Pairs written with every line.
    public var metadata: Logger.Metadata = [:]
    private let label: String
    private let style: Style

    /// How a line begins.
    enum Style {
        case timed
        case journal
    }

    /// Makes a handler for the logger called `label`.
    public init(label: String, level: Logger.Level) {
        self.init(
            label: label,
            level: level,
            style: JournalStream.isStandardError ? .journal : .timed
        )
    }

    init(label: String, level: Logger.Level, style: Style) {
        self.label = label
        self.style = style
        logLevel = level
    }

    /// The pair called `key`.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes one event.
    public func log(event: LogEvent) {
        var line = line(for: event)
        line += "\n"
        // One write call a line: lines of several threads do not mix.
        _ = line.withUTF8 { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// The line of one event, without its end.
    func line(for event: LogEvent) -> String {
        var line =
            switch style {
            case .timed: Self.timestamp() + " \(event.level.rawValue) \(label): \(event.message)"
            case .journal: "<\(Self.severity(of: event.level))>\(label): \(event.message)"
            }
        let pairs = metadata.merging(event.metadata ?? [:]) { _, new in new }
        for (key, value) in pairs.sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(Self.quoted(value.description))"
        }
        return line
    }

    /// The level as syslog counts it (RFC 5424, table 2).
    static func severity(of level: Logger.Level) -> Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// A value that came from outside must not be able to forge a line of its own.
    static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") }
        guard !isPlain || text.isEmpty else { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                quoted += "\\"
                quoted.unicodeScalars.append(scalar)
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                quoted += "\\u{\(String(scalar.value, radix: 16))}"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private static func timestamp() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        gmtime_r(&now.tv_sec, &parts)
        func padded(_ value: some BinaryInteger, _ width: Int) -> String {
            let digits = String(value)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        let (hour, minute, second) = (parts.tm_hour, parts.tm_min, parts.tm_sec)
        let days = [parts.tm_mon + 1, parts.tm_mday].map { padded($0, 2) }.joined(separator: "-")
        let date = "\(parts.tm_year + 1900)-\(days)"
        let clock = [hour, minute, second].map { padded($0, 2) }.joined(separator: ":")
        return "\(date)T\(clock).\(padded(now.tv_nsec / 1_000_000, 3))Z"
    }
}
