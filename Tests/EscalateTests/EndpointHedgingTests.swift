// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Escalate

/// Slow calls sent twice, budgets and withdrawn questions, driven by hand.
@Suite struct EndpointHedgingTests {
    private final class Purse: Sendable {
        // Moved by the test between steps of the state, on one thread.
        nonisolated(unsafe) var standing: BudgetAccount.Standing?
    }

    private let purse = Purse()

    private func made(
        _ hedging: HedgeOptions? = HedgeOptions(after: .fixed(.milliseconds(50)), share: 1),
        inFlight: Int = 4
    ) -> EndpointState {
        let options = EndpointOptions(
            name: "central",
            url: "http://x",
            model: "m",
            maximumInFlight: inFlight,
            retry: RetryOptions(first: .milliseconds(20), cap: .milliseconds(100)),
            hedging: hedging
        )
        let purse = purse
        var state = EndpointState(
            options: options,
            now: at(0),
            random: { 0.5 },
            budget: { purse.standing }
        )
        state.advance(to: at(0))
        for _ in 0..<2 { state.probed(isReady: true, in: .milliseconds(2), at: at(2)) }
        state.actions = []
        return state
    }

    private func step(_ state: inout EndpointState, _ milliseconds: Int64) -> [String] {
        state.advance(to: at(milliseconds))
        defer { state.actions = [] }
        return state.actions.map(summary).filter { $0 != "probe" }
    }

    private func ask(
        _ number: UInt64,
        _ state: inout EndpointState,
        at milliseconds: Int64,
        deadline: Int64? = 1_000,
        isLive: Bool = true
    ) {
        let question = question(number, deadline: deadline.map { at($0) }, isLive: isLive)
        _ = state.accept(question, delivery: .nowhere, at: at(milliseconds))
    }

    @Test func `a slow call is sent again; the first answer wins and the other is given up`() {
        var state = made()
        ask(1, &state, at: 10)
        #expect(step(&state, 10) == ["call 1"])
        #expect(step(&state, 59) == [])
        #expect(step(&state, 60) == ["call 1"])
        let calls = state.calls.keys.sorted()
        state.finished(calls[1], answers("fault"), at: at(70))
        #expect(step(&state, 70) == ["cancel \(calls[0])", "answer 1 fault"])
        #expect(state.calls.isEmpty && state.liveCalls == 0)
        #expect(state.counts.hedges == 1 && state.counts.hedgesWon == 1)
        #expect(state.counts.callsCancelled == 1 && state.counts.calls == 2)
        state.finished(calls[0], broken, at: at(71))
        #expect(step(&state, 71) == [])
    }

    @Test func `one of the two that fails leaves it to the other`() {
        var state = made()
        ask(1, &state, at: 10)
        _ = step(&state, 10)
        _ = step(&state, 60)
        let calls = state.calls.keys.sorted()
        state.finished(calls[0], broken, at: at(65))
        #expect(step(&state, 65) == [])
        state.finished(calls[1], answers("ok"), at: at(80))
        #expect(step(&state, 80) == ["answer 1 ok"])
        #expect(state.counts.retries == 0)
    }

    @Test func `only the share allowed is sent twice`() {
        var state = made(HedgeOptions(after: .fixed(.milliseconds(50)), share: 0.1))
        for number: UInt64 in 1...40 {
            let begin = Int64(number) * 1_000
            ask(number, &state, at: begin, deadline: begin + 900)
            _ = step(&state, begin)
            _ = step(&state, begin + 60)
            for call in state.calls.keys.sorted() {
                state.finished(call, answers("ok"), at: at(begin + 70))
            }
            _ = step(&state, begin + 70)
        }
        #expect(state.counts.hedges == 4 || state.counts.hedges == 3)
        #expect(state.counts.calls == 40 + state.counts.hedges)
    }

    @Test func `the time observed counts only once there is enough of it`() {
        var state = made(HedgeOptions(after: .observed, share: 1))
        for number: UInt64 in 1...21 {
            let begin = Int64(number) * 100
            ask(number, &state, at: begin, deadline: begin + 90)
            #expect(step(&state, begin) == ["call \(number)"])
            guard number == 21 else {
                state.finished(state.calls.keys.sorted()[0], answers("ok"), at: at(begin + 8))
                _ = step(&state, begin + 8)
                continue
            }
            #expect(step(&state, begin + 7) == [])
            #expect(step(&state, begin + 8) == ["call 21"])
        }
    }

    @Test func `none for the backlog, for nobody, without room, or when little is left to spend`() {
        var state = made()
        ask(1, &state, at: 10, deadline: nil, isLive: false)
        _ = step(&state, 10)
        #expect(step(&state, 100) == [])
        var late = made()
        ask(1, &late, at: 10, deadline: 40)
        _ = step(&late, 10)
        #expect(step(&late, 100) == ["answer 1 deadline"])
        var full = made(inFlight: 1)
        ask(1, &full, at: 10)
        _ = step(&full, 10)
        #expect(step(&full, 100) == [])
        var poor = made()
        ask(1, &poor, at: 10)
        _ = step(&poor, 10)
        purse.standing = .init(refusal: nil, share: 0.05)
        #expect(step(&poor, 100) == [])
    }

