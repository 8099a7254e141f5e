// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A fingerprint of a payload, the same in every run of every version.
///
/// It tells payloads apart that are meant honestly; it is no protection against forgery, which is why
/// it only ever stands beside the device, and decision ids are hashed once more under the site's key.
public struct ContentDigest: Hashable, Sendable {
    /// 64 bits.
    public let value: UInt64

    /// Makes a digest known from before.
    public init(value: UInt64) {
        self.value = value
    }

    /// Mixes eight bytes at a time by multiplying and folding 128 bits, as wyhash does
    /// (Wang Yi, "wyhash", final version 4); read in little-endian order on every machine.
    public init(of bytes: UnsafeRawBufferPointer) {
        var state = Self.fold(UInt64(bytes.count) ^ Self.first, Self.second)
        var index = 0
        while index + 8 <= bytes.count {
            let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            state = Self.fold(state ^ UInt64(littleEndian: word), Self.second)
            index += 8
        }
        var last: UInt64 = 0
        while index < bytes.count {
            last = last << 8 | UInt64(bytes[index])
            index += 1
        }
        value = Self.fold(Self.fold(state ^ last, Self.second) ^ Self.first, Self.third)
    }

    private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let (high, low) = left.multipliedFullWidth(by: right)
        return high ^ low
    }

    // Odd constants with as many ones as zeros; zero products are what they must avoid.
    private static let first: UInt64 = 0xA076_1D64_78BD_642F
    private static let second: UInt64 = 0xE703_7ED1_A0B4_28DB
    private static let third: UInt64 = 0x8EBC_6AF0_9C88_C6E3
}
