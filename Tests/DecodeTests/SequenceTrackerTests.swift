// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Testing
import Vocabulary

/// A tracker with one stream of messages, for tests that speak of readings in a line.
struct Feed {
    var tracker: SequenceTracker
    var topic = Topic(name: "t/1", index: 0, generation: 0)
    var device = "d"

    init(
        limits: SequenceTracker.Limits = SequenceTracker.Limits(),
        run: UInt64 = 1,
        epochs: [SequenceEpoch] = []
    ) {
        tracker = SequenceTracker(run: run, limits: limits, epochs: epochs)
    }

    mutating func meet(
        sequence: Int64? = nil,
        time: Int64? = nil,
        payload: String,
        index: Int = 0,
        qualityOfService: UInt8 = 1,
        isRetained: Bool = false,
        isDuplicate: Bool = false
    ) -> Recognition {
        let bytes = Array(payload.utf8)
        let row = ReadingBatch.Row(
            message: 0,
            index: index,
            device: device,
            deviceTime: time.map { WallTime(nanoseconds: $0) },
            sequence: sequence
        )
        let message = Message(
            topic: topic,
            payload: 0..<bytes.count,
            qualityOfService: qualityOfService,
            isRetained: isRetained,
            isDuplicate: isDuplicate
        )
        let digest = bytes.withUnsafeBytes { ContentDigest(of: $0) }
        return tracker.recognise(row, of: message, content: digest)
    }

    /// A reading whose payload is its own, as a device that counts sends it.
    mutating func count(_ sequence: Int64, _ payload: String? = nil) -> Recognition {
        meet(sequence: sequence, payload: payload ?? "reading \(sequence)")
    }
}

extension Recognition {
    var mark: InputIdentity.Mark { identity.mark }

    /// The epoch of a reading with a sequence; -1 for others.
    var epoch: Int {
        guard case .sequence(_, let epoch) = mark else { return -1 }
        return epoch
    }
}

@Suite struct `Readings with a sequence` {
    @Test func `are new as long as they go forward, with gaps`() {
        var feed = Feed()
        for sequence in [1, 2, 5, 100] as [Int64] {
            let found = feed.count(sequence)
            #expect(found == .new(found.identity))
            #expect(found.mark == .sequence(sequence, epoch: 0))
        }
    }

    @Test func `are copies when count and payload come again`() {
        var feed = Feed()
        let first = feed.count(1)
        _ = feed.count(2)
        feed.tracker.settled()
        feed.tracker.connected(sessionPresent: true)
        #expect(feed.count(1) == .copy(first.identity))
        #expect(feed.count(2).isCopy)
        #expect(!feed.count(3).isCopy)
        feed.tracker.settled()
        #expect(feed.tracker.counts.copies == 2)
        #expect(feed.tracker.counts.epochs == 0)
    }

    @Test func `are copies also when the device sends them twice`() {
        var feed = Feed()
        _ = feed.count(1)
        _ = feed.count(2)
        feed.tracker.settled()
        #expect(feed.count(1).isCopy)
    }

    @Test func `begin a new epoch when the count starts again`() {
        var feed = Feed()
        for sequence in 0...9 as ClosedRange<Int64> { _ = feed.count(sequence) }
        feed.tracker.settled()
        for sequence in 0...12 as ClosedRange<Int64> {
            let found = feed.count(sequence, "after the restart, \(sequence)")
            #expect(found == .new(found.identity))
            #expect(found.epoch == 1)
        }
        #expect(feed.tracker.unsettledEpochs.map(\.epoch) == [1])
        feed.tracker.settled()
        #expect(feed.tracker.counts.epochs == 1)
        #expect(feed.tracker.unsettledEpochs.isEmpty)
    }

    @Test func `begin a new epoch when the count falls below all that is remembered`() {
        var feed = Feed(limits: SequenceTracker.Limits(memory: 8))
        for sequence in 1_000...1_100 as ClosedRange<Int64> { _ = feed.count(sequence) }
        #expect(feed.count(3).epoch == 1)
        #expect(feed.count(4).epoch == 1)
    }

    @Test func `sent again from before all that is remembered keep their identity`() {
        var feed = Feed(limits: SequenceTracker.Limits(memory: 4))
        for sequence in 1...20 as ClosedRange<Int64> { _ = feed.count(sequence) }
        feed.tracker.settled()
        feed.tracker.connected(sessionPresent: true)
        // More acknowledgements were lost than there is memory for.
        for sequence in 5...20 as ClosedRange<Int64> {
            let again = feed.meet(
                sequence: sequence,
                payload: "reading \(sequence)",
                isDuplicate: true
            )
            #expect(again.epoch == 0)
        }
        #expect(feed.tracker.counts.epochs == 0)
        // A device that has started again is not marked by the broker.
        #expect(feed.count(1, "another").epoch == 1)
    }

