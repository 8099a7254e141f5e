// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The streams a tracker knows: a device on a topic, with the place its counter or clock has reached.
///
/// Bounded: the streams unused for longest are forgotten when a batch closes.
struct StreamTable: Sendable {
    /// What a batch may change, and a rollback restores.
    struct State: Sendable {
        var epoch = 0
        var head: Int64?
        /// The latest device time met, for streams without a counter.
        var latest = Int64.min
        /// The ordinal of its last reading in the memory; -1 for none.
        var last = -1
        /// The batch that touched it last.
        var batch = 0
        /// True until it has a reading.
        var isFresh = true
        /// True while its head is the word of an earlier run, whose readings are not in the memory.
        var isRestored = false
        /// True once a count was followed by the next one: only then is a longer step a gap.
        var countsByOne = false
    }

    /// Into how many shards streams are divided when they are written: one bit each of a mask.
    static let shards = 64

    struct Key: Hashable, Sendable {
        var device: String
        var topic: String
    }

    private struct Links {
        var newer = -1
        var older = -1
    }

    var states: [State] = []
    private var keys: [Key?] = []
    private var shards: [UInt64] = []
    private var links: [Links] = []
    private var slots: [Key: Int] = [:]
    private var free: [Int] = []
    private var newest = -1
    private var oldest = -1
    private let limit: Int
    /// The epoch of streams not known: above that of any forgotten stream that had started again.
    var firstEpoch = 0
    /// The slot found last for each topic, by its index.
    private var latestSlots: [Int] = []
    private var generation = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// The slot of a stream, made when it is not known; it becomes the newest.
    mutating func slot(device: String, topic: Topic) -> Int {
        if topic.generation != generation {
            generation = topic.generation
            latestSlots.removeAll(keepingCapacity: true)
        }
        if topic.index < latestSlots.count {
            let slot = latestSlots[topic.index]
            if slot >= 0, let key = keys[slot], key.device == device, key.topic == topic.name {
                renew(slot)
                return slot
            }
        }
        let slot = slot(Key(device: device, topic: topic.name))
        cache(slot, at: topic.index)
        return slot
    }

    /// Puts back a stream an earlier run of the process has written.
    mutating func restore(_ epoch: SequenceEpoch) {
        let slot = slot(Key(device: epoch.device, topic: epoch.topic))
        states[slot].epoch = max(states[slot].epoch, epoch.epoch)
        states[slot].head = epoch.head
        states[slot].isFresh = false
        states[slot].isRestored = true
    }

    /// The bit of the shard that a stream is written with; the same in every run.
    func shard(_ slot: Int) -> UInt64 { shards[slot] }

    /// What is to be written about the streams of these shards that have a counter, newest first.
    func records(in mask: UInt64) -> [(shard: Int, epoch: SequenceEpoch)] {
        var found: [(shard: Int, epoch: SequenceEpoch)] = []
        var slot = newest
        while slot >= 0 {
            if shards[slot] & mask != 0, states[slot].head != nil, let record = record(slot) {
                found.append((shards[slot].trailingZeroBitCount, record))
            }
            slot = links[slot].older
        }
        return found
    }

    private static func shard(of key: Key) -> UInt64 {
        // FNV-1a, because the process's own hashes differ from run to run.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in key.device.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ 0xFF) &* 0x100_0000_01B3
        for byte in key.topic.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return 1 << ((hash ^ (hash >> 32)) % UInt64(shards))
    }

    /// Forgets the streams unused for longest, down to the limit; answers how many.
    mutating func trim() -> Int {
        var count = 0
        while slots.count > limit, oldest >= 0 {
            let slot = oldest
            unlink(slot)
            if states[slot].epoch > 0 {
                firstEpoch = max(firstEpoch, states[slot].epoch + 1)
            }
            if let key = keys[slot] { slots[key] = nil }
            keys[slot] = nil
            free.append(slot)
            count += 1
        }
        return count
    }

    /// The names of a stream; nil for one that was forgotten.
    func key(_ slot: Int) -> Key? { keys[slot] }

    /// What is to be written about a stream.
    func record(_ slot: Int) -> SequenceEpoch? {
        guard let key = keys[slot] else { return nil }
        return SequenceEpoch(
            device: key.device,
            topic: key.topic,
            epoch: states[slot].epoch,
            head: states[slot].head
        )
    }

    /// What is to be written about all streams with a counter.
    func records() -> [SequenceEpoch] {
        slots.values.compactMap { slot in
            states[slot].head == nil ? nil : record(slot)
        }
    }

    private mutating func slot(_ key: Key) -> Int {
        if let slot = slots[key] {
            renew(slot)
            return slot
        }
        var fresh = State()
        fresh.epoch = firstEpoch
        let slot: Int
        if let reused = free.popLast() {
            slot = reused
            states[slot] = fresh
            keys[slot] = key
            shards[slot] = Self.shard(of: key)
        } else {
            slot = states.count
            states.append(fresh)
            keys.append(key)
            shards.append(Self.shard(of: key))
            links.append(Links())
        }
        slots[key] = slot
        link(slot)
        return slot
    }

    private mutating func cache(_ slot: Int, at index: Int) {
        // A lane numbers its topics from zero; anything far beyond is not worth a table.
        guard index >= 0, index < 1 << 20 else { return }
        while latestSlots.count <= index { latestSlots.append(-1) }
        latestSlots[index] = slot
    }

    private mutating func renew(_ slot: Int) {
        guard slot != newest else { return }
        unlink(slot)
        link(slot)
    }

    private mutating func link(_ slot: Int) {
        links[slot] = Links(newer: -1, older: newest)
        if newest >= 0 { links[newest].newer = slot }
        newest = slot
        if oldest < 0 { oldest = slot }
    }

    private mutating func unlink(_ slot: Int) {
        let link = links[slot]
        if link.newer >= 0 { links[link.newer].older = link.older } else { newest = link.older }
        if link.older >= 0 { links[link.older].newer = link.newer } else { oldest = link.newer }
    }
}