    @Test func `none while the breaker is not closed`() {
        var state = made()
        for number: UInt64 in 1...4 { ask(number, &state, at: 10) }
        _ = step(&state, 10)
        for number: UInt64 in 5...6 {
            ask(number, &state, at: 11)
            _ = step(&state, 11)
        }
        let permit = state.breaker.admit()
        for _ in 0..<10 {
            guard let permit else { break }
            state.breaker.record(.failure, permit: permit, at: at(12))
        }
        #expect(state.breaker.state == .open)
        #expect(step(&state, 100) == [])
    }

    @Test func `a spent budget is said at once, and what waits is given back`() {
        var state = made(inFlight: 1)
        ask(1, &state, at: 10)
        ask(2, &state, at: 10)
        state.advance(to: at(10))
        state.actions = []
        ask(3, &state, at: 11)
        let limit = BudgetLimit(.calls, 5, per: .day)
        purse.standing = .init(refusal: .init(limit: limit, wait: .seconds(40_000)), share: 0)
        let refused = state.accept(question(4), delivery: .nowhere, at: at(12))
        guard case .failure(let failure) = refused else {
            Issue.record("was taken with nothing left")
            return
        }
        #expect(failure.message == "the budget of 5 calls a day is spent")
        #expect(failure.retryAfter == .seconds(900))
        #expect(step(&state, 12) == ["answer 3 unavailable"])
        #expect(!state.facts(at: at(12)).isUp)
        #expect(state.facts(at: at(12)).budgetLeft == 0)
        #expect(state.counts.overBudget == 2)
    }

    @Test func `a question that somebody else has answered is let go`() {
        var state = made(nil, inFlight: 1)
        guard
            case .success(let first) = state.accept(
                question(1, deadline: at(900)),
                delivery: .nowhere,
                at: at(10)
            ),
            case .success(let second) = state.accept(
                question(2, values: [1], deadline: at(900)),
                delivery: .nowhere,
                at: at(10)
            )
        else {
            Issue.record("was not taken")
            return
        }
        #expect(step(&state, 10) == ["call 1"])
        let call = state.calls.keys.sorted()[0]
        state.withdraw(second, at: at(11))
        state.withdraw(first, at: at(12))
        #expect(step(&state, 12) == ["cancel \(call)"])
        #expect(state.pending.isEmpty && state.liveQuestions == 0 && state.live.isEmpty)
        #expect(step(&state, 2_000) == [])
    }

    @Test func `what half of the calls could not answer in time is not sent`() {
        var state = made(nil)
        for number: UInt64 in 1...8 {
            let begin = Int64(number) * 1_000
            ask(number, &state, at: begin, deadline: begin + 900)
            _ = step(&state, begin)
            state.finished(state.calls.keys.sorted()[0], answers("ok"), at: at(begin + 200))
            _ = step(&state, begin + 200)
        }
        let hasty = question(9, deadline: at(9_150))
        guard case .failure(let failure) = state.accept(hasty, delivery: .nowhere, at: at(9_000))
        else {
            Issue.record("was taken")
            return
        }
        #expect(failure.message == "answers take longer than the time that is left")
        ask(10, &state, at: 9_000, deadline: 9_250)
        #expect(step(&state, 9_000) == ["call 10"])
        #expect(state.counts.tooLate == 1)
    }

    @Test func `a call whose late answer nobody wants ends with the deadline`() {
        var state = made(nil)
        var question = question(1, deadline: at(310))
        question.wantsLateAnswer = false
        _ = state.accept(question, delivery: .nowhere, at: at(10))
        state.advance(to: at(10))
        guard case .call(let call) = state.actions.first else {
            Issue.record("nothing was sent")
            return
        }
        #expect(call.timeout == .milliseconds(300))
    }

    @Test func `one that has failed elsewhere before waits a moment, then is asked`() {
        var state = made(nil)
        let manner = EndpointState.Manner(ownsRetries: true, isRepeat: true)
        let one = question(1, deadline: at(900))
        _ = state.accept(one, delivery: .nowhere, manner: manner, at: at(10))
        #expect(step(&state, 19) == [])
        #expect(step(&state, 20) == ["call 1"])
    }

    @Test func `leaves the retry to others where they own it`() {
        var state = made(nil)
        let manner = EndpointState.Manner(ownsRetries: false)
        let one = question(1, deadline: at(900))
        _ = state.accept(one, delivery: .nowhere, manner: manner, at: at(10))
        _ = step(&state, 10)
        state.finished(state.calls.keys.sorted()[0], broken, at: at(20))
        guard case .answer(_, _, .failure(let failure)) = state.actions.first else {
            Issue.record("was not given back")
            return
        }
        #expect(failure.mayBeTriedAgain)
    }
}
