// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Testing
import Vocabulary

extension Feed {
    /// The feed of the next run of the process, with what this one has written.
    func restarted(sessionPresent: Bool = true) -> Feed {
        var feed = Feed(run: 2, epochs: tracker.checkpoint(of: .max).flatMap(\.epochs))
        feed.tracker.connected(sessionPresent: sessionPresent)
        feed.topic = topic
        feed.device = device
        return feed
    }
}

/// A device that has missed the broker's acknowledgements publishes what it had under way again, and the
/// broker, to which that is new, marks nothing.
@Suite struct `Readings published once more over a restart of the process` {
    @Test(arguments: [true, false])
    func `are decided again under their identity, once (G2)`(sessionPresent: Bool) {
        var before = Feed(run: 1)
        let met = (1...100).map { before.count($0) }
        before.tracker.settled()
        var after = before.restarted(sessionPresent: sessionPresent)
        for sequence in [100, 70, 37] as [Int64] {
            #expect(after.count(sequence) == .new(met[Int(sequence) - 1].identity))
            #expect(after.count(sequence) == .copy(met[Int(sequence) - 1].identity))
        }
        #expect(after.count(101).mark == .sequence(101, epoch: 0))
        #expect(after.tracker.counts.epochs == 0)
    }

    @Test func `are those of a counter begun anew where payload or count are others`() {
        var before = Feed(run: 1)
        for sequence in 1...100 as ClosedRange<Int64> { _ = before.count(sequence) }
        before.tracker.settled()
        var other = before.restarted()
        #expect(other.count(100, "anew").epoch == 1)
        #expect(other.count(101).epoch == 1)
        var older = before.restarted()
        #expect(older.count(36).epoch == 1)
        #expect(older.count(37, "anew").epoch == 1)
    }

    @Test func `are known by their place in their message, too`() {
        var before = Feed(run: 1)
        let pack = (0..<3).map { before.meet(sequence: 7, payload: "pack", index: $0) }
        before.tracker.settled()
        var after = before.restarted()
        for index in 0..<4 {
            let again = after.meet(sequence: 7, payload: "pack", index: index)
            #expect(again == .new(pack[min(index, 2)].identity))
        }
        #expect(after.meet(sequence: 7, payload: "pack", index: 2).isCopy)
    }

    @Test func `may be ones that were met after the counter was written last`() {
        var first = Feed(run: 1)
        for sequence in 1...3 as ClosedRange<Int64> { _ = first.count(sequence) }
        first.tracker.settled()
        // 4 to 6 were decided, and the process died before it had written that.
        var second = first.restarted()
        #expect(second.count(7).epoch == 0)
        second.tracker.settled()
        var third = second.restarted()
        for sequence in 4...7 as ClosedRange<Int64> {
            #expect(third.count(sequence).mark == .sequence(sequence, epoch: 0))
        }
        #expect(third.count(1).mark == .sequence(1, epoch: 0))
    }

    @Test func `keep the epoch that they had where the counter has begun anew since`() {
        var before = Feed(run: 1)
        let old = [11, 12].map { before.count($0) }
        let new = [1, 2].map { before.count($0, "anew \($0)") }
        before.tracker.settled()
        var after = before.restarted()
        let again = ([11, 12] as [Int64]).map {
            after.meet(sequence: $0, payload: "reading \($0)", isDuplicate: true)
        }
        #expect(again == old)
        #expect([1, 2].map { after.count($0, "anew \($0)") } == new)
        #expect(after.count(3).epoch == 1)
    }

    @Test func `keep it where other streams were forgotten in later epochs`() {
        var before = Feed(run: 1)
        let met = before.count(5)
        before.tracker.settled()
        let epochs = before.tracker.checkpoint(of: .max).flatMap(\.epochs)
        var after = Feed(run: 2)
        after.tracker = SequenceTracker(run: 2, epochs: epochs, firstEpoch: 3)
        after.tracker.connected(sessionPresent: true)
        #expect(after.count(5) == met)
        #expect(after.count(6).epoch == 0)
        after.device = "not known"
        #expect(after.count(5).epoch == 3)
    }
}
