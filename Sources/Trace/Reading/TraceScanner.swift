// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Reads one line of JSON (RFC 8259) from left to right, without a tree in between.
///
/// What the caller does not ask for is passed over, to a depth of 32.
struct TraceScanner {
    /// What is wrong with a line, and where.
    struct Fault: Error {
        var message: String
        /// From the line's beginning, in bytes.
        var offset: Int
    }

    static let depthLimit = 32

    private let bytes: [UInt8]
    private let start: Int
    private let end: Int
    private(set) var position: Int

    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        start = range.lowerBound
        end = range.upperBound
        position = start
    }

    func fault(_ message: String, at place: Int? = nil) -> Fault {
        Fault(message: message, offset: (place ?? position) - start)
    }

    // MARK: - Shapes

    /// Reads the members of the object that is here; `read` gets each name and must read or skip the value.
    mutating func object(
        _ read: (inout TraceScanner, String) throws(Fault) -> Void
    ) throws(Fault) {
        try expect(UInt8(ascii: "{"), "an object")
        guard !take(UInt8(ascii: "}")) else { return }
        repeat {
            guard peek() == UInt8(ascii: "\"") else { throw fault("a member's name is missing") }
            let name = try text()
            guard take(UInt8(ascii: ":")) else { throw fault("`:` is missing after a name") }
            try read(&self, name)
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw fault("`,` or `}` is missing in an object") }
    }

    /// Reads the elements of the array that is here.
    mutating func array(_ read: (inout TraceScanner) throws(Fault) -> Void) throws(Fault) {
        try expect(UInt8(ascii: "["), "an array")
        guard !take(UInt8(ascii: "]")) else { return }
        repeat {
            try read(&self)
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw fault("`,` or `]` is missing in an array") }
    }

    /// Throws unless nothing but white space is left.
    mutating func finish() throws(Fault) {
        guard peek() == nil else { throw fault("there is more after the object") }
    }

    /// The first byte of the next value; nil at the end.
    mutating func peek() -> UInt8? {
        while position < end {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x09 || byte == 0x0D else { return byte }
            position += 1
        }
        return nil
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ byte: UInt8, _ what: String) throws(Fault) {
        guard take(byte) else {
            throw fault(peek() == nil ? "the line ends in the middle" : "\(what) is wanted here")
        }
    }

    // MARK: - Values

    /// Passes over one value.
    mutating func skip(depth: Int = 0) throws(Fault) {
        guard depth < Self.depthLimit else { throw fault("nested more than 32 deep") }
        switch peek() {
        case UInt8(ascii: "{"):
            try object { (scanner, _) throws(Fault) in try scanner.skip(depth: depth + 1) }
        case UInt8(ascii: "["):
            try array { (scanner) throws(Fault) in try scanner.skip(depth: depth + 1) }
        case UInt8(ascii: "\""): _ = try text()
        case UInt8(ascii: "t"), UInt8(ascii: "f"): _ = try flag()
        case UInt8(ascii: "n"): try null()
        default: _ = try number()
        }
    }

    mutating func null() throws(Fault) {
        guard word("null") else { throw fault("a value is wanted here") }
    }

    mutating func flag() throws(Fault) -> Bool {
        _ = peek()
        if word("true") { return true }
        if word("false") { return false }
        throw fault("`true` or `false` is wanted here")
    }

    /// A whole number.
    mutating func whole() throws(Fault) -> Int64 {
        _ = peek()
        let first = position
        var cursor = first
        if cursor < end, bytes[cursor] == UInt8(ascii: "-") { cursor += 1 }
        while cursor < end, Self.isDigit(bytes[cursor]) { cursor += 1 }
        guard cursor < end, cursor - first <= 20,
            !Self.isNumberPart(bytes[cursor]),
            let number = Int64(String(decoding: bytes[first..<cursor], as: UTF8.self))
        else { throw fault("a whole number is wanted here") }
        position = cursor
        return number
    }

    /// A number; exact as long as its digits are few (Clinger 1990), otherwise by the library's reading.
    mutating func number() throws(Fault) -> Double {
        guard peek() != nil else { throw fault("the line ends in the middle") }
        let first = position
        var cursor = first
        var digits: UInt64 = 0
        var count = 0
        var power = 0
        let isNegative = bytes[cursor] == UInt8(ascii: "-")
        if isNegative { cursor += 1 }
        let whole = cursor
        while cursor < end, Self.isDigit(bytes[cursor]) {
            digits = digits &* 10 &+ UInt64(bytes[cursor] - 48)
            count += 1
            cursor += 1
        }
        guard cursor > whole else { throw fault("a value is wanted here", at: first) }
        if cursor < end, bytes[cursor] == UInt8(ascii: ".") {
            cursor += 1
            while cursor < end, Self.isDigit(bytes[cursor]) {
                digits = digits &* 10 &+ UInt64(bytes[cursor] - 48)
                count += 1
                power -= 1
                cursor += 1
            }
        }
        let hasExponent = cursor < end && bytes[cursor] | 0x20 == UInt8(ascii: "e")
        if !hasExponent, count <= 15 || (count <= 19 && digits < 1 << 53), power >= -22 {
            position = cursor
            let value = Double(digits) / Self.powers[-power]
            return isNegative ? -value : value
        }
        while cursor < end, Self.isNumberPart(bytes[cursor]) { cursor += 1 }
        guard cursor - first <= 400,
            let value = Double(String(decoding: bytes[first..<cursor], as: UTF8.self)),
            value.isFinite
        else { throw fault("this is no number", at: first) }
        position = cursor
        return value
    }

    /// A text.
    mutating func text() throws(Fault) -> String {
        guard take(UInt8(ascii: "\"")) else { throw fault("a text is wanted here") }
        let first = position
        while position < end {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return String(decoding: bytes[first..<position - 1], as: UTF8.self)
            }
            guard byte != UInt8(ascii: "\\") else {
                return String(decoding: try escaped(from: first), as: UTF8.self)
            }
            guard byte >= 0x20 else { throw fault("a control character in a text") }
            position += 1
        }
        throw fault("the line ends in the middle")
    }

    private mutating func escaped(from first: Int) throws(Fault) -> [UInt8] {
        var spelled = Array(bytes[first..<position])
        while position < end {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return spelled
            case UInt8(ascii: "\\"): try escape(&spelled)
            case 0..<0x20: throw fault("a control character in a text", at: position - 1)
            default: spelled.append(byte)
            }
        }
        throw fault("the line ends in the middle")
    }

    private mutating func escape(_ spelled: inout [UInt8]) throws(Fault) {
        guard position < end else { throw fault("the line ends in the middle") }
        let mark = bytes[position]
        position += 1
        switch mark {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): spelled.append(mark)
        case UInt8(ascii: "b"): spelled.append(0x08)
        case UInt8(ascii: "f"): spelled.append(0x0C)
        case UInt8(ascii: "n"): spelled.append(0x0A)
        case UInt8(ascii: "r"): spelled.append(0x0D)
        case UInt8(ascii: "t"): spelled.append(0x09)
        case UInt8(ascii: "u"):
            var code = try unit()
            if code & 0xFC00 == 0xD800, position + 1 < end, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                let low = try unit()
                code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
            }
            let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
            spelled.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default: throw fault("no such escape", at: position - 1)
        }
    }

    private mutating func unit() throws(Fault) -> UInt32 {
        guard position + 4 <= end,
            bytes[position..<position + 4].allSatisfy({ Self.isHexadecimal($0) }),
            let code = UInt32(
                String(decoding: bytes[position..<position + 4], as: UTF8.self),
                radix: 16
            )
        else { throw fault("four hexadecimal digits are wanted here") }
        position += 4
        return code
    }

    private mutating func word(_ word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard position + count <= end else { return false }
        let isThere = word.withUTF8Buffer { $0.elementsEqual(bytes[position..<position + count]) }
        if isThere { position += count }
        return isThere
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 6
    }

    private static func isNumberPart(_ byte: UInt8) -> Bool {
        isDigit(byte) || byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e")
            || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
    }

    private static let powers: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
        1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
    ]
}
