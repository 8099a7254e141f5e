// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Testing

@Suite struct SequenceGapTests {
    private func events(_ numbers: [Int64], known: Int64? = nil) -> [SequenceTracker.GapEvent] {
        let epochs = known.map {
            [SequenceEpoch(device: "d", topic: "t/1", epoch: 0, head: $0)]
        }
        var feed = Feed(epochs: epochs ?? [])
        for number in numbers { _ = feed.count(number) }
        feed.tracker.settled()
        return feed.tracker.takeGapEvents()
    }

    private func gap(_ after: Int64, _ before: Int64) -> SequenceTracker.GapEvent {
        .opened(SequenceGap(device: "d", topic: "t/1", after: after, before: before))
    }

    @Test func `counts that never came are told (G1)`() {
        #expect(events([1, 2, 3, 7, 8]) == [gap(3, 7)])
        #expect(SequenceGap(device: "d", topic: "t", after: 3, before: 7).missing == 3)
        #expect(SequenceGap(device: "d", topic: "t", after: .min, before: .max).missing == .max)
        #expect(SequenceGap(device: "d", topic: "t", after: 0, before: .max).missing == .max - 1)
    }

    @Test func `one that comes late is told, too`() {
        #expect(
            events([1, 2, 5, 3]) == [gap(2, 5), .cameLate(device: "d", topic: "t/1", number: 3)]
        )
    }

    @Test func `a counter that makes longer steps has no gaps`() {
        #expect(events([10, 20, 30, 50]) == [])
    }

    @Test func `the head of an earlier run, which may be old, opens no gap`() {
        #expect(events([40, 41], known: 7) == [])
    }

    @Test func `a batch that is sent again is told of once`() {
        var feed = Feed()
        for number: Int64 in [1, 2] { _ = feed.count(number) }
        feed.tracker.settled()
        _ = feed.count(9)
        feed.tracker.rolledBack()
        #expect(feed.tracker.takeGapEvents() == [])
        _ = feed.count(9)
        feed.tracker.settled()
        #expect(feed.tracker.takeGapEvents() == [gap(2, 9)])
        #expect(feed.tracker.takeGapEvents() == [])
    }

    @Test func `a flood of gaps is bounded`() {
        #expect(events([1, 2] + (1...1_000).map { $0 * 10 }).count <= 256)
    }
}
