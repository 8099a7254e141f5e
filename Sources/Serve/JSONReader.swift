// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Reads JSON text (RFC 8259) from left to right, without a tree in between.
///
/// The caller asks for what it expects next. Bounded: no deeper than `maximumDepth`, no more work
/// than the text is long.
struct JSONReader {
    static let maximumDepth = 32
    private static let longestNumber = 64

    private let bytes: [UInt8]
    private(set) var offset = 0
    private var depth = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The kinds of value, by their first byte.
    enum Kind {
        case object
        case array
        case text
        case number
        case word
    }

    /// What comes next.
    mutating func next() throws(ServeError) -> Kind {
        skipBlanks()
        guard offset < bytes.count else { throw fault("the text ends here") }
        switch bytes[offset] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .text
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"): return .word
        default: throw fault("a value is wanted here")
        }
    }

    /// Reads an object; `member` reads the value of each of its members.
    mutating func object(
        _ member: (inout JSONReader, String) throws(ServeError) -> Void
    ) throws(ServeError) {
        try open("{")
        if take("}") { return close() }
        repeat {
            skipBlanks()
            let name = try text()
            try expect(":")
            try member(&self, name)
        } while take(",")
        try expect("}")
        close()
    }

    /// Reads an array; `element` reads each of its elements.
    mutating func array(
        _ element: (inout JSONReader) throws(ServeError) -> Void
    ) throws(ServeError) {
        try open("[")
        if take("]") { return close() }
        repeat { try element(&self) } while take(",")
        try expect("]")
        close()
    }

    /// Reads a number as it is written.
    mutating func number() throws(ServeError) -> Substring {
        guard try next() == .number else { throw fault("a number is wanted here") }
        let start = offset
        while offset < bytes.count, Self.isOfNumber(bytes[offset]) { offset += 1 }
        guard offset - start <= Self.longestNumber else {
            throw fault("this number is too long")
        }
        return Substring(decoding: bytes[start..<offset], as: UTF8.self)
    }

    /// Reads `true` or `false`.
    mutating func flag() throws(ServeError) -> Bool {
        guard try next() == .word, bytes[offset] != UInt8(ascii: "n") else {
            throw fault("`true` or `false` is wanted here")
        }
        let isTrue = bytes[offset] == UInt8(ascii: "t")
        try word()
        return isTrue
    }

    /// Reads past a value of any kind; returns where it begins.
    @discardableResult
    mutating func skip() throws(ServeError) -> Int {
        let kind = try next()
        let start = offset
        switch kind {
        case .object: try object { reader, _ throws(ServeError) in try reader.skip() }
        case .array: try array { reader throws(ServeError) in try reader.skip() }
        case .text: _ = try text()
        case .number: _ = try number()
        case .word: try word()
        }
        return start
    }

    /// Reads again from `place`, where a value begins.
    mutating func rewind(to place: Int) {
        offset = place
    }

    /// Throws unless nothing but blanks is left.
    mutating func finish() throws(ServeError) {
        skipBlanks()
        guard offset == bytes.count else { throw fault("the end is wanted here") }
    }

    /// The refusal of what stands at the present place.
    func fault(_ message: String) -> ServeError {
        .badRequest("the body is not what it should be at byte \(offset): \(message)")
    }

    private mutating func word() throws(ServeError) {
        for word in ["true", "false", "null"] where bytes[offset...].starts(with: word.utf8) {
            offset += word.utf8.count
            return
        }
        throw fault("`true`, `false` or `null` is wanted here")
    }

    private mutating func open(_ bracket: Unicode.Scalar) throws(ServeError) {
        try expect(bracket)
        depth += 1
        guard depth <= Self.maximumDepth else { throw fault("it nests too deeply") }
    }

    private mutating func close() {
        depth -= 1
    }

    private mutating func skipBlanks() {
        while offset < bytes.count {
            switch bytes[offset] {
            case 0x20, 0x09, 0x0A, 0x0D: offset += 1
            default: return
            }
        }
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard offset < bytes.count, bytes[offset] == UInt8(ascii: scalar) else { return false }
        offset += 1
        return true
    }

    private mutating func expect(_ scalar: Unicode.Scalar) throws(ServeError) {
        guard take(scalar) else { throw fault("`\(scalar)` is wanted here") }
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"),
            UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default:
            false
        }
    }
}

extension JSONReader {
    /// Reads a text.
    mutating func text() throws(ServeError) -> String {
        guard try next() == .text else { throw fault("a text is wanted here") }
        offset += 1
        var text: [UInt8] = []
        while offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let text = String(validating: text, as: UTF8.self) else {
                    throw fault("this text is not UTF-8")
                }
                return text
            case UInt8(ascii: "\\"):
                text.append(contentsOf: try escape())
            case ..<0x20:
                throw fault("a control character in a text")
            default:
                text.append(byte)
            }
        }
        throw fault("this text does not end")
    }

    private mutating func escape() throws(ServeError) -> [UInt8] {
        guard offset < bytes.count else { throw fault("this text does not end") }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "u"): return Array(String(try scalar()).utf8)
        default: throw fault("an unknown escape in a text")
        }
    }

    private mutating func scalar() throws(ServeError) -> Unicode.Scalar {
        var value = try hexadecimal()
        if (0xD800..<0xDC00).contains(value), bytes[offset...].starts(with: "\\u".utf8) {
            offset += 2
            let low = try hexadecimal()
            guard (0xDC00..<0xE000).contains(low) else { throw fault("half a surrogate pair") }
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw fault("half a surrogate pair") }
        return scalar
    }

    private mutating func hexadecimal() throws(ServeError) -> UInt32 {
        guard offset + 4 <= bytes.count else { throw fault("this text does not end") }
        var value: UInt32 = 0
        for byte in bytes[offset..<offset + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw fault("four hexadecimal digits are wanted here")
            }
            value = value << 4 | UInt32(digit)
        }
        offset += 4
        return value
    }
}
