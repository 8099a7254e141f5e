// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Ingest

@Suite struct LanePacingTests {
    private let start = MonotonicInstant(nanoseconds: 1_000_000_000)

    private func pacing(coalescing: Interval = .milliseconds(1), most: Int = 256) -> LanePacing {
        LanePacing(
            coalescing: coalescing,
            linger: .milliseconds(5),
            maximumUnsettled: most,
            window: 500
        )
    }

    private func step(
        _ pacing: LanePacing,
        at now: MonotonicInstant,
        isComplete: Bool = false,
        awaitsSoon: Bool = false,
        since: MonotonicInstant?
    ) -> LanePacing.Step {
        pacing.step(
            at: now,
            isComplete: isComplete,
            awaitsSoon: awaitsSoon,
            unsettledSince: since
        )
    }

    @Test func `the first read does not pause`() {
        #expect(pacing().pause(at: start) == .zero)
    }

    @Test func `sparse traffic is read at once`() {
        var pacing = pacing()
        pacing.read(1, at: start)
        #expect(pacing.pause(at: start + .microseconds(300)) == .zero)
        #expect(pacing.pause(at: start + .milliseconds(1)) == .zero)
        #expect(pacing.pause(at: start + .seconds(5)) == .zero)
    }

    @Test func `dense traffic waits for the rest of a millisecond`() {
        var pacing = pacing()
        pacing.read(32, at: start)
        #expect(pacing.pause(at: start + .microseconds(300)) == .microseconds(700))
        #expect(pacing.pause(at: start) == .milliseconds(1))
    }

    @Test func `less dense traffic waits for the rest of half a millisecond`() {
        var pacing = pacing()
        pacing.read(4, at: start)
        #expect(pacing.pause(at: start + .microseconds(300)) == .microseconds(200))
    }

    @Test func `single messages are dense when many come`() {
        var pacing = pacing()
        var now = start
        for _ in 0..<10 {
            pacing.read(1, at: now)
            now = now + .microseconds(200)
        }
        #expect(pacing.pause(at: now) == .microseconds(300))
    }

    @Test func `what was dense long ago is not any more`() {
        var pacing = pacing()
        pacing.read(100, at: start)
        pacing.read(1, at: start + .seconds(1))
        #expect(pacing.pause(at: start + .seconds(1)) == .zero)
    }

    @Test func `a read that used all the room is followed at once`() {
        var pacing = pacing(most: 4)
        pacing.read(4, at: start)
        pacing.closed()
        #expect(pacing.pause(at: start) == .zero)
    }

    @Test func `coalescing is a millisecond at most and may be off`() {
        var greedy = pacing(coalescing: .seconds(1))
        greedy.read(100, at: start)
        #expect(greedy.pause(at: start) == .milliseconds(1))
        var off = pacing(coalescing: .zero)
        off.read(100, at: start)
        #expect(off.pause(at: start) == .zero)
    }

    @Test func `acknowledgements may leave while nothing is open`() {
        #expect(step(pacing(), at: start, isComplete: false, since: start) == .clear)
    }

    @Test func `what is complete is settled at once`() {
        var pacing = pacing()
        pacing.read(3, at: start)
        #expect(step(pacing, at: start, isComplete: true, since: start) == .settle)
    }

    @Test func `what needs no commit is settled at once`() {
        var pacing = pacing()
        pacing.read(3, at: start)
        #expect(step(pacing, at: start, isComplete: false, since: nil) == .settle)
    }

    @Test func `what needs a commit lingers from when it opened`() {
        var pacing = pacing()
        pacing.read(3, at: start)
        let end = start + .milliseconds(5)
        let early = start + .milliseconds(4)
        #expect(
            step(pacing, at: early, isComplete: false, since: start) == .linger(until: end)
        )
        #expect(step(pacing, at: end, isComplete: false, since: start) == .settle)
    }

    @Test func `a full window does not linger`() {
        var pacing = pacing(most: 4)
        pacing.read(3, at: start)
        #expect(pacing.room == 1)
        pacing.read(1, at: start)
        #expect(pacing.room == 0)
        #expect(step(pacing, at: start, isComplete: false, since: start) == .settle)
    }

    @Test func `a full window waits a little for effects that are under way`() {
        var pacing = pacing(most: 4)
        pacing.read(2, at: start)
        let later = start + .milliseconds(4)
        pacing.read(2, at: later)
        let end = later + .milliseconds(20)
        #expect(
            step(pacing, at: later, awaitsSoon: true, since: start) == .linger(until: end)
        )
        #expect(step(pacing, at: later, since: start) == .settle)
        #expect(
            step(pacing, at: later, isComplete: true, awaitsSoon: true, since: start) == .settle
        )
        #expect(step(pacing, at: end, awaitsSoon: true, since: start) == .settle)
    }

    @Test func `a broker's window below the lane's is the one that counts`() {
        let pacing = LanePacing(
            coalescing: .zero,
            linger: .zero,
            maximumUnsettled: 256,
            window: 20
        )
        #expect(pacing.room == 20)
    }

    @Test func `closing makes room again`() {
        var pacing = pacing(most: 4)
        pacing.read(4, at: start)
        pacing.closed()
        #expect(pacing.room == 4)
        #expect(step(pacing, at: start, isComplete: false, since: start) == .clear)
    }
}
