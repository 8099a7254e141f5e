// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The streams a tracker knows: a device on a topic, with the place its counter or clock has reached.
///
/// Bounded in number and in the bytes of their names: the streams unused for longest are forgotten when a
/// batch closes. To use one costs the same among a hundred thousand as among ten: what each use touches
/// lies in three small tables, and the names are hashed only for a topic whose stream is not known.
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
        var newer: Int32 = -1
        var older: Int32 = -1
    }

    var states: [State] = []
    private var keys: [Key?] = []
    /// The numbers of the streams' shards.
    private var shards: [UInt8] = []
    private var links: [Links] = []
    private var places = PlaceIndex()
    private let hash = NameHash()
    private var free: [Int] = []
    private var newest = -1
    private var oldest = -1
    private let limit: Int
    private let nameLimit: Int
    /// The bytes of all keys.
    private var nameBytes = 0
    /// The epoch of streams not known: above that of any forgotten stream that had started again.
    var firstEpoch = 0
    /// The slot found last for each topic, by its index.
    private var latestSlots: [Int32] = []
    private var generation = 0

    init(limit: Int, nameLimit: Int = 16 << 20) {
        self.limit = limit
        self.nameLimit = nameLimit
    }

    /// The slot of a stream, made when it is not known; it becomes the newest.
    mutating func slot(device: String, topic: Topic) -> Int {
        if topic.generation != generation {
            generation = topic.generation
            latestSlots.removeAll(keepingCapacity: true)
        }
        if topic.index < latestSlots.count {
            let slot = Int(latestSlots[topic.index])
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
    mutating func restore(_ epoch: SequenceEpoch, readings memory: inout ReadingMemory) {
        let slot = slot(Key(device: epoch.device, topic: epoch.topic))
        states[slot].epoch = epoch.epoch
        states[slot].head = epoch.head
        states[slot].isFresh = false
        states[slot].isRestored = true
        for reading in epoch.readings.reversed() {
            states[slot].last = memory.restore(reading, previous: states[slot].last)
        }
    }

    /// The bit of the shard that a stream is written with; the same in every run.
    func shard(_ slot: Int) -> UInt64 { 1 << UInt64(shards[slot]) }

    /// What is to be written about a shard.
    struct ShardRecords {
        /// Its streams that have a counter, newest first, as far as there is room for their names.
        var epochs: [SequenceEpoch] = []
        /// The epoch of the shard's streams that are not among them.
        var firstEpoch: Int
        fileprivate var room: Int
    }

    /// What is to be written about these shards, of each no more names than `room` bytes, with the latest
    /// readings from `memory`.
    func records(in mask: UInt64, room: Int, _ memory: ReadingMemory) -> [Int: ShardRecords] {
        var found: [Int: ShardRecords] = [:]
        for shard in 0..<Self.shards where mask >> UInt64(shard) & 1 == 1 {
            found[shard] = ShardRecords(firstEpoch: firstEpoch, room: room)
        }
        var slot = newest
        while slot >= 0 {
            if shard(slot) & mask != 0, states[slot].head != nil, let key = keys[slot] {
                found[Int(shards[slot])]?.add(key, states[slot], memory)
            }
            slot = Int(links[slot].older)
        }
        return found
    }

    private static func shard(of key: Key) -> UInt8 {
        // FNV-1a, because the process's own hashes differ from run to run.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in key.device.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ 0xFF) &* 0x100_0000_01B3
        for byte in key.topic.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return UInt8(truncatingIfNeeded: (hash ^ (hash >> 32)) % UInt64(shards))
    }

    /// Forgets the streams unused for longest, down to the limit; answers how many.
    mutating func trim() -> Int {
        var count = 0
        while places.count > limit || nameBytes > nameLimit, oldest >= 0 {
            let slot = oldest
            unlink(slot)
            if states[slot].epoch > 0 {
                firstEpoch = max(firstEpoch, states[slot].epoch + 1)
            }
            if let key = keys[slot] {
                places.remove(slot, hash: hash(key.device, key.topic))
                nameBytes -= key.bytes
            }
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
        states.indices.compactMap { slot in states[slot].head == nil ? nil : record(slot) }
    }

    private mutating func slot(_ key: Key) -> Int {
        let hash = hash(key.device, key.topic)
        if let slot = places.place(of: hash, where: { keys[$0] == key }) {
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
        places.insert(slot, hash: hash)
        nameBytes += key.bytes
        link(slot)
        return slot
    }

    private mutating func cache(_ slot: Int, at index: Int) {
        guard index >= 0, index < Topic.most else { return }
        while latestSlots.count <= index { latestSlots.append(-1) }
        latestSlots[index] = Int32(slot)
    }

    private mutating func renew(_ slot: Int) {
        guard slot != newest else { return }
        unlink(slot)
        link(slot)
    }

    private mutating func link(_ slot: Int) {
        links[slot] = Links(newer: -1, older: Int32(newest))
        if newest >= 0 { links[newest].newer = Int32(slot) }
        newest = slot
        if oldest < 0 { oldest = slot }
    }

    private mutating func unlink(_ slot: Int) {
        let (newer, older) = (Int(links[slot].newer), Int(links[slot].older))
        if newer >= 0 { links[newer].older = Int32(older) } else { newest = older }
        if older >= 0 { links[older].newer = Int32(newer) } else { oldest = newer }
    }
}

extension StreamTable.Key {
    fileprivate var bytes: Int { device.utf8.count + topic.utf8.count }
}

extension StreamTable.ShardRecords {
    fileprivate mutating func add(
        _ key: StreamTable.Key,
        _ state: StreamTable.State,
        _ memory: ReadingMemory
    ) {
        guard key.bytes <= room else {
            // It is not known after a restart, and comes back in a later epoch than it ever had.
            if state.epoch > 0 { firstEpoch = max(firstEpoch, state.epoch + 1) }
            return
        }
        room -= key.bytes
        let epoch = SequenceEpoch(
            device: key.device,
            topic: key.topic,
            epoch: state.epoch,
            head: state.head,
            readings: memory.latest(SequenceEpoch.mostReadings, from: state.last)
        )
        epochs.append(epoch)
    }
}
