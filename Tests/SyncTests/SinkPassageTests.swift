// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Sync

@Suite struct `The passage to a sink` {
    private let start = MonotonicInstant(nanoseconds: 0)

    @Test func `is open until something fails`() {
        #expect(SinkPassage().allowance(at: start) == .full)
    }

    @Test func `is closed for longer and longer, and opened by a few lines that are taken`() {
        var passage = SinkPassage()
        passage.failed(at: start, retryAfter: nil, random: 1)
        #expect(passage.allowance(at: start) == .wait(.milliseconds(500)))
        #expect(passage.allowance(at: start + .milliseconds(500)) == .probe(8))
        var now = start
        for _ in 0..<20 {
            passage.failed(at: now, retryAfter: nil, random: 1)
            now = now + .seconds(31)
        }
        guard case .probe = passage.allowance(at: now) else {
            Issue.record("\(passage.allowance(at: now))")
            return
        }
        passage.stored()
        #expect(passage.allowance(at: now) == .full)
    }

    @Test func `waits as long as it is told to, an hour at most`() {
        var passage = SinkPassage()
        passage.failed(at: start, retryAfter: .seconds(120), random: 0)
        #expect(passage.allowance(at: start) == .wait(.seconds(120)))
        passage.failed(at: start, retryAfter: .seconds(1_000_000), random: 0)
        #expect(passage.allowance(at: start) == .wait(.seconds(3_600)))
    }

    @Test func `is tried within a second when the way out is said to be back`() {
        var passage = SinkPassage()
        passage.failed(at: start, retryAfter: .seconds(600), random: 0)
        passage.hope(at: start, random: 0.5)
        #expect(passage.allowance(at: start) == .wait(.milliseconds(500)))
        var open = SinkPassage()
        open.hope(at: start, random: 0.5)
        #expect(open.allowance(at: start) == .full)
    }

    @Test func `doubts a store that refuses sixteen lines over its batches and takes none`() {
        var passage = SinkPassage()
        passage.refuses(0..<8)
        // The same lines again say nothing new of the store.
        passage.refuses(0..<8)
        passage.refuses(8..<15)
        #expect(!passage.isDoubted)
        passage.refuses(15..<16)
        #expect(passage.isDoubted)
    }

    @Test func `believes a store again that takes a line`() {
        var passage = SinkPassage()
        passage.refuses(0..<15)
        passage.stored()
        passage.refuses(20..<35)
        #expect(!passage.isDoubted)
        passage.refuses(35..<400)
        #expect(passage.isDoubted)
        passage.failed(at: start, retryAfter: nil, random: 1)
        #expect(passage.isDoubted)
        passage.stored()
        #expect(!passage.isDoubted)
        #expect(passage.allowance(at: start) == .full)
    }

    @Test func `puts off the lines of a doubted store longer and longer, five minutes at most`() {
        var passage = SinkPassage()
        #expect(passage.putOff == .seconds(30))
        for _ in 0..<4 { passage.failed(at: start, retryAfter: nil, random: 1) }
        #expect(passage.putOff == .seconds(120))
        for _ in 0..<1_000 { passage.failed(at: start, retryAfter: nil, random: 1) }
        #expect(passage.putOff == .seconds(300))
    }
}
