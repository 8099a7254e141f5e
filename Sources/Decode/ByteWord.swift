// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension Span<UInt8> {
    /// The eight bytes at `offset`, the first of them lowest; all of them must be there.
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        // The access is checked; any bytes are a number.
        UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

extension UInt64 {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let tops: UInt64 = 0x8080_8080_8080_8080

    /// The top bit of each of its eight bytes that does not stand for itself in a JSON string: a quote, a
    /// backslash, a control character, or one beyond ASCII.
    ///
    /// A borrow may mark bytes above a marked one by mistake, so that only the lowest mark counts
    /// (Mycroft's test for a zero byte, 1987).
    @inline(__always)
    var marks: UInt64 {
        let quotes = self ^ Self.ones &* 0x22
        let backslashes = self ^ Self.ones &* 0x5C
        let found =
            ((quotes &- Self.ones) & ~quotes)
            | ((backslashes &- Self.ones) & ~backslashes)
            | ((self &- Self.ones &* 0x20) & ~self)
            | self
        return found & Self.tops
    }
}
