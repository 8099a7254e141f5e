// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Spool
import TestKit
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `Heads of counters` {
    @Test func `tell a counter that started again while the gateway was down (G1)`() throws {
        let rig = try Rig()
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(40, want: "later")))
        try path.settle()
        let kept = try rig.rows().map(\.key)
        #expect(kept.count == 1)
        // Another run: the device has begun at 0 again and comes to a count that has a row.
        let next = rig.path()
        next.connected(sessionPresent: true, expectedSession: true, afterUncleanExit: true)
        next.receive(rig.burst(Presses.payload(40, want: "later", force: 9)))
        try next.settle()
        #expect(try rig.rows().count == 2)
    }

    @Test func `do not make a new reading of a marked copy`() throws {
        let rig = try Rig()
        let path = rig.path()
        path.receive(
            rig.burst(Presses.payload(40, want: "later"), Presses.payload(41, want: "later"))
        )
        try path.settle()
        let next = rig.path()
        next.connected(sessionPresent: true, expectedSession: true, afterUncleanExit: true)
        next.receive(rig.burst(Presses.payload(40, want: "later"), isDuplicate: true))
        try next.settle()
        #expect(try rig.rows().count == 2)
    }

    @Test func `tell what a device publishes once more over a restart (G2)`() throws {
        let rig = try Rig()
        let path = rig.path()
        path.receive(
            rig.burst(Presses.payload(40, want: "later"), Presses.payload(41, want: "later"))
        )
        try path.settle()
        path.closing()
        let next = rig.path()
        next.connected(sessionPresent: true, expectedSession: true, afterUncleanExit: false)
        // Its row is still there: nothing more is to be decided.
        next.receive(rig.burst(Presses.payload(41, want: "later")))
        try next.settle()
        #expect(try rig.rows().count == 2)
        next.receive(rig.burst(Presses.payload(42, want: "later")))
        try next.settle()
        #expect(try rig.rows().count == 3)
    }

    @Test func `give what was acted on its key again (G2)`() throws {
        let rig = try Rig()
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(40), Presses.payload(41)))
        try path.settle()
        path.closing()
        let after = try Rig(on: rig.temporary.copyAfterKill())
        let next = after.path()
        next.connected(sessionPresent: true, expectedSession: true, afterUncleanExit: false)
        next.receive(after.burst(Presses.payload(40), Presses.payload(41)))
        try next.settle()
        #expect(rig.publisher.bodies.count == 2)
        #expect(after.publisher.bodies == rig.publisher.bodies)
    }

    @Test func `that were never written take what comes late for late (G2)`() throws {
        let rig = try Rig()
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(40), Presses.payload(41)))
        try path.settle()
        // The process dies. The broker sends the latter again, then the device both.
        let after = try Rig(on: rig.temporary.copyAfterKill())
        let next = after.path()
        next.connected(sessionPresent: true, expectedSession: true, afterUncleanExit: true)
        next.receive(after.burst(Presses.payload(41), isDuplicate: true))
        next.receive(after.burst(Presses.payload(40), Presses.payload(41)))
        try next.settle()
        #expect(rig.publisher.bodies.count == 2)
        #expect(after.publisher.bodies == rig.publisher.bodies.reversed())
    }

    @Test func `let a hold fill again with what the broker sends again`() throws {
        let hold = "hold: { of: 3, at_least: 3, quiet: 60s }"
        let files = try Presses.changing(
            "    when: label == \"fault\"\n",
            to: "    when: want == \"act\"\n    \(hold)\n"
        )
        let rig = try Rig(files)
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1), Presses.payload(2)))
        path.receive(rig.burst(Presses.payload(3, want: "later")))
        try path.settle()
        path.closing()
        // The broker never had the acknowledgements.
        let after = try Rig(files, on: rig.temporary.copyAfterKill())
        let next = after.path()
        next.connected(sessionPresent: true, expectedSession: true, afterUncleanExit: false)
        next.receive(after.burst(Presses.payload(1), Presses.payload(2), isDuplicate: true))
        next.receive(after.burst(Presses.payload(4)))
        try next.settle()
        #expect(after.publisher.topics.filter { $0.hasPrefix("alerts/") }.count == 1)
    }

    @Test func `are written with commits now and then, and all at a clean stop`() throws {
        let rig = try Rig()
        let path = rig.path()
        func head() throws -> Int64? {
            try EpochRecord.load(policy: "press", lane: "presses", from: rig.spool).epochs.first?
                .head
        }
        path.receive(rig.burst(Presses.payload(1)))
        try path.settle()
        #expect(try head() == nil)
        path.receive(rig.burst(Presses.payload(2, want: "later")))
        try path.settle()
        #expect(try head() == 2)
        path.receive(rig.burst(Presses.payload(3, want: "later")))
        try path.settle()
        #expect(try head() == 2)
        rig.clock.advance(by: .seconds(6))
        path.receive(rig.burst(Presses.payload(4, want: "later")))
        try path.settle()
        #expect(try head() == 4)
        path.receive(rig.burst(Presses.payload(5)))
        try path.settle()
        path.closing()
        #expect(try head() == 5)
    }

    @Test func `come back from their setting, and take no more than their bound`() throws {
        let spool = try TemporarySpool().open()
        let heads: [Int64] = [0, 1, -1, .max, .min, 1 << 40]
        var epochs = heads.enumerated().map { index, head in
            SequenceEpoch(device: "d\(index)", topic: "t/\(index)", epoch: index, head: head)
        }
        epochs += (0..<2_000).map { index in
            SequenceEpoch(device: "x\(index)", topic: "plant/hall/x", epoch: 0, head: 7)
        }
        var checkpoint = SequenceTracker.Checkpoint(
            shard: 3,
            firstEpoch: 9,
            epochs: epochs
        )
        let setting = EpochRecord.setting(checkpoint, policy: "p", lane: "l")
        #expect((setting.value?.count ?? 0) <= EpochRecord.valueLimit)
        var change = SpoolChange()
        change.meta.append(setting)
        checkpoint.shard = 4
        change.meta.append(EpochRecord.setting(checkpoint, policy: "gone", lane: "l"))
        try spool.commit(change)
        let known = try EpochRecord.load(policy: "p", lane: "l", from: spool)
        #expect(known.firstEpoch == 9)
        #expect(known.epochs.reversed().prefix(6) == epochs.prefix(6))
        // What is left out must not come back in an epoch that it has had.
        checkpoint.epochs.append(
            SequenceEpoch(device: "last", topic: "plant/hall/x", epoch: 11, head: 7)
        )
        change = SpoolChange()
        change.meta.append(EpochRecord.setting(checkpoint, policy: "p", lane: "m"))
        try spool.commit(change)
        #expect(try EpochRecord.load(policy: "p", lane: "m", from: spool).firstEpoch == 12)
        // Readings take what the names have left.
        checkpoint.epochs = (0..<400).map { index in
            SequenceEpoch(
                device: "x\(index)",
                topic: "plant/hall/x",
                epoch: 2,
                head: .min + 1,
                readings: (0..<20).map {
                    SequenceEpoch.Reading(
                        sequence: .max - $0,
                        epoch: 1,
                        floor: .max - $0 - 1,
                        index: 300,
                        content: ContentDigest(value: .max - 7)
                    )
                }
            )
        }
        let full = EpochRecord.setting(checkpoint, policy: "p", lane: "n")
        let size = full.value?.count ?? 0
        #expect((EpochRecord.valueLimit - 24...EpochRecord.valueLimit).contains(size))
        change = SpoolChange()
        change.meta.append(full)
        try spool.commit(change)
        let streams = try EpochRecord.load(policy: "p", lane: "n", from: spool).epochs.reversed()
        #expect(streams.map(\.device) == checkpoint.epochs.map(\.device))
        #expect(streams.first == checkpoint.epochs.first)
        #expect(streams.last?.readings == [])
        try EpochRecord.prune(lanes: ["l"], policies: ["p"], in: spool)
        #expect(try spool.meta(prefix: "heads/").keys.sorted() == ["heads/l/p/3"])
    }

    @Test func `of an earlier layout are read, and cut short are left out and counted`() throws {
        let spool = try TemporarySpool().open()
        func load(_ value: [UInt8]) throws -> [SequenceEpoch] {
            var change = SpoolChange()
            change.meta.append(SpoolChange.MetaValue(key: "heads/l/p/3", value: value))
            try spool.commit(change)
            let known = try EpochRecord.load(policy: "p", lane: "l", from: spool)
            #expect(known.unreadable == (known.epochs.isEmpty ? 1 : 0))
            return known.epochs
        }
        let names: [UInt8] = [1, 0x64, 1, 0x74]
        let without = SequenceEpoch(device: "d", topic: "t", epoch: 5, head: 150)
        #expect(try load([1, 0] + names + [5, 0xAC, 2]) == [without])
        #expect(try load([2, 0] + names + [5, 0xAC, 2, 0]) == [without])
        let reading: [UInt8] = [1, 2, 1, 3, 1, 0, 0, 0, 0, 0, 0, 2]
        let with = SequenceEpoch(
            device: "d",
            topic: "t",
            epoch: 5,
            head: 150,
            readings: [
                SequenceEpoch.Reading(
                    sequence: 149,
                    epoch: 4,
                    floor: 148,
                    index: 3,
                    content: ContentDigest(value: 0x0200_0000_0000_0001)
                )
            ]
        )
        let whole = [2, 0] + names + [5, 0xAC, 2, 1] + reading
        #expect(try load(whole) == [with])
        for length in 3..<whole.count {
            #expect(try load(Array(whole.prefix(length))) == [])
        }
        #expect(try load([2, 0] + names + [5, 0xAC, 2, 65] + reading) == [])
        #expect(try load([3, 0]) == [])
    }
}
