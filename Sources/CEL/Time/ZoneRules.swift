// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// One zone's offsets over time, read from a TZif file (RFC 9636) of any version.
struct ZoneRules: Sendable {
    private static let maximumTransitions = 10_000

    private let transitions: [Int64]
    /// The offset from each transition on.
    private let offsets: [Int64]
    private let firstOffset: Int64
    /// What holds after the last transition.
    private let rest: PosixZone?

    /// Reads the file: its 64-bit part where it has one; nil where it is malformed.
    init?(_ bytes: [UInt8]) {
        guard let first = Header(bytes, at: 0) else { return nil }
        let hasSecond = first.version >= 0x32
        let timeSize = hasSecond ? 8 : 4
        let start = hasSecond ? Header.length + first.bodyLength(timeSize: 4) : 0
        guard
            let header = hasSecond ? Header(bytes, at: start) : first, header.types > 0,
            header.transitions <= ZoneRules.maximumTransitions,
            start + Header.length + header.bodyLength(timeSize: timeSize) <= bytes.count
        else { return nil }
        var position = start + Header.length
        transitions = (0..<header.transitions).map { index in
            ZoneRules.integer(bytes, at: position + index * timeSize, size: timeSize)
        }
        position += header.transitions * timeSize
        let types = bytes[position..<(position + header.transitions)].map(Int.init)
        position += header.transitions
        let known = (0..<header.types).map { index in
            ZoneRules.integer(bytes, at: position + index * 6, size: 4)
        }
        guard types.allSatisfy({ $0 < known.count }) else { return nil }
        offsets = types.map { known[$0] }
        firstOffset = known[0]
        let footer = start + Header.length + header.bodyLength(timeSize: timeSize)
        rest = hasSecond ? PosixZone(bytes[footer...].filter { $0 != 0x0A }) : nil
    }

    /// Seconds that local time is ahead of UTC.
    func offset(at seconds: Int64) -> Int64 {
        guard let last = transitions.last else { return rest?.offset(at: seconds) ?? firstOffset }
        if seconds >= last { return rest?.offset(at: seconds) ?? offsets[offsets.count - 1] }
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? firstOffset : offsets[low - 1]
    }

    private struct Header {
        static let length = 44

        let version: UInt8
        let counts: [Int]

        init?(_ bytes: [UInt8], at start: Int) {
            guard
                start >= 0, bytes.count >= start + Header.length,
                bytes[start..<(start + 4)].elementsEqual("TZif".utf8)
            else { return nil }
            version = bytes[start + 4]
            counts = (0..<6).map { index in
                Int(ZoneRules.integer(bytes, at: start + 20 + index * 4, size: 4))
            }
            guard counts.allSatisfy({ (0...1_000_000).contains($0) }) else { return nil }
        }

        var transitions: Int { counts[3] }
        var types: Int { counts[4] }

        func bodyLength(timeSize: Int) -> Int {
            transitions * (timeSize + 1) + types * 6 + counts[5] + counts[2] * (timeSize + 4)
                + counts[1] + counts[0]
        }
    }

    /// A big-endian signed number; the caller has checked that it is inside.
    private static func integer(_ bytes: [UInt8], at position: Int, size: Int) -> Int64 {
        var value: UInt64 = 0
        for byte in bytes[position..<(position + size)] {
            value = value << 8 | UInt64(byte)
        }
        return size == 4
            ? Int64(Int32(truncatingIfNeeded: value)) : Int64(truncatingIfNeeded: value)
    }
}
