// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Testing
import Vocabulary

@Suite struct `A tracker` {
    @Test func `forgets what a batch that was not safe has taught`() {
        var feed = Feed()
        _ = feed.count(10)
        feed.tracker.settled()
        let first = feed.count(11)
        let reset = feed.count(0)
        #expect(reset.epoch == 1)
        feed.tracker.rolledBack()
        feed.tracker.connected(sessionPresent: true)
        #expect(feed.tracker.unsettledEpochs.isEmpty)
        // Decided again, under the same identities.
        #expect(feed.count(11) == first)
        #expect(feed.count(0) == reset)
        feed.tracker.settled()
        #expect(feed.tracker.counts.epochs == 1)
        #expect(feed.count(11).isCopy)
        #expect(!feed.count(11, "another 11").isCopy)
    }

    @Test func `gives the same identities however often a batch is rolled back`() {
        var random = Seeded(state: 7)
        for _ in 0..<200 {
            var feed = Feed(limits: SequenceTracker.Limits(streams: 3, memory: 16))
            var devices: [String: Int64] = [:]
            for _ in 0..<6 {
                let batch = (0..<Int.random(in: 1...12, using: &random)).map { _ in
                    let device = ["a", "b", "c"].randomElement(using: &random) ?? "a"
                    let isReset = Int.random(in: 0..<10, using: &random) == 0
                    let next = isReset ? 0 : (devices[device] ?? 0) + 1
                    devices[device] = next
                    return (device: device, sequence: next, payload: "\(random.next())")
                }
                func run() -> [Recognition] {
                    batch.map { reading in
                        feed.device = reading.device
                        return feed.count(reading.sequence, reading.payload)
                    }
                }
                let first = run()
                feed.tracker.rolledBack()
                #expect(run() == first)
                #expect(first.allSatisfy { !$0.isCopy })
                feed.tracker.settled()
            }
        }
    }

    @Test func `never gives one identity to two readings`() {
        var random = Seeded(state: 8)
        var feed = Feed(limits: SequenceTracker.Limits(memory: 32))
        var given: Set<InputIdentity> = []
        for round in 0..<5_000 {
            feed.device = "d\(Int.random(in: 0..<8, using: &random))"
            let kind = Int.random(in: 0..<4, using: &random)
            let found = feed.meet(
                sequence: kind > 1 ? Int64.random(in: 0...6, using: &random) : nil,
                time: kind == 1 ? Int64.random(in: 0...6, using: &random) : nil,
                payload: "\(round)"
            )
            #expect(!found.isCopy)
            #expect(given.insert(found.identity).inserted, "\(found)")
            if round.isMultiple(of: 7) { feed.tracker.settled() }
        }
    }

    @Test func `forgets the streams unused for longest`() {
        var feed = Feed(limits: SequenceTracker.Limits(streams: 2))
        for device in ["a", "b", "a", "c"] {
            feed.device = device
            _ = feed.count(device == "a" ? 1 : 5, "\(device)")
        }
        feed.tracker.settled()
        #expect(feed.tracker.counts.evictions == 1)
        #expect(Set(feed.tracker.epochs.map(\.device)) == ["a", "c"])
    }

    @Test func `writes the streams met last, and of those left out no epoch they have had`() {
        var feed = Feed()
        for device in 0..<400 {
            feed.device = "device-\(device)"
            _ = feed.count(10)
            if device == 3 { _ = feed.count(2, "anew") }
        }
        feed.tracker.settled()
        let all = feed.tracker.checkpoint(of: .max)
        #expect(all.map(\.shard) == Array(0..<64))
        #expect(all.flatMap(\.epochs).count == 400)
        #expect(all.allSatisfy { $0.firstEpoch == 0 })
        let few = feed.tracker.checkpoint(of: .max, room: 30)
        for (whole, part) in zip(all, few) {
            #expect(part.epochs == Array(whole.epochs.prefix(part.epochs.count)))
            #expect(part.epochs.reduce(0) { $0 + $1.device.utf8.count + $1.topic.utf8.count } <= 30)
        }
        #expect(few.flatMap(\.epochs).allSatisfy { $0.epoch == 0 })
        #expect(few.map(\.firstEpoch).max() == 2)
    }

    @Test func `recognises a device on a topic whose number was given anew`() {
        var feed = Feed()
        _ = feed.count(1)
        feed.tracker.settled()
        feed.topic = Topic(name: "other", index: 0, generation: 1)
        #expect(!feed.count(1).isCopy)
        feed.topic = Topic(name: "t/1", index: 1, generation: 1)
        #expect(feed.count(1).isCopy)
    }

    @Test func `writes identities that differ as bytes that differ`() {
        let digest = ContentDigest(value: 7)
        let marks: [InputIdentity.Mark] = [
            .sequence(1, epoch: 0), .sequence(0, epoch: 1), .sequence(-1, epoch: 0),
            .time(WallTime(nanoseconds: 1), content: digest, repetition: 0),
            .time(WallTime(nanoseconds: 1), content: digest, repetition: 1),
            .content(digest, run: 1, ordinal: 0), .content(digest, run: 0, ordinal: 1),
        ]
        var seen: Set<[UInt8]> = []
        for mark in marks {
            for (device, topic) in [("a", "bc"), ("ab", "c"), ("", "abc")] {
                var bytes: [UInt8] = []
                InputIdentity(device: device, topic: topic, mark: mark).write(into: &bytes)
                #expect(seen.insert(bytes).inserted)
            }
        }
    }

    @Test func `hashes payloads the same in every run`() {
        let text = Array("0123456789abcdef-temperature".utf8)
        let digests = (0...text.count).map { count in
            text[..<count].withUnsafeBytes { ContentDigest(of: $0).value }
        }
        #expect(Set(digests).count == digests.count)
        // Written down once: identities on disk rest on it.
        #expect(digests[text.count] == 7_055_350_325_254_368_321)
        #expect(digests[0] == 528_908_638_429_930_594)
    }
}
