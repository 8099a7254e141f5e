// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Vocabulary

/// Turns the bytes of a topic into one `Topic` per name, without making a string for each message.
///
/// Bounded: when it holds `mostTopics` names or `mostBytes` bytes of them it is emptied and its
/// generation changes, which is what caches keyed by a topic's index watch.
struct TopicTable {
    private struct Entry {
        var topic: Topic
        /// Where its name lies in `names`, side by side with the others': the topic's own string would be
        /// two more places to look at.
        var start: UInt32
        var count: UInt32
    }

    private(set) var generation = 0
    private var entries: [Entry] = []
    private var names: [UInt8] = []
    private var places = PlaceIndex()
    private let hash = NameHash()
    private let mostTopics: Int
    private let mostBytes: Int

    init(mostTopics: Int = Topic.most, mostBytes: Int = 16 << 20) {
        self.mostTopics = max(1, mostTopics)
        self.mostBytes = mostBytes
    }

    var count: Int { entries.count }

    /// The topic whose name is the C string `name`.
    mutating func intern(_ name: UnsafePointer<CChar>) -> Topic {
        let bytes = UnsafeRawBufferPointer(start: name, count: strlen(name))
        return intern(bytes)
    }

    /// The topic whose name is these bytes.
    mutating func intern(_ name: UnsafeRawBufferPointer) -> Topic {
        let hash = hash(name)
        var search = places.search(hash)
        while let place = places.next(&search) {
            if isName(name, at: place) { return entries[place].topic }
        }
        return add(name, hash: hash)
    }

    private mutating func add(_ name: UnsafeRawBufferPointer, hash: UInt64) -> Topic {
        if entries.count >= mostTopics || names.count + name.count > mostBytes { empty() }
        let topic = Topic(
            name: String(decoding: name, as: UTF8.self),
            index: entries.count,
            generation: generation
        )
        places.insert(topic.index, hash: hash)
        entries.append(
            Entry(
                topic: topic,
                start: UInt32(truncatingIfNeeded: names.count),
                count: UInt32(truncatingIfNeeded: name.count)
            )
        )
        names.append(contentsOf: name)
        return topic
    }

    private mutating func empty() {
        generation += 1
        entries = []
        names = []
        places.removeAll()
    }

    private func isName(_ name: UnsafeRawBufferPointer, at place: Int) -> Bool {
        let (start, count) = (Int(entries[place].start), Int(entries[place].count))
        guard count == name.count else { return false }
        guard let base = name.baseAddress, count > 0 else { return true }
        return names.withUnsafeBytes { all in
            guard let known = all.baseAddress else { return false }
            return memcmp(known + start, base, count) == 0
        }
    }
}
