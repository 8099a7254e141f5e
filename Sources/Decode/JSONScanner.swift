// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Reads JSON text (RFC 8259) from bytes, strictly and without building anything.
///
/// It holds only the position; the bytes are handed to each call as a span, whose every access is
/// checked. What it reads over it also checks: UTF-8, escapes, numbers, structure.
struct JSONScanner {
    /// Where the next byte is.
    var position = 0
    /// How many arrays and objects may be open at once.
    let depthLimit: Int

    init(depthLimit: Int) {
        self.depthLimit = depthLimit
    }

    func fault(_ kind: JSONFault.Kind) -> JSONFault {
        JSONFault(kind: kind, offset: position)
    }

    /// Passes white space and answers the byte after it.
    @inline(__always)
    mutating func next(_ bytes: Span<UInt8>) throws(JSONFault) -> UInt8 {
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return byte
            }
        }
        throw fault(.ended)
    }

    /// Passes white space and answers the kind of the value after it.
    @inline(__always)
    mutating func nextKind(_ bytes: Span<UInt8>) throws(JSONFault) -> JSONKind {
        guard let kind = JSONKind(try next(bytes)) else { throw fault(.unexpected) }
        return kind
    }

    /// Checks that a text begins here, and is not blank.
    mutating func begin(_ bytes: Span<UInt8>) throws(JSONFault) {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            case 0xEF where isMarked(bytes): throw fault(.byteOrderMark)
            default: return
            }
        }
        throw fault(.empty)
    }

    private func isMarked(_ bytes: Span<UInt8>) -> Bool {
        position == 0 && bytes.count > 2 && bytes[1] == 0xBB && bytes[2] == 0xBF
    }

    /// Checks that nothing but white space follows.
    mutating func end(_ bytes: Span<UInt8>) throws(JSONFault) {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: throw fault(.trailing)
            }
        }
    }

    /// Passes white space and then exactly `byte`.
    @inline(__always)
    mutating func expect(_ byte: UInt8, _ bytes: Span<UInt8>) throws(JSONFault) {
        guard try next(bytes) == byte else { throw fault(.unexpected) }
        position += 1
    }

    /// Passes `,` or the closing byte after a value; true when another value follows.
    @inline(__always)
    mutating func another(
        closing: UInt8,
        _ bytes: Span<UInt8>
    ) throws(JSONFault) -> Bool {
        let byte = try next(bytes)
        guard byte == UInt8(ascii: ",") || byte == closing else { throw fault(.unexpected) }
        position += 1
        return byte != closing
    }

    /// Opens an array or object whose first byte is here; false when it is empty (and passed).
    @inline(__always)
    mutating func open(
        closing: UInt8,
        depth: Int,
        _ bytes: Span<UInt8>
    ) throws(JSONFault) -> Bool {
        guard depth < depthLimit else { throw fault(.depth) }
        position += 1
        guard try next(bytes) == closing else { return true }
        position += 1
        return false
    }

    /// Reads `true` or `false`.
    mutating func flag(_ bytes: Span<UInt8>) throws(JSONFault) -> Bool {
        guard bytes[position] == UInt8(ascii: "t") else {
            try word("false", bytes)
            return false
        }
        try word("true", bytes)
        return true
    }

    /// Passes `null`.
    mutating func null(_ bytes: Span<UInt8>) throws(JSONFault) {
        try word("null", bytes)
    }

    private mutating func word(
        _ word: StaticString,
        _ bytes: Span<UInt8>
    ) throws(JSONFault) {
        let length = word.utf8CodeUnitCount
        for index in 0..<length {
            guard position + index < bytes.count else { throw fault(.ended) }
            guard bytes[position + index] == word.utf8Start[index] else { throw fault(.unexpected) }
        }
        position += length
    }

    /// Passes a whole value, checking it.
    mutating func skipValue(depth: Int, _ bytes: Span<UInt8>) throws(JSONFault) {
        switch try nextKind(bytes) {
        case .null: try null(bytes)
        case .flag: _ = try flag(bytes)
        case .number:
            // Converted as well: a number nobody can hold is a fault wherever it stands.
            _ = try number(bytes).double(bytes)
        case .text: _ = try string(bytes)
        case .array:
            guard try open(closing: UInt8(ascii: "]"), depth: depth, bytes) else { return }
            repeat {
                try skipValue(depth: depth + 1, bytes)
            } while try another(closing: UInt8(ascii: "]"), bytes)
        case .object:
            guard try open(closing: UInt8(ascii: "}"), depth: depth, bytes) else { return }
            repeat {
                _ = try name(bytes)
                try skipValue(depth: depth + 1, bytes)
            } while try another(closing: UInt8(ascii: "}"), bytes)
        }
    }

    /// Reads a member's name and the colon after it.
    @inline(__always)
    mutating func name(_ bytes: Span<UInt8>) throws(JSONFault) -> JSONText {
        guard try next(bytes) == UInt8(ascii: "\"") else { throw fault(.unexpected) }
        let text = try string(bytes)
        try expect(UInt8(ascii: ":"), bytes)
        return text
    }
}