    @Test func `of a stuck counter are all new`() {
        var feed = Feed()
        var identities: Set<InputIdentity> = []
        for value in 0..<5 {
            let found = feed.count(0, "value \(value)")
            #expect(!found.isCopy)
            identities.insert(found.identity)
        }
        #expect(identities.count == 5)
    }

    @Test func `that fill a gap come late and are no new epoch`() {
        var feed = Feed()
        for sequence in [1, 2, 4, 5] as [Int64] { _ = feed.count(sequence) }
        let late = feed.count(3)
        #expect(late == .new(late.identity))
        #expect(late.epoch == 0)
        #expect(feed.count(6).epoch == 0)
    }

    @Test func `of one message that share a count are told apart by their place`() {
        var feed = Feed()
        for index in 0..<3 {
            let found = feed.meet(sequence: 7, payload: "three", index: index)
            #expect(!found.isCopy)
            #expect(found.epoch == 0)
        }
        feed.tracker.settled()
        feed.tracker.connected(sessionPresent: true)
        for index in 0..<3 {
            #expect(feed.meet(sequence: 7, payload: "three", index: index).isCopy)
        }
    }

    @Test func `on two topics of one device do not meet`() {
        var feed = Feed()
        let first = feed.count(1, "same")
        feed.topic = Topic(name: "t/2", index: 1, generation: 0)
        let second = feed.count(1, "same")
        #expect(!second.isCopy)
        #expect(first.identity != second.identity)
    }

    @Test func `sent again from before a restart of the device are copies of the old epoch`() {
        var feed = Feed()
        _ = feed.count(4_999)
        let last = feed.count(5_000)
        let reset = feed.count(0)
        feed.tracker.settled()
        feed.tracker.connected(sessionPresent: true)
        #expect(feed.count(5_000) == .copy(last.identity))
        #expect(feed.count(0) == .copy(reset.identity))
        #expect(feed.count(1).epoch == 1)
    }

    @Test func `have the same identity after a restart of the process`() {
        var before = Feed(run: 1)
        for sequence in 10...20 as ClosedRange<Int64> { _ = before.count(sequence) }
        let reset = before.count(0)
        let epochs = before.tracker.unsettledEpochs
        before.tracker.settled()
        let next = before.count(1)
        // The process dies here; the broker sends the unacknowledged ones again, in any order.
        var after = Feed(run: 2, epochs: epochs)
        after.tracker.connected(sessionPresent: true)
        func again(_ sequence: Int64) -> Recognition {
            after.meet(sequence: sequence, payload: "reading \(sequence)", isDuplicate: true)
        }
        #expect(again(1) == next)
        #expect(again(0) == reset)
        #expect(after.count(2).epoch == 1)
    }

    @Test func `that start again while the process is away are in a new epoch`() {
        var before = Feed(run: 1)
        for sequence in 0...3_000 as ClosedRange<Int64> { _ = before.count(sequence) }
        before.tracker.settled()
        let mask = before.tracker.changedShards
        #expect(mask.nonzeroBitCount == 1)
        let epochs = before.tracker.checkpoint(of: mask).flatMap(\.epochs)
        before.tracker.written(mask)
        #expect(before.tracker.changedShards == 0)
        #expect(epochs.map(\.head) == [3_000])
        var after = Feed(run: 2, epochs: epochs)
        after.tracker.connected(sessionPresent: true)
        #expect(after.meet(sequence: 2_900, payload: "copy", isDuplicate: true).epoch == 0)
        #expect(after.count(0, "anew").epoch == 1)
        #expect(after.count(1, "anew 1").epoch == 1)
        #expect(after.tracker.urgentShards == mask)
        after.tracker.settled()
        #expect(after.tracker.urgentShards == 0)
    }

    @Test func `that are retained neither raise nor restart the count`() {
        var feed = Feed()
        #expect(feed.meet(sequence: 5_000, payload: "old", isRetained: true).epoch == 0)
        #expect(feed.count(3).epoch == 0)
        _ = feed.count(4)
        #expect(feed.meet(sequence: 1, payload: "older", isRetained: true).epoch == 0)
        #expect(feed.meet(sequence: 4, payload: "reading 4", isRetained: true).isCopy)
        #expect(feed.count(5).epoch == 0)
    }
}

