// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A hash of names that come from outside, under a secret of its own: nobody can choose names that
/// collide without knowing it.
///
/// Eight bytes a step, multiplied and folded as wyhash does (Wang Yi, "wyhash", final version 4). Another
/// one in every run and table, so never to be written down.
public struct NameHash: Sendable {
    private let start: UInt64
    private let factor: UInt64

    /// Makes one with a secret nobody knows.
    public init() {
        var random = SystemRandomNumberGenerator()
        start = random.next()
        factor = random.next() | 1
    }

    /// The hash of a name's bytes; with `first`, of two names in that order.
    public func callAsFunction(_ name: UnsafeRawBufferPointer, after first: UInt64 = 0) -> UInt64 {
        // With its length, so that it matters where the first name ends.
        var hash = fold(start ^ first ^ UInt64(truncatingIfNeeded: name.count))
        var offset = 0
        while offset + 8 <= name.count {
            hash = fold(hash ^ name.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var tail: UInt64 = 0
        while offset < name.count {
            tail = tail << 8 | UInt64(name[offset])
            offset += 1
        }
        return fold(fold(hash ^ tail) ^ start)
    }

    /// The hash of two names in that order.
    public func callAsFunction(_ first: String, _ second: String) -> UInt64 {
        var (first, second) = (first, second)
        let hash = first.withUTF8 { self(UnsafeRawBufferPointer($0)) }
        return second.withUTF8 { self(UnsafeRawBufferPointer($0), after: hash) }
    }

    private func fold(_ word: UInt64) -> UInt64 {
        let (high, low) = word.multipliedFullWidth(by: factor)
        return high ^ low
    }
}
