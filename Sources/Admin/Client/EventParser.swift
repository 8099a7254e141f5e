// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Reads server-sent events (WHATWG HTML, section 9.2.6) from parts that break anywhere.
///
/// A line longer than `lineLimit` is passed over with its event; lines end with a line feed, as our own
/// server sends them.
struct EventParser {
    struct Event: Equatable {
        var name: String
        var data: [UInt8]
    }

    static let lineLimit = 256 << 10

    private var line: [UInt8] = []
    private var name = "message"
    private var data: [UInt8]?
    private var isTooLong = false

    /// Takes a part of the stream; the events that it completes.
    mutating func take(_ part: [UInt8]) -> [Event] {
        var events: [Event] = []
        for piece in part.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            // What stands before the first line feed belongs to the line begun earlier.
            if piece.offset > 0 { end(&events) }
            if line.count + piece.element.count > Self.lineLimit {
                isTooLong = true
                line.removeAll()
            } else {
                line += piece.element
            }
        }
        return events
    }

    private mutating func end(_ events: inout [Event]) {
        defer { line.removeAll(keepingCapacity: true) }
        if line.isEmpty {
            if let data, !isTooLong { events.append(Event(name: name, data: data)) }
            (name, data, isTooLong) = ("message", nil, false)
            return
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0 else { return }
        var value = line[(colon + 1)...]
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "event": name = String(decoding: value, as: UTF8.self)
        case "data":
            data = data.map { $0 + [UInt8(ascii: "\n")] + value } ?? Array(value)
            if data?.count ?? 0 > Self.lineLimit { (data, isTooLong) = ([], true) }
        default: break
        }
    }
}
