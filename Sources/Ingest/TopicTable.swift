// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

/// Turns the bytes of a topic into one `Topic` per name, without making a string for each message.
///
/// Bounded: when it holds `mostTopics` names or `mostBytes` bytes of them it is emptied and its
/// generation changes, which is what caches keyed by a topic's index watch.
struct TopicTable {
    private(set) var generation = 0
    private var topics: [Topic] = []
    private var hashes: [UInt64] = []
    private var names: [UInt8] = []
    private var ends: [Int] = []
    private var slots: [Int32]
    private let seed: UInt64
    private let mostTopics: Int
    private let mostBytes: Int

    init(
        mostTopics: Int = 65_536,
        mostBytes: Int = 16 << 20,
        seed: UInt64 = .random(in: .min ... .max)
    ) {
        self.mostTopics = max(1, mostTopics)
        self.mostBytes = mostBytes
        self.seed = seed
        slots = Array(repeating: -1, count: 64)
    }

    var count: Int { topics.count }

    /// The topic whose name is the C string `name`.
    mutating func intern(_ name: UnsafePointer<CChar>) -> Topic {
        let bytes = UnsafeRawBufferPointer(start: name, count: strlen(name))
        return intern(bytes)
    }

    /// The topic whose name is these bytes.
    mutating func intern(_ name: UnsafeRawBufferPointer) -> Topic {
        let hash = hash(of: name)
        var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            if hashes[index] == hash, isName(name, at: index) { return topics[index] }
            slot = (slot + 1) & (slots.count - 1)
        }
        return add(name, hash: hash)
    }

    private mutating func add(_ name: UnsafeRawBufferPointer, hash: UInt64) -> Topic {
        if topics.count >= mostTopics || names.count + name.count > mostBytes { empty() }
        let topic = Topic(
            name: String(decoding: name, as: UTF8.self),
            index: topics.count,
            generation: generation
        )
        topics.append(topic)
        hashes.append(hash)
        names.append(contentsOf: name)
        ends.append(names.count)
        if topics.count * 2 > slots.count {
            slots = Array(repeating: -1, count: slots.count * 2)
            for index in topics.indices { place(index) }
        } else {
            place(topic.index)
        }
        return topic
    }

    private mutating func place(_ index: Int) {
        var slot = Int(truncatingIfNeeded: hashes[index]) & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(truncatingIfNeeded: index)
    }

    private mutating func empty() {
        generation += 1
        topics = []
        hashes = []
        names = []
        ends = []
        slots = Array(repeating: -1, count: 64)
    }

    private func isName(_ name: UnsafeRawBufferPointer, at index: Int) -> Bool {
        let start = index == 0 ? 0 : ends[index - 1]
        guard ends[index] - start == name.count, let base = name.baseAddress else {
            return ends[index] - start == name.count
        }
        return names.withUnsafeBytes { all in
            guard let known = all.baseAddress else { return name.isEmpty }
            return memcmp(known + start, base, name.count) == 0
        }
    }

    // Eight bytes a step, seeded so that nobody can choose topics that collide.
    private func hash(of name: UnsafeRawBufferPointer) -> UInt64 {
        var hash = seed ^ UInt64(truncatingIfNeeded: name.count)
        var offset = 0
        while offset + 8 <= name.count {
            let word = name.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            hash = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
            hash ^= hash >> 29
            offset += 8
        }
        var tail: UInt64 = 0
        while offset < name.count {
            tail = tail << 8 | UInt64(name[offset])
            offset += 1
        }
        hash = (hash ^ tail) &* 0xBF58_476D_1CE4_E5B9
        return hash ^ hash >> 32
    }
}
