// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The Castagnoli checksum (RFC 3720, appendix B.4), eight bytes a step.
///
/// Finds every burst of damage up to 32 bits and misses one random damage in four thousand million. It
/// is no protection against intent; sealing is.
struct CRC32C {
    private var state: UInt32 = ~0

    /// The checksum of everything added.
    var value: UInt32 { ~state }

    mutating func add(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { add($0) }
    }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var crc = state
        Self.tables.withUnsafeBufferPointer { table in
            var index = 0
            // "Slicing-by-8": M. Kounavis and F. Berry, ISCC 2005.
            while index + 8 <= bytes.count {
                let low = UInt32(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt32.self)
                )
                let high = UInt32(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: index + 4, as: UInt32.self)
                )
                let first = low ^ crc
                crc = table[1792 + Int(first & 0xFF)] ^ table[1536 + Int((first >> 8) & 0xFF)]
                crc ^= table[1280 + Int((first >> 16) & 0xFF)] ^ table[1024 + Int(first >> 24)]
                crc ^= table[768 + Int(high & 0xFF)] ^ table[512 + Int((high >> 8) & 0xFF)]
                crc ^= table[256 + Int((high >> 16) & 0xFF)] ^ table[Int(high >> 24)]
                index += 8
            }
            while index < bytes.count {
                crc = (crc >> 8) ^ table[Int((crc ^ UInt32(bytes[index])) & 0xFF)]
                index += 1
            }
        }
        state = crc
    }

    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0x82F6_3B78 : crc >> 1 }
            tables[byte] = crc
        }
        for slice in 1..<8 {
            for byte in 0..<256 {
                let before = tables[(slice - 1) * 256 + byte]
                tables[slice * 256 + byte] = (before >> 8) ^ tables[Int(before & 0xFF)]
            }
        }
        return tables
    }()
}
