// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What a row is, beside its content: what its seal or checksum is also taken over.
///
/// How often it was tried and whether it is parked change on their own and are left out.
struct RowFacts {
    var id: Int64
    var key: String
    var stream: Int64
    var kind: Int
    var priority: Int
    /// As in the file: hashed in a sealed row.
    var device: String
    var policy: String
    var policyVersion: String
    var storedAt: Int64
    var storedClock: Int64
    var expires: Int64?
    var codec: Int

    /// In canonical bytes: numbers as eight bytes, little-endian, texts behind their length.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(
            96 + key.utf8.count + device.utf8.count + policy.utf8.count + policyVersion.utf8.count
        )
        give { bytes.append(contentsOf: $0) }
        return bytes
    }

    /// Hands the same bytes over in pieces, without gathering them: once for every row stored.
    func give(_ take: (UnsafeRawBufferPointer) -> Void) {
        let numbers = (
            id.littleEndian, stream.littleEndian, Int64(kind).littleEndian,
            Int64(priority).littleEndian, storedAt.littleEndian, storedClock.littleEndian,
            (expires ?? .min).littleEndian, Int64(codec).littleEndian
        )
        withUnsafeBytes(of: numbers, take)
        Self.give(key, take)
        Self.give(device, take)
        Self.give(policy, take)
        Self.give(policyVersion, take)
    }

    private static func give(_ text: String, _ take: (UnsafeRawBufferPointer) -> Void) {
        var text = text
        text.withUTF8 { text in
            withUnsafeBytes(of: Int64(text.count).littleEndian, take)
            take(UnsafeRawBufferPointer(text))
        }
    }
}

extension [UInt8] {
    mutating func append(_ number: Int64) {
        var number = UInt64(bitPattern: number)
        for _ in 0..<8 {
            append(UInt8(truncatingIfNeeded: number))
            number >>= 8
        }
    }

    /// Texts behind their lengths in two bytes each, cut to what two bytes count.
    init(names: [String]) {
        self = []
        for name in names {
            let text = name.utf8.prefix(0xFFFF)
            append(UInt8(truncatingIfNeeded: text.count))
            append(UInt8(truncatingIfNeeded: text.count >> 8))
            append(contentsOf: text)
        }
    }

    /// Takes `count` texts off the front; nil when they are not there.
    mutating func removeNames(_ count: Int) -> [String]? {
        var names: [String] = []
        var place = 0
        for _ in 0..<count {
            guard place + 2 <= self.count else { return nil }
            let length = Int(self[place]) | Int(self[place + 1]) << 8
            place += 2
            guard place + length <= self.count else { return nil }
            names.append(String(decoding: self[place..<(place + length)], as: UTF8.self))
            place += length
        }
        removeFirst(place)
        return names
    }
}
