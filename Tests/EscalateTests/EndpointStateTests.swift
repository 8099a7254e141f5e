// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Escalate

/// The life of questions, driven by hand: no clock, no thread, no network.
@Suite struct EndpointStateTests {
    var state: EndpointState

    init() {
        let options = EndpointOptions(
            name: "central",
            url: "http://x",
            model: "m",
            timeout: .seconds(2),
            maximumInFlight: 2,
            maximumBatch: 3,
            maximumWaiting: 4,
            retry: RetryOptions(first: .milliseconds(20), cap: .milliseconds(100))
        )
        state = EndpointState(options: options, now: at(0)) { 0.5 }
        state.advance(to: at(0))
        for _ in 0..<2 { state.probed(isReady: true, in: .milliseconds(2), at: at(2)) }
        state.actions = []
    }

    /// What there is to do once the clock shows this.
    mutating func step(_ milliseconds: Int64) -> [String] {
        state.advance(to: at(milliseconds))
        defer { state.actions = [] }
        return state.actions.map(summary)
    }

    @discardableResult
    mutating func ask(_ question: Question, at milliseconds: Int64) -> EscalationFailure? {
        state.accept(question, delivery: .nowhere, at: at(milliseconds)).refusal
    }

    /// The numbers of the calls under way, oldest first.
    var underWay: [UInt64] { state.calls.keys.sorted() }

    @Test mutating func `asks at once and delivers the answer`() {
        ask(question(1, deadline: at(100)), at: 10)
        #expect(step(10) == ["call 1"])
        state.finished(underWay[0], answers("fault"), at: at(30))
        #expect(step(30) == ["answer 1 fault"])
        #expect(step(200) == [])
        #expect(state.pending.isEmpty)
        #expect(state.facts(at: at(31)).p95 == .milliseconds(20))
    }

    @Test mutating func `never waits for company, but takes along who waits`() {
        ask(question(1), at: 10)
        #expect(step(10) == ["call 1"])
        for number: UInt64 in 2...3 { ask(question(number), at: 11) }
        #expect(step(11) == ["call 2+3"])
        for number: UInt64 in 4...7 { ask(question(number), at: 12) }
        #expect(step(12) == [])
        state.finished(underWay[0], answers("a"), at: at(20))
        #expect(step(20) == ["answer 1 a", "call 4+5+6"])
    }

    @Test mutating func `puts only the same tensors together`() {
        ask(question(1), at: 10)
        ask(question(2, values: [1, 2, 3]), at: 10)
        ask(question(3), at: 10)
        ask(question(4, tensor: "y"), at: 10)
        #expect(step(10) == ["call 1+3", "call 2"])
        state.finished(underWay[1], answers("a"), at: at(20))
        #expect(step(20) == ["answer 2 a", "call 4"])
    }

