// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension ReplyJSON {
    /// Why bytes are not JSON, and at which byte.
    struct Malformed: Error, Equatable {
        var message: String
        var offset: Int
    }

    /// Reads one JSON text (RFC 8259), nested at most `maximumDepth` deep.
    ///
    /// Linear in the length of the text, which the transport has bounded.
    init(parsing bytes: [UInt8], maximumDepth: Int = 16) throws(Malformed) {
        var parser = ReplyParser(bytes: bytes, maximumDepth: maximumDepth)
        self = try parser.document()
    }
}

/// A recursive-descent parser over the bytes of a reply.
private struct ReplyParser {
    let bytes: [UInt8]
    let maximumDepth: Int
    var offset = 0

    init(bytes: [UInt8], maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    mutating func document() throws(ReplyJSON.Malformed) -> ReplyJSON {
        let value = try value(depth: 0)
        skipSpace()
        guard offset == bytes.count else { throw malformed("more follows the value") }
        return value
    }

    private var current: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private func malformed(_ message: String) -> ReplyJSON.Malformed {
        ReplyJSON.Malformed(message: message, offset: offset)
    }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            offset += 1
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard current == byte else { return false }
        offset += 1
        return true
    }

    private mutating func value(depth: Int) throws(ReplyJSON.Malformed) -> ReplyJSON {
        guard depth <= maximumDepth else { throw malformed("nested too deeply") }
        skipSpace()
        guard let byte = current else { throw malformed("ends before its value") }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try list(depth: depth)
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): return try word("true", .flag(true))
        case UInt8(ascii: "f"): return try word("false", .flag(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw malformed("no value begins here")
        }
    }

    private mutating func word(
        _ word: StaticString,
        _ value: ReplyJSON
    ) throws(ReplyJSON.Malformed) -> ReplyJSON {
        let end = offset + word.utf8CodeUnitCount
        guard end <= bytes.count,
            word.withUTF8Buffer({ bytes[offset..<end].elementsEqual($0) })
        else { throw malformed("no value begins here") }
        offset = end
        return value
    }

    private mutating func list(depth: Int) throws(ReplyJSON.Malformed) -> ReplyJSON {
        offset += 1
        var values: [ReplyJSON] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .list(values) }
        values.reserveCapacity(4)
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .list(values) }
            guard take(UInt8(ascii: ",")) else { throw malformed("`,` or `]` is missing") }
        }
    }

    private mutating func object(depth: Int) throws(ReplyJSON.Malformed) -> ReplyJSON {
        offset += 1
        var members: [ReplyJSON.Member] = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        members.reserveCapacity(4)
        while true {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw malformed("a name is missing") }
            let name = try text()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw malformed("`:` is missing") }
            members.append(ReplyJSON.Member(name: name, value: try value(depth: depth + 1)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw malformed("`,` or `}` is missing") }
        }
    }

    private mutating func number() throws(ReplyJSON.Malformed) -> ReplyJSON {
        let start = offset
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) {
            guard digits() > 0 else { throw malformed("a digit is missing") }
        }
        var (isWhole, places, hasExponent) = (true, 0, false)
        if take(UInt8(ascii: ".")) {
            isWhole = false
            places = digits()
            guard places > 0 else { throw malformed("a digit is missing") }
        }
        if let byte = current, byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            (isWhole, hasExponent) = (false, true)
            offset += 1
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard digits() > 0 else { throw malformed("a digit is missing") }
        }
        if isWhole, let integer = integer(start..<offset) { return .integer(integer) }
        if !hasExponent, let number = decimal(start..<offset, places: places) {
            return .number(number)
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        guard let number = Double(text) else { throw malformed("a number is out of range") }
        return .number(number)
    }

    /// The number written in `range` with `places` digits behind its point; nil where a division would not do.
    ///
    /// A whole number up to 2^53 and a power of ten up to 10^22 are exact as doubles, so their quotient is rounded
    /// once, as it should be (Clinger, How to Read Floating Point Numbers Accurately, 1990).
    private func decimal(_ range: Range<Int>, places: Int) -> Double? {
        guard places < Self.powersOfTen.count, let digits = integer(range),
            digits.magnitude <= 1 << 53, digits != 0
        else { return nil }
        return Double(digits) / Self.powersOfTen[places]
    }

    private static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]

    /// The whole number written in `range`, a point in it left out; nil beyond 64 bits.
    private func integer(_ range: Range<Int>) -> Int64? {
        var rest = range
        let isNegative = bytes[rest.lowerBound] == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        // Counted below zero, where there is one more.
        var value: Int64 = 0
        for index in rest where bytes[index] != UInt8(ascii: ".") {
            let (tenfold, isOver) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(bytes[index] &- UInt8(ascii: "0"))
            let (next, isUnder) = tenfold.subtractingReportingOverflow(digit)
            guard !isOver, !isUnder else { return nil }
            value = next
        }
        guard !isNegative else { return value }
        return value == .min ? nil : -value
    }

    private mutating func digits() -> Int {
        let start = offset
        while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
            offset += 1
        }
        return offset - start
    }

    private mutating func text() throws(ReplyJSON.Malformed) -> String {
        offset += 1
        // A text without escapes, which most are, is not copied before it is one.
        var end = offset
        while end < bytes.count, bytes[end] >= 0x20, bytes[end] != UInt8(ascii: "\""),
            bytes[end] != UInt8(ascii: "\\")
        {
            end += 1
        }
        guard end < bytes.count, bytes[end] == UInt8(ascii: "\"") else { return try escapedText() }
        defer { offset = end + 1 }
        return bytes.withUnsafeBufferPointer { bytes in
            String(decoding: UnsafeBufferPointer(rebasing: bytes[offset..<end]), as: UTF8.self)
        }
    }

    private mutating func escapedText() throws(ReplyJSON.Malformed) -> String {
        // What was read before the run of plain bytes that begins at `start`.
        var text: [UInt8] = []
        var start = offset
        while let byte = current {
            switch byte {
            case UInt8(ascii: "\""):
                text.append(contentsOf: bytes[start..<offset])
                offset += 1
                return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                text.append(contentsOf: bytes[start..<offset])
                offset += 1
                try escape(into: &text)
                start = offset
            case 0..<0x20:
                throw malformed("a control character stands in a text")
            default:
                offset += 1
            }
        }
        throw malformed("a text does not end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(ReplyJSON.Malformed) {
        guard let byte = current else { throw malformed("a text does not end") }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = UInt32(try unit())
            if code & 0xFC00 == 0xD800, take(UInt8(ascii: "\\")) {
                guard take(UInt8(ascii: "u")) else { throw malformed("half of a pair is missing") }
                let low = UInt32(try unit())
                guard low & 0xFC00 == 0xDC00 else { throw malformed("half of a pair is missing") }
                code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
            }
            guard let scalar = Unicode.Scalar(code) else {
                throw malformed("half of a pair is missing")
            }
            text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default: throw malformed("an unknown escape")
        }
    }

    private mutating func unit() throws(ReplyJSON.Malformed) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = current, let digit = Self.digit(byte) else {
                throw malformed("four hexadecimal digits are missing")
            }
            value = value << 4 | UInt16(digit)
            offset += 1
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
