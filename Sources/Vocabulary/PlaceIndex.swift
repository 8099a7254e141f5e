// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Finds by their hashes the places at which somebody else keeps things: the index of a hash table.
///
/// A word for each place, and room for as many again: to find one of a hundred thousand costs a look at
/// one line of memory and, where the hash fits, at the thing itself. Open addressing with linear probing;
/// what is removed leaves no mark behind, so that it grows no slower by comings and goings.
public struct PlaceIndex: Sendable {
    // Half of the hash above, the place and one below; 0 where nothing is.
    private var slots: [UInt64] = Array(repeating: 0, count: 64)
    private var mask = 63
    /// How many places it knows.
    public private(set) var count = 0

    /// Makes an empty one.
    public init() {}

    /// The place that was put in under `hash` and that `isWanted`.
    public func place(of hash: UInt64, where isWanted: (Int) -> Bool) -> Int? {
        let part = hash >> 32
        var slot = home(of: hash)
        while slots[slot] != 0 {
            if slots[slot] >> 32 == part {
                let place = Int(truncatingIfNeeded: slots[slot] & 0xFFFF_FFFF) - 1
                if isWanted(place) { return place }
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    /// Puts in a place that it does not know yet; below 2^32 - 1.
    public mutating func insert(_ place: Int, hash: UInt64) {
        if (count + 1) * 2 > slots.count { grow() }
        put(Self.word(place, hash))
        count += 1
    }

    /// Takes out a place that was put in under `hash`.
    public mutating func remove(_ place: Int, hash: UInt64) {
        let wanted = Self.word(place, hash)
        var hole = home(of: hash)
        while slots[hole] != wanted {
            guard slots[hole] != 0 else { return }
            hole = (hole + 1) & mask
        }
        // What was put behind it for want of this slot moves up.
        var slot = hole
        while true {
            slot = (slot + 1) & mask
            let word = slots[slot]
            guard word != 0 else { break }
            if (slot - home(of: word)) & mask >= (slot - hole) & mask {
                slots[hole] = word
                hole = slot
            }
        }
        slots[hole] = 0
        count -= 1
    }

    /// Empties it, and gives its memory back.
    public mutating func removeAll() {
        self = PlaceIndex()
    }

    private static func word(_ place: Int, _ hash: UInt64) -> UInt64 {
        hash & 0xFFFF_FFFF_0000_0000 | UInt64(place + 1)
    }

    // Of a hash, or of a word, which begins with half of it.
    private func home(of word: UInt64) -> Int {
        Int(truncatingIfNeeded: word >> 32) & mask
    }

    private mutating func put(_ word: UInt64) {
        var slot = home(of: word)
        while slots[slot] != 0 { slot = (slot + 1) & mask }
        slots[slot] = word
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: 0, count: old.count * 2)
        mask = slots.count - 1
        for word in old where word != 0 { put(word) }
    }
}
