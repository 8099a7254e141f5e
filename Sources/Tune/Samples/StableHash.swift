// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A hash that is the same in every run and on every machine (FNV-1a, finished by SplitMix64).
///
/// Not for secrets or untrusted keys: it only deals rows out evenly.
struct StableHash {
    private var state: UInt64

    init(seed: UInt64 = 0) {
        state = 0xCBF2_9CE4_8422_2325 ^ seed
    }

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(byte: byte) }
        add(byte: 0xFF)
    }

    mutating func add(_ number: Double) {
        var bits = number.bitPattern
        for _ in 0..<8 {
            add(byte: UInt8(truncatingIfNeeded: bits))
            bits >>= 8
        }
    }

    private mutating func add(byte: UInt8) {
        state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }

    /// The hash of what was added.
    var value: UInt64 {
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// The hash as a number from 0 up to but not including 1.
    var share: Double { Double(value >> 11) * 0x1p-53 }

    /// A seed for all of `samples`, whatever their order.
    static func seed(of samples: [Sample]) -> UInt64 {
        var sum: UInt64 = 0
        for sample in samples {
            var hash = StableHash()
            hash.add(sample.id)
            for value in sample.edge { hash.add(value) }
            hash.add(Double(sample.reference))
            sum &+= hash.value
        }
        return sum
    }
}

/// Thins rows evenly, the same ones every time.
public enum Thinning {
    /// Whether the row called `id` is among the `share` that stays.
    public static func keeps(_ id: String, share: Double) -> Bool {
        guard share < 1 else { return true }
        var hash = StableHash(seed: 0x5851_F42D_4C95_7F2D)
        hash.add(id)
        return hash.share < share
    }
}