    @Test mutating func `refuses what would wait in too long a line`() {
        for number: UInt64 in 1...2 {
            ask(question(number, values: Array(repeating: 1, count: Int(number))), at: 10)
            _ = step(10)
        }
        for number: UInt64 in 3...6 { #expect(ask(question(number), at: 11) == nil) }
        #expect(ask(question(7), at: 11)?.kind == .unavailable)
        #expect(!state.facts(at: at(11)).isUp)
        #expect(ask(question(8, isLive: false), at: 11) == nil)
    }

    @Test mutating func `says deadline in time, and the answer late`() {
        ask(question(1, deadline: at(100)), at: 10)
        _ = step(10)
        #expect(state.nextWake == at(100))
        #expect(step(100) == ["answer 1 deadline"])
        state.finished(underWay[0], answers("fault"), at: at(500))
        #expect(step(500) == ["late 1 fault"])
        #expect(state.counts.answeredLate == 1)
        #expect(state.counts.deadlinesMissed == 1)
    }

    @Test mutating func `says late that the call failed after its deadline, and does not retry`() {
        ask(question(1, deadline: at(100)), at: 10)
        _ = step(10)
        _ = step(100)
        state.finished(underWay[0], broken, at: at(500))
        #expect(step(500) == ["late 1 unavailable"])
        #expect(state.pending.isEmpty)
    }

    @Test mutating func `keeps a far deadline to the millisecond`() {
        ask(question(1, deadline: at(12_345)), at: 10)
        for milliseconds: Int64 in [10, 5010, 10_010, 12_344] {
            #expect(step(milliseconds).allSatisfy { $0 == "call 1" || $0 == "probe" })
        }
        #expect(state.nextWake == at(12_345))
        #expect(step(12_345) == ["answer 1 deadline"])
    }

    @Test mutating func `gives up at its deadline what still waits`() {
        for number: UInt64 in 1...2 {
            ask(question(number, values: Array(repeating: 1, count: Int(number))), at: 10)
            _ = step(10)
        }
        ask(question(3, deadline: at(50)), at: 11)
        ask(question(4), at: 11)
        #expect(step(50) == ["answer 3 deadline", "late 3 unavailable"])
        state.finished(underWay[0], answers("a"), at: at(60))
        #expect(step(60) == ["answer 1 a", "call 4"])
    }

    @Test mutating func `answers a question that comes after its deadline`() {
        ask(question(1, deadline: at(5)), at: 10)
        #expect(step(10) == ["answer 1 deadline", "late 1 unavailable"])
    }

    @Test mutating func `a question without a deadline waits one timeout for room`() {
        for number: UInt64 in 1...2 {
            ask(question(number, values: Array(repeating: 1, count: Int(number))), at: 10)
            _ = step(10)
        }
        ask(question(3), at: 20)
        #expect(step(2019) == [])
        #expect(step(2020) == ["answer 3 unavailable"])
    }

    @Test mutating func `tries a failed call again after a pause, inside the deadline`() {
        ask(question(1, deadline: at(100)), at: 10)
        _ = step(10)
        state.finished(underWay[0], broken, at: at(20))
        #expect(step(20) == [])
        #expect(step(30) == ["call 1"])
        state.finished(underWay[0], answers("fault"), at: at(40))
        #expect(step(40) == ["answer 1 fault"])
        #expect(state.counts.retries == 1)
    }

    @Test mutating func `does not begin a retry that would come too late`() {
        ask(question(1, deadline: at(25)), at: 10)
        _ = step(10)
        state.finished(underWay[0], broken, at: at(20))
        #expect(step(20) == ["answer 1 unavailable"])
    }

    @Test mutating func `leaves the backlog's retries to its owner`() {
        ask(question(1, isLive: false), at: 10)
        _ = step(10)
        state.finished(underWay[0], broken, at: at(20))
        #expect(step(20) == ["answer 1 unavailable"])
    }

    @Test mutating func `leaves room for live traffic, which goes first`() {
        ask(question(1, isLive: false), at: 10)
        ask(question(2, values: [1], isLive: false), at: 10)
        #expect(step(10) == ["call 1"])
        ask(question(3), at: 11)
        #expect(step(11) == ["call 3"])
        #expect(state.liveQuestions == 1)
    }

    @Test mutating func `one bad question does not take the others with it`() {
        ask(question(1, values: [1]), at: 9)
        _ = step(9)
        for number: UInt64 in 2...3 { ask(question(number, deadline: at(25)), at: 10) }
        #expect(step(10) == ["call 2+3"])
        let refusal = CallFailure.badQuestion("no", isReply: true)
        state.finished(underWay[1], .failure(refusal), at: at(20))
        #expect(step(20) == ["call 2"])
        // Number 3 is asked all the same: only that tells who was to blame.
        #expect(step(25) == ["answer 2 deadline", "answer 3 deadline"])
        state.finished(underWay[1], .failure(refusal), at: at(30))
        #expect(step(30) == ["refused", "late 2 refused", "call 3"])
        state.finished(underWay[1], answers("ok"), at: at(40))
        #expect(step(40) == ["late 3 ok"])
    }

    @Test mutating func `leaves the endpoint alone for as long as it asks`() {
        ask(question(1, deadline: at(10_000)), at: 10)
        _ = step(10)
        let busy = CallFailure(status: 429, complaint: nil, retryAfter: .seconds(3))
        state.finished(underWay[0], .failure(busy), at: at(20))
        #expect(step(20) == [])
        #expect(ask(question(2), at: 21)?.retryAfter == .milliseconds(2999))
        #expect(!state.facts(at: at(21)).isUp)
        #expect(step(3019).contains("call 1") == false)
        #expect(step(3020).contains("call 1"))
        #expect(state.breaker.state == .closed)
    }
}
