// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Where a string lies in the payload, without its quotes.
struct JSONText {
    var range: Range<Int>
    var isEscaped: Bool

    /// The string it spells.
    func string(_ bytes: Span<UInt8>) -> String {
        guard isEscaped else {
            return bytes.extracting(range).withUnsafeBufferPointer { buffer in
                String(decoding: buffer, as: UTF8.self)
            }
        }
        return String(decoding: spelled(bytes), as: UTF8.self)
    }

    /// Appends the UTF-8 it spells; the scanner has checked it.
    func append(to out: inout [UInt8], _ bytes: Span<UInt8>) {
        var index = range.lowerBound
        while index < range.upperBound {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                index += 1
                continue
            }
            let mark = bytes[index + 1]
            index += 2
            guard mark == UInt8(ascii: "u") else {
                out.append(Self.plain(mark))
                continue
            }
            var code = Self.unit(at: index, bytes)
            index += 4
            if code & 0xFC00 == 0xD800 {
                code = 0x10000 + (code & 0x3FF) << 10 + Self.unit(at: index + 2, bytes) & 0x3FF
                index += 6
            }
            // The scanner refuses lone surrogates, so that every code is a scalar.
            let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
            out.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }

    /// The UTF-8 it spells.
    func spelled(_ bytes: Span<UInt8>) -> [UInt8] {
        var spelled: [UInt8] = []
        spelled.reserveCapacity(range.count)
        append(to: &spelled, bytes)
        return spelled
    }

    private static func plain(_ mark: UInt8) -> UInt8 {
        switch mark {
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: mark
        }
    }

    /// The 16-bit unit written in four hexadecimal digits at `index`.
    static func unit(at index: Int, _ bytes: Span<UInt8>) -> UInt32 {
        var code: UInt32 = 0
        for offset in 0..<4 {
            code = code << 4 | UInt32(digit(bytes[index + offset]) ?? 0)
        }
        return code
    }

    /// The value of a hexadecimal digit; nil when it is none.
    static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

extension JSONScanner {
    /// Reads the string whose opening quote is here; checks UTF-8 and escapes.
    @inline(__always)
    mutating func string(_ bytes: Span<UInt8>) throws(JSONFault) -> JSONText {
        position += 1
        let start = position
        passPlain(bytes)
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return JSONText(range: start..<position - 1, isEscaped: false)
            }
            guard byte >= 0x20, byte < 0x80, byte != UInt8(ascii: "\\") else {
                return try unusualString(from: start, bytes)
            }
            position += 1
        }
        throw fault(.ended)
    }

    /// Passes eight characters at a time that stand for themselves, as long as there are eight bytes.
    @inline(__always)
    private mutating func passPlain(_ bytes: Span<UInt8>) {
        while position + 8 <= bytes.count {
            let marks = bytes.word(at: position).marks
            guard marks == 0 else {
                position += marks.trailingZeroBitCount / 8
                return
            }
            position += 8
        }
    }

    /// Goes on with a string that has escapes or characters beyond ASCII.
    private mutating func unusualString(
        from start: Int,
        _ bytes: Span<UInt8>
    ) throws(JSONFault) -> JSONText {
        var isEscaped = false
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return JSONText(range: start..<position - 1, isEscaped: isEscaped)
            case UInt8(ascii: "\\"):
                isEscaped = true
                try escape(bytes)
            case 0..<0x20: throw fault(.controlCharacter)
            case 0x80...: try scalar(bytes)
            default: position += 1
            }
        }
        throw fault(.ended)
    }

    private mutating func escape(_ bytes: Span<UInt8>) throws(JSONFault) {
        guard position + 1 < bytes.count else {
            position = bytes.count
            throw fault(.ended)
        }
        switch bytes[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            let code = try unit(bytes)
            guard code & 0xFC00 != 0xDC00 else { throw fault(.surrogate) }
            guard code & 0xFC00 == 0xD800 else {
                position += 6
                return
            }
            let first = position
            position += 6
            let isFollowed =
                position + 1 < bytes.count && bytes[position] == UInt8(ascii: "\\")
                && bytes[position + 1] == UInt8(ascii: "u")
            guard isFollowed, try unit(bytes) & 0xFC00 == 0xDC00 else {
                throw JSONFault(kind: .surrogate, offset: first)
            }
            position += 6
        default: throw fault(.escape)
        }
    }

    /// The unit of the `\u` escape here; the position stays.
    private func unit(_ bytes: Span<UInt8>) throws(JSONFault) -> UInt32 {
        guard position + 6 <= bytes.count else { throw fault(.escape) }
        for index in position + 2..<position + 6 where JSONText.digit(bytes[index]) == nil {
            throw fault(.escape)
        }
        return JSONText.unit(at: position + 2, bytes)
    }

    /// Passes one well-formed UTF-8 sequence beyond ASCII (The Unicode Standard, table 3-7).
    private mutating func scalar(_ bytes: Span<UInt8>) throws(JSONFault) {
        let lead = bytes[position]
        let second: ClosedRange<UInt8>
        let length: Int
        switch lead {
        case 0xC2...0xDF: (second, length) = (0x80...0xBF, 2)
        case 0xE0: (second, length) = (0xA0...0xBF, 3)
        case 0xED: (second, length) = (0x80...0x9F, 3)
        case 0xE1...0xEF: (second, length) = (0x80...0xBF, 3)
        case 0xF0: (second, length) = (0x90...0xBF, 4)
        case 0xF1...0xF3: (second, length) = (0x80...0xBF, 4)
        case 0xF4: (second, length) = (0x80...0x8F, 4)
        default: throw fault(.utf8)
        }
        guard position + length <= bytes.count, second.contains(bytes[position + 1]) else {
            throw fault(.utf8)
        }
        for index in position + 2..<max(position + 2, position + length)
        where bytes[index] & 0xC0 != 0x80 {
            throw fault(.utf8)
        }
        position += length
    }
}
