// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Cuts comma-separated values into records and fields (RFC 4180), fed in pieces.
///
/// A field that begins with a quote may hold commas, line ends and doubled quotes. Bounded: a record
/// that is longer than the limit ends the reading.
struct CSVRecords {
    /// How long one record may be, in bytes.
    static let limit = 1 << 20

    /// The bytes of what is not a whole record yet.
    private var pending: [UInt8] = []
    private var scanned = 0
    private var isQuoted = false
    private var isAtFieldStart = true
    /// The line the next record begins on, from 1.
    private var line = 1
    private var lineEnds = 0

    /// Takes in a piece; false when a record is too long.
    ///
    /// Hands every record that is whole to `body`, without its line end, with the line it began on and
    /// its line end.
    mutating func feed(
        _ bytes: some Sequence<UInt8>,
        _ body: (ArraySlice<UInt8>, Int, ArraySlice<UInt8>) -> Void
    ) -> Bool {
        pending.append(contentsOf: bytes)
        var start = 0
        while scanned < pending.count {
            let byte = pending[scanned]
            scanned += 1
            switch byte {
            case UInt8(ascii: "\""):
                if isQuoted || isAtFieldStart { isQuoted.toggle() }
                isAtFieldStart = false
            case UInt8(ascii: ",") where !isQuoted: isAtFieldStart = true
            case UInt8(ascii: "\n"):
                lineEnds += 1
                if isQuoted { continue }
                let isDouble = scanned - 2 >= start && pending[scanned - 2] == UInt8(ascii: "\r")
                let end = scanned - (isDouble ? 2 : 1)
                body(pending[start..<end], line, pending[end..<scanned])
                start = scanned
                line += lineEnds
                lineEnds = 0
                isAtFieldStart = true
            default: isAtFieldStart = false
            }
            if scanned - start > Self.limit { return false }
        }
        pending.removeFirst(start)
        scanned -= start
        return true
    }

    /// Hands over the last record where it has no line end.
    mutating func finish(_ body: (ArraySlice<UInt8>, Int, ArraySlice<UInt8>) -> Void) {
        guard !pending.isEmpty else { return }
        var record = pending[...]
        if record.last == UInt8(ascii: "\r") { record.removeLast() }
        body(record, line, [])
        pending = []
    }

    /// What there is of the record that is being read.
    var unfinished: ArraySlice<UInt8> { pending[...] }

    /// The line that is being read.
    var lineReached: Int { line }

    /// Cuts a record at the commas that are not quoted; quotes stay where they are.
    static func fields(of record: ArraySlice<UInt8>, into fields: inout [Range<Int>]) {
        fields.removeAll(keepingCapacity: true)
        var start = record.startIndex
        var isQuoted = false
        for place in record.indices {
            switch record[place] {
            case UInt8(ascii: "\"") where isQuoted || place == start: isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted:
                fields.append(start..<place)
                start = place + 1
            default: break
            }
        }
        fields.append(start..<record.endIndex)
    }

    /// A field's text without its quotes.
    static func unquoted(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let quote = UInt8(ascii: "\"")
        guard field.count >= 2, field.first == quote, field.last == quote else { return field }
        let inner = field.dropFirst().dropLast()
        guard inner.contains(quote) else { return inner }
        var text: [UInt8] = []
        var isSecond = false
        for byte in inner {
            isSecond = byte == quote && !isSecond
            if !isSecond { text.append(byte) }
        }
        return text[...]
    }
}
