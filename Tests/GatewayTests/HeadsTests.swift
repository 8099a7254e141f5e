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
        try EpochRecord.prune(lanes: ["l"], policies: ["p"], in: spool)
        #expect(try spool.meta(prefix: "heads/").keys.sorted() == ["heads/l/p/3"])
    }
}