@Suite struct `Readings with a time only` {
    @Test func `of the same time are both readings`() {
        var feed = Feed()
        let first = feed.meet(time: 5, payload: "a")
        let second = feed.meet(time: 5, payload: "b")
        let third = feed.meet(time: 5, payload: "a")
        #expect([first, second, third].allSatisfy { !$0.isCopy })
        #expect(Set([first.identity, second.identity, third.identity]).count == 3)
    }

    @Test func `are copies after a reconnect, each once`() {
        var feed = Feed()
        let first = feed.meet(time: 5, payload: "a")
        let second = feed.meet(time: 5, payload: "a")
        feed.tracker.settled()
        feed.tracker.connected(sessionPresent: true)
        #expect(feed.meet(time: 5, payload: "a") == .copy(first.identity))
        #expect(feed.meet(time: 5, payload: "a") == .copy(second.identity))
        #expect(!feed.meet(time: 5, payload: "a").isCopy)
        #expect(!feed.meet(time: 5, payload: "b").isCopy)
    }

    @Test func `are copies only while copies are to be expected`() {
        var feed = Feed(limits: SequenceTracker.Limits(redeliveries: 2))
        _ = feed.meet(time: 5, payload: "a")
        feed.tracker.settled()
        feed.tracker.connected(sessionPresent: false)
        #expect(!feed.meet(time: 5, payload: "a").isCopy)
        feed.tracker.settled()
        feed.tracker.connected(sessionPresent: true)
        #expect(!feed.meet(time: 6, payload: "a").isCopy)
        #expect(!feed.meet(time: 7, payload: "a").isCopy)
        #expect(!feed.meet(time: 5, payload: "a").isCopy)
    }

    @Test func `delivered at QoS 0 are never copies`() {
        var feed = Feed()
        _ = feed.meet(time: 5, payload: "a", qualityOfService: 0)
        feed.tracker.settled()
        feed.tracker.connected(sessionPresent: true)
        #expect(!feed.meet(time: 5, payload: "a", qualityOfService: 0).isCopy)
    }

    @Test func `that are retained come again as copies`() {
        var feed = Feed()
        _ = feed.meet(time: 5, payload: "a")
        feed.tracker.settled()
        feed.tracker.connected(sessionPresent: false)
        #expect(feed.meet(time: 5, payload: "a", isRetained: true).isCopy)
    }

    @Test func `have the same identity after a restart of the process`() {
        var before = Feed(run: 1)
        let first = before.meet(time: 5, payload: "a")
        var after = Feed(run: 2)
        #expect(after.meet(time: 5, payload: "a") == first)
    }
}

@Suite struct `Readings with neither sequence nor time` {
    @Test func `of a constant sensor are all new`() {
        var feed = Feed()
        var identities: Set<InputIdentity> = []
        for round in 0..<4 {
            identities.insert(feed.meet(payload: "20.5").identity)
            feed.tracker.settled()
            if round == 1 { feed.tracker.connected(sessionPresent: true) }
        }
        #expect(identities.count == 4)
        #expect(feed.tracker.counts.copies == 0)
    }

    @Test func `of a batch that was not safe are decided again under their identity`() {
        var feed = Feed()
        let first = feed.meet(payload: "20.5")
        let second = feed.meet(payload: "20.5")
        feed.tracker.rolledBack()
        feed.tracker.connected(sessionPresent: true)
        #expect(feed.meet(payload: "20.5") == first)
        #expect(feed.meet(payload: "20.5") == second)
        let third = feed.meet(payload: "20.5")
        #expect(!third.isCopy)
        #expect(![first, second].contains(third))
    }

    @Test func `of a settled batch are copies where its acknowledgement never left`() {
        var feed = Feed()
        let first = feed.meet(payload: "20.5")
        feed.tracker.settled()
        feed.tracker.lastBatchWasNotAcknowledged()
        feed.tracker.connected(sessionPresent: true)
        #expect(feed.meet(payload: "20.5") == .copy(first.identity))
        #expect(!feed.meet(payload: "20.5").isCopy)
    }

    @Test func `are forgotten when the broker has lost the session, or the burst is over`() {
        var feed = Feed(limits: SequenceTracker.Limits(redeliveries: 1))
        let first = feed.meet(payload: "20.5")
        feed.tracker.rolledBack()
        feed.tracker.connected(sessionPresent: false)
        #expect(feed.meet(payload: "20.5") != first)
        feed.tracker.rolledBack()
        feed.tracker.connected(sessionPresent: true)
        _ = feed.meet(payload: "another")
        #expect(!feed.meet(payload: "20.5").isCopy)
    }

    @Test func `have another identity after a restart of the process`() {
        var before = Feed(run: 1)
        var after = Feed(run: 2)
        #expect(before.meet(payload: "a").identity != after.meet(payload: "a").identity)
    }
}
