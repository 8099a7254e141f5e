// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Reads one line of JSON (RFC 8259), for rows of numbers.
///
/// `NaN` and the infinities, which some writers leave in such files, are read as numbers, so that the
/// row they spoil can be named. Bounded: no deeper than 16, no more work than the line is long.
struct RowScanner {
    /// What is wrong, and at which byte of the line.
    struct Fault: Error {
        var message: String
        var offset: Int
    }

    enum Value {
        case null
        case flag
        case number(Double)
        case text(String)
        case numbers([Double])
        case other
    }

    private let bytes: ArraySlice<UInt8>
    private(set) var offset: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        offset = bytes.startIndex
    }

    /// Where the scanner is, from the start of the line.
    var column: Int { offset - bytes.startIndex }

    /// Reads an object that is the whole line; `member` is given each member's name and value.
    mutating func object(
        _ member: (String, Value, Int) throws(Fault) -> Void
    ) throws(Fault) {
        try expect(UInt8(ascii: "{"), "a row is an object, `{…}`")
        if !take(UInt8(ascii: "}")) {
            repeat {
                blanks()
                let start = column
                let name = try text()
                try expect(UInt8(ascii: ":"), "`:` is wanted after a name")
                try member(name, try value(depth: 0), start)
            } while take(UInt8(ascii: ","))
            try expect(UInt8(ascii: "}"), "`,` or `}` is wanted here")
        }
        blanks()
        guard offset == bytes.endIndex else { throw fault("nothing may follow the row's `}`") }
    }

    private mutating func value(depth: Int) throws(Fault) -> Value {
        blanks()
        guard offset < bytes.endIndex else { throw fault("the line ends too early") }
        guard depth < 16 else { throw fault("too deep") }
        switch bytes[offset] {
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "["): return try list(depth: depth)
        case UInt8(ascii: "{"):
            offset += 1
            guard !take(UInt8(ascii: "}")) else { return .other }
            repeat {
                blanks()
                _ = try text()
                try expect(UInt8(ascii: ":"), "`:` is wanted after a name")
                _ = try value(depth: depth + 1)
            } while take(UInt8(ascii: ","))
            try expect(UInt8(ascii: "}"), "`,` or `}` is wanted here")
            return .other
        case UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
            if word("null") { return .null }
            guard word("true") || word("false") else { throw fault("a value is wanted here") }
            return .flag
        default: return .number(try number())
        }
    }

    private mutating func list(depth: Int) throws(Fault) -> Value {
        offset += 1
        var numbers: [Double] = []
        var isPlain = true
        if take(UInt8(ascii: "]")) { return .numbers([]) }
        repeat {
            if case .number(let number) = try value(depth: depth + 1) {
                numbers.append(number)
            } else {
                isPlain = false
            }
        } while take(UInt8(ascii: ","))
        try expect(UInt8(ascii: "]"), "`,` or `]` is wanted here")
        return isPlain ? .numbers(numbers) : .other
    }

    private mutating func number() throws(Fault) -> Double {
        if word("NaN") { return .nan }
        if word("Infinity") || word("-Infinity") { return .infinity }
        let start = offset
        while offset < bytes.endIndex, Self.isOfNumber(bytes[offset]) { offset += 1 }
        guard offset > start, offset - start <= 64,
            let number = Double(String(decoding: bytes[start..<offset], as: UTF8.self))
        else {
            offset = start
            throw fault("a value is wanted here")
        }
        return number
    }

    private mutating func text() throws(Fault) -> String {
        guard offset < bytes.endIndex, bytes[offset] == UInt8(ascii: "\"") else {
            throw fault("a text in quotes is wanted here")
        }
        offset += 1
        var plain: [UInt8] = []
        while offset < bytes.endIndex {
            let byte = bytes[offset]
            offset += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: plain, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &plain)
            case 0..<0x20: throw fault("a control character in a text")
            default: plain.append(byte)
            }
        }
        throw fault("a text without its closing quote")
    }

    private mutating func escape(into plain: inout [UInt8]) throws(Fault) {
        guard offset < bytes.endIndex else { throw fault("the line ends too early") }
        let byte = bytes[offset]
        offset += 1
        switch byte {
        case UInt8(ascii: "n"): plain.append(0x0A)
        case UInt8(ascii: "t"): plain.append(0x09)
        case UInt8(ascii: "r"): plain.append(0x0D)
        case UInt8(ascii: "b"): plain.append(0x08)
        case UInt8(ascii: "f"): plain.append(0x0C)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain.append(byte)
        case UInt8(ascii: "u"):
            var code = try unit()
            if (0xD800..<0xDC00).contains(code), word("\\u") {
                let low = try unit()
                guard (0xDC00..<0xE000).contains(low) else { throw fault("half a character") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw fault("half a character") }
            plain.append(contentsOf: String(scalar).utf8)
        default: throw fault("an escape that JSON does not know")
        }
    }

    private mutating func unit() throws(Fault) -> UInt32 {
        let end = min(offset + 4, bytes.endIndex)
        let digits = String(decoding: bytes[offset..<end], as: UTF8.self)
        guard digits.utf8.count == 4, let code = UInt32(digits, radix: 16) else {
            throw fault("`\\u` wants four hexadecimal digits")
        }
        offset += 4
        return code
    }

    private mutating func word(_ word: String) -> Bool {
        guard bytes[offset...].starts(with: word.utf8) else { return false }
        offset += word.utf8.count
        return true
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        blanks()
        guard offset < bytes.endIndex, bytes[offset] == byte else { return false }
        offset += 1
        return true
    }

    private mutating func expect(_ byte: UInt8, _ message: String) throws(Fault) {
        guard take(byte) else { throw fault(message) }
    }

    private mutating func blanks() {
        while offset < bytes.endIndex, [0x20, 0x09, 0x0D].contains(bytes[offset]) { offset += 1 }
    }

    private func fault(_ message: String) -> Fault {
        Fault(message: message, offset: column)
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"),
            UInt8(ascii: "E"):
            true
        default: false
        }
    }
}
