// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Chooses the devices that a canary speaks for: the same ones every time, nobody can tell which.
///
/// A keyed hash of the device's name (SipHash-2-4: Aumasson and Bernstein 2012) under a key that the
/// canary's model and version go into, so that another canary tries other devices. A share that is
/// raised keeps the devices it had. About 30 ns a name.
public struct CanaryLot: Hashable, Sendable {
    private let first: UInt64
    private let second: UInt64

    /// A lot under the site's 128 bits, for everything it draws.
    public init(key: (UInt64, UInt64)) {
        (first, second) = key
    }

    /// The lot of one canary.
    public func salted(with text: String) -> CanaryLot {
        CanaryLot(
            key: (
                hash(text.utf8),
                CanaryLot(key: (second, first)).hash(text.utf8)
            )
        )
    }

    /// A device's place, even in 0..<1.
    public func place(of device: String) -> Double {
        Double(hash(device.utf8) >> 11) * 0x1p-53
    }

    /// The SipHash-2-4 of `bytes`.
    func hash(_ bytes: String.UTF8View) -> UInt64 {
        var state = SipState(first, second)
        var word: UInt64 = 0
        var count = 0
        for byte in bytes {
            word |= UInt64(byte) << UInt64(8 * (count & 7))
            count += 1
            if count & 7 == 0 {
                state.take(word)
                word = 0
            }
        }
        state.take(word | UInt64(truncatingIfNeeded: count) << 56)
        return state.finish()
    }
}

/// The four words of SipHash.
private struct SipState {
    private var a: UInt64
    private var b: UInt64
    private var c: UInt64
    private var d: UInt64

    init(_ first: UInt64, _ second: UInt64) {
        a = first ^ 0x736f_6d65_7073_6575
        b = second ^ 0x646f_7261_6e64_6f6d
        c = first ^ 0x6c79_6765_6e65_7261
        d = second ^ 0x7465_6462_7974_6573
    }

    mutating func take(_ word: UInt64) {
        d ^= word
        stir()
        stir()
        a ^= word
    }

    mutating func finish() -> UInt64 {
        c ^= 0xff
        for _ in 0..<4 { stir() }
        return a ^ b ^ c ^ d
    }

    private mutating func stir() {
        a &+= b
        b = Self.turned(b, 13) ^ a
        a = Self.turned(a, 32)
        c &+= d
        d = Self.turned(d, 16) ^ c
        a &+= d
        d = Self.turned(d, 21) ^ a
        c &+= b
        b = Self.turned(b, 17) ^ c
        c = Self.turned(c, 32)
    }

    private static func turned(_ word: UInt64, _ count: UInt64) -> UInt64 {
        word << count | word >> (64 - count)
    }
}
