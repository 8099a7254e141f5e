// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Escalate

/// An endpoint that refuses what it is asked, driven by hand.
@Suite struct EndpointDoubtTests {
    var state: EndpointState
    private static let refusal = Result<CloudAnswers, CallFailure>.failure(
        CallFailure(status: 400, complaint: "no", retryAfter: nil)
    )

    init() {
        let options = EndpointOptions(
            name: "central",
            url: "http://x",
            model: "m",
            maximumInFlight: 1,
            maximumBatch: 4,
            breaker: BreakerOptions(minimumCalls: 2, failureRatio: 0.5, trials: 1)
        )
        state = EndpointState(options: options, now: at(0)) { 0.5 }
        state.advance(to: at(0))
        for _ in 0..<2 { state.probed(isReady: true, in: .milliseconds(2), at: at(2)) }
        state.actions = []
    }

    /// Asks and has every call come to `outcome`; what the questions came to.
    mutating func ask(
        _ numbers: ClosedRange<UInt64>,
        _ outcome: Result<CloudAnswers, CallFailure>
    ) -> [EscalationFailure?] {
        for number in numbers {
            _ = state.accept(question(number, isLive: false), delivery: .nowhere, at: at(10))
        }
        state.advance(to: at(10))
        while let call = state.calls.keys.first {
            state.finished(call, outcome, at: at(20))
            state.advance(to: at(20))
        }
        defer { state.actions = [] }
        return state.actions.compactMap { action -> EscalationFailure?? in
            guard case .answer(_, _, let result) = action else { return nil }
            guard case .failure(let failure) = result else { return .some(nil) }
            return failure
        }
    }

    /// What became of one question.
    mutating func ask(
        _ number: UInt64,
        _ outcome: Result<CloudAnswers, CallFailure>
    )
        -> EscalationFailure?
    {
        ask(number...number, outcome).first ?? nil
    }

    @Test(arguments: [401, 404, 500, 302])
    mutating func `fails, after three calls for nothing, until one is answered (G6)`(_ status: Int)
    {
        for number in 1...3 {
            #expect(state.failing == nil)
            // However well its breaker takes it.
            state.breaker = CircuitBreaker(options: BreakerOptions())
            _ = ask(
                UInt64(number),
                .failure(CallFailure(status: status, complaint: nil, retryAfter: nil))
            )
        }
        #expect(state.failing?.contains("\(status)") == true)
        state.probed(isReady: true, in: .milliseconds(2), at: at(30))
        #expect(state.failing != nil)
        state.breaker = CircuitBreaker(options: BreakerOptions())
        _ = ask(9, answers("ok"))
        #expect(state.failing == nil)
    }

    @Test mutating func `that cannot be reached is away, and does not fail`() {
        for number in 1...9 {
            state.breaker = CircuitBreaker(options: BreakerOptions())
            var failure = CallFailure.unavailable("no route")
            failure.mayHaveBeenSent = false
            _ = ask(UInt64(number), .failure(failure))
        }
        #expect(state.failing == nil && state.trouble != nil)
    }

    @Test mutating func `that left questions without a reply may be well again when nobody asks`() {
        for number in 1...3 {
            state.breaker = CircuitBreaker(options: BreakerOptions())
            _ = ask(UInt64(number), .failure(.unavailable("the connection was lost")))
        }
        state.probed(isReady: true, in: .milliseconds(2), at: at(60_000))
        #expect(state.failing == "the connection was lost")
        state.probed(isReady: true, in: .milliseconds(2), at: at(400_000))
        #expect(state.failing == nil && state.trouble != nil)
    }

    @Test mutating func `one question refused again and again is to blame, not the endpoint (G7)`()
    {
        for _ in 0..<20 {
            let failure = ask(1, Self.refusal)
            #expect(failure?.kind == .refused)
            #expect(failure?.isRepeatable == false)
        }
        #expect(state.breaker.state == .closed)
        #expect(state.breaker.recent.isEmpty)
    }

    @Test mutating func `eight different questions refused in a row are the endpoint's fault (G1)`()
    {
        for number: UInt64 in 1...7 {
            let kind = ask(number, Self.refusal)?.kind
            #expect(kind == .refused)
        }
        let failure = ask(8, Self.refusal)
        #expect(failure?.kind == .unavailable)
        #expect(failure?.isRepeatable == true)
        #expect(failure?.refusesAll == true)
        #expect(state.trouble?.reason.contains("has refused 8 different questions") == true)
        _ = ask(9, Self.refusal)
        #expect(state.breaker.state == .open)
    }

    @Test mutating func `an answer between refusals keeps the endpoint out of doubt (G7)`() {
        for round: UInt64 in 1...5 {
            for number in round * 10...round * 10 + 6 {
                let kind = ask(number, Self.refusal)?.kind
                #expect(kind == .refused)
            }
            let answered = ask(round * 10 + 7, answers("ok"))
            #expect(answered == nil)
        }
        #expect(state.breaker.state == .closed)
    }

    @Test mutating func `one answer ends the doubt and says so`() {
        state.breaker = CircuitBreaker(options: BreakerOptions(window: 100, minimumCalls: 100))
        for number: UInt64 in 1...9 { _ = ask(number, Self.refusal) }
        _ = state.accept(question(10), delivery: .nowhere, at: at(30))
        state.advance(to: at(30))
        for call in state.calls.keys { state.finished(call, answers("ok"), at: at(40)) }
        #expect(state.actions.map(summary).contains("answers again"))
        state.actions = []
        let kind11 = ask(11, Self.refusal)?.kind
        #expect(kind11 == .refused)
    }

    @Test mutating func `what shares a request is asked alone before the endpoint is doubted`() {
        let outcomes = ask(1...4, Self.refusal)
        #expect(outcomes.count == 4)
        #expect(outcomes.allSatisfy { $0?.kind == .refused })
        #expect(state.refused.count == 4)
    }

    @Test mutating func `answers that all are none are no success of the endpoint (G1)`() {
        let none = Result<CloudAnswers, CallFailure>.success(
            CloudAnswers(
                answers: [.failure(.init(message: "label 7 is none of the endpoint's labels"))],
                model: ModelReference(name: "m", version: "1")
            )
        )
        for number: UInt64 in 1...7 {
            let kind = ask(number, none)?.kind
            #expect(kind == .refused)
        }
        #expect(state.breaker.recent.isEmpty)
        let kind8 = ask(8, none)?.kind
        #expect(kind8 == .unavailable)
    }

    @Test func `recovery is told where a probe lets a trial through and where answers come`() {
        #expect(EndpointState.Note.breaker(.halfOpen, reason: "").recovery == .reached)
        #expect(EndpointState.Note.uplink(.online).recovery == .reached)
        #expect(EndpointState.Note.breaker(.closed, reason: "").recovery == .answered)
        #expect(EndpointState.Note.answersAgain.recovery == .answered)
        let others: [EndpointState.Note] = [
            .breaker(.open, reason: ""), .uplink(.offline), .uplink(.probing), .refused(""),
        ]
        #expect(others.allSatisfy { $0.recovery == nil })
    }
}
