// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Finds by their hashes the places at which somebody else keeps things: the index of a hash table.
///
/// A word for each place, and room for as many again: to find one of a hundred thousand costs a look at
/// one line of memory and, where the hash fits, at the thing itself. Open addressing with linear probing;
/// what is removed leaves no mark behind, so that it grows no slower by comings and goings.
public struct PlaceIndex: Sendable {
    // Half of the hash above, the place and one below; 0 where nothing is.
    @usableFromInline var slots: [UInt64] = Array(repeating: 0, count: 64)
    @usableFromInline var mask = 63
    /// How many places it knows.
    public private(set) var count = 0

    /// Makes an empty one.
    public init() {}

    // What follows is in line where it is used: a closure that looks at the things themselves would be
    // given them counted up and down, for every message.

    /// Where in the index a search stands.
    public struct Search {
        @usableFromInline let part: UInt64
        @usableFromInline var slot: Int

        @usableFromInline init(part: UInt64, slot: Int) {
            self.part = part
            self.slot = slot
        }
    }

    /// Begins to search for what was put in under `hash`.
    @inlinable @inline(__always)
    public func search(_ hash: UInt64) -> Search {
        Search(part: hash >> 32, slot: home(of: hash))
    }

    /// The next place that may be the one: its hash fits; nil when there is none.
    @inlinable @inline(__always)
    public func next(_ search: inout Search) -> Int? {
        while true {
            let word = slots[search.slot]
            guard word != 0 else { return nil }
            search.slot = (search.slot + 1) & mask
            if word >> 32 == search.part { return Int(truncatingIfNeeded: word & 0xFFFF_FFFF) - 1 }
        }
    }

    /// The place that was put in under `hash` and that `isWanted`.
    public func place(of hash: UInt64, where isWanted: (Int) -> Bool) -> Int? {
        var search = search(hash)
        while let place = next(&search) {
            if isWanted(place) { return place }
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
    @inlinable @inline(__always)
    func home(of word: UInt64) -> Int {
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
