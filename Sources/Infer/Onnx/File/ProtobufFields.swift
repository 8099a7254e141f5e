// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The fields of one Protocol Buffers message, from its first byte to its last, nothing copied.
///
/// Made for bytes nobody vouches for: a field that does not end where it says ends the reading, and
/// no work is done twice. Source: the encoding page of the Protocol Buffers documentation.
struct ProtobufFields: Sequence, IteratorProtocol {
    /// One field: its number, and what it holds.
    struct Field {
        var number: Int
        var content: Content
    }

    /// What a field holds, by its wire type.
    enum Content {
        /// Wire type 0.
        case integer(UInt64)
        /// Wire type 2: a text, a message, or packed numbers.
        case bytes(Slice<UnsafeRawBufferPointer>)
        /// Wire types 1 and 5, which nothing here reads.
        case fixed
    }

    private let bytes: UnsafeRawBufferPointer
    private var offset: Int
    private let end: Int
    /// True once a field did not end where it should.
    private(set) var isBroken = false

    /// Reads the message that `bytes` are.
    init(_ bytes: Slice<UnsafeRawBufferPointer>) {
        self.bytes = bytes.base
        offset = bytes.startIndex
        end = bytes.endIndex
    }

    mutating func next() -> Field? {
        guard !isBroken, offset < end else { return nil }
        guard let key = integer(), let field = field(key) else {
            isBroken = true
            return nil
        }
        return field
    }

    private mutating func field(_ key: UInt64) -> Field? {
        guard key >> 3 > 0, key >> 3 < 1 << 29 else { return nil }
        let number = Int(key >> 3)
        switch key & 7 {
        case 0:
            return integer().map { Field(number: number, content: .integer($0)) }
        case 1, 5:
            let width = key & 7 == 1 ? 8 : 4
            guard end - offset >= width else { return nil }
            offset += width
            return Field(number: number, content: .fixed)
        case 2:
            guard let length = integer(), length <= UInt64(end - offset) else { return nil }
            let start = offset
            offset += Int(length)
            let slice = Slice(base: bytes, bounds: start..<offset)
            return Field(number: number, content: .bytes(slice))
        default:
            return nil
        }
    }

    /// A number of seven bits a byte, the lowest first.
    private mutating func integer() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < end, shift < 64 {
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }

    /// The numbers that a packed field holds, at most `limit` of them.
    static func packed(_ bytes: Slice<UnsafeRawBufferPointer>, limit: Int) -> [Int64] {
        var reader = ProtobufFields(bytes)
        var numbers: [Int64] = []
        while numbers.count < limit, reader.offset < reader.end, let number = reader.integer() {
            numbers.append(Int64(bitPattern: number))
        }
        return numbers
    }
}
