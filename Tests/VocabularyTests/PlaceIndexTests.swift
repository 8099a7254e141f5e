// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@Suite struct PlaceIndexTests {
    @Test func `finds what was put in, and nothing else`() {
        var index = PlaceIndex()
        let hash = NameHash()
        let names = (0..<5_000).map { "plant/\($0 % 7)/device/\($0)" }
        for (place, name) in names.enumerated() { index.insert(place, hash: hash(name, "")) }
        #expect(index.count == names.count)
        let found = names.map { name in index.place(of: hash(name, "")) { names[$0] == name } }
        #expect(found == Array(names.indices))
        #expect(index.place(of: hash("plant/1", "")) { names[$0] == "plant/1" } == nil)
    }

    @Test func `tells places apart that share a hash`() {
        var index = PlaceIndex()
        for place in 0..<40 { index.insert(place, hash: 7 << 32) }
        #expect(index.place(of: 7 << 32) { $0 == 39 } == 39)
        index.remove(12, hash: 7 << 32)
        #expect(index.place(of: 7 << 32) { $0 == 12 } == nil)
        #expect(
            (0..<40).filter { place in index.place(of: 7 << 32) { $0 == place } != nil }.count == 39
        )
    }

    @Test(arguments: [8, 300, 4_000])
    func `knows what a dictionary knows, whatever comes and goes`(hashes: Int) {
        var random = Seeded(state: UInt64(hashes))
        var index = PlaceIndex()
        var known: [Int: UInt64] = [:]
        for step in 0..<20_000 {
            let place = Int.random(in: 0..<500, using: &random)
            if let hash = known[place] {
                index.remove(place, hash: hash)
                known[place] = nil
            } else {
                // Few hashes, and neighbouring ones: much of it lies where something else belongs.
                let hash = UInt64(Int.random(in: 0..<hashes, using: &random)) << 32
                index.insert(place, hash: hash)
                known[place] = hash
            }
            guard step.isMultiple(of: 97) else { continue }
            #expect(index.count == known.count)
            for (place, hash) in known {
                #expect(index.place(of: hash) { $0 == place } == place)
            }
        }
        index.remove(501, hash: 3 << 32)
        #expect(index.count == known.count)
        index.removeAll()
        #expect(index.count == 0)
        #expect(index.place(of: 0) { _ in true } == nil)
    }
}

@Suite struct NameHashTests {
    @Test func `differs by any byte, by length, and by where the first name ends`() {
        let hash = NameHash()
        let name = "0123456789abcdefghij"
        var hashes: Set<UInt64> = []
        for count in 0...name.count {
            hashes.insert(hash(String(name.prefix(count)), ""))
            hashes.insert(hash(String(name.prefix(count)) + "\0", ""))
            hashes.insert(hash(String(name.prefix(count)), "x"))
        }
        #expect(hashes.count == 3 * (name.count + 1))
        #expect(hash("a", "bc") != hash("ab", "c"))
        #expect(hash("device", "topic") == hash("device", "topic"))
    }

    @Test func `is another one for every table`() {
        #expect(NameHash()("a", "b") != NameHash()("a", "b"))
    }

    @Test func `spreads names that differ in a number`() {
        let hash = NameHash()
        let hashes = (0..<20_000).map { hash("device-\($0)", "plant/\($0)") }
        #expect(Set(hashes.map { $0 >> 32 }).count > 19_990)
        // As even as chance has it: 20 000 balls in 20 000 bins leave 37 % of them empty.
        let bins = Set(hashes.map { ($0 >> 32) % 20_000 }).count
        #expect(12_200...13_100 ~= bins)
    }
}

@Suite struct TopicCacheTests {
    private func topic(_ name: String, _ index: Int, generation: Int = 0) -> Topic {
        Topic(name: name, index: index, generation: generation)
    }

    @Test func `remembers by number, and for that topic only`() {
        var cache = TopicCache<String>()
        let topic = topic("a", 5)
        #expect(cache[topic] == nil)
        cache.remember("one", for: topic)
        #expect(cache[topic] == "one")
        #expect(cache[self.topic("b", 5)] == nil)
        #expect(cache[self.topic("b", 4)] == nil)
        #expect(cache[self.topic("b", 6)] == nil)
    }

    @Test func `gives a number that another topic has now to that one`() {
        var cache = TopicCache<String>()
        let (old, other, new) = (topic("a", 1), topic("b", 0), topic("c", 1, generation: 1))
        cache.remember("one", for: old)
        cache.remember("two", for: other)
        cache.remember("three", for: new)
        #expect(cache[old] == nil)
        #expect(cache[other] == "two")
        #expect(cache[new] == "three")
        cache.removeAll()
        #expect(cache[new] == nil)
    }

    @Test func `keeps nothing for a number that no lane gives`() {
        var cache = TopicCache<String>()
        for index in [-1, Topic.most, Int.max] {
            let topic = topic("a", index)
            cache.remember("one", for: topic)
            #expect(cache[topic] == nil)
        }
    }
}

/// The same numbers in every run.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ state >> 29
    }
}
