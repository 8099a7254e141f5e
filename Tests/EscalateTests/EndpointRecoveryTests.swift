// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Escalate

/// How an endpoint goes down and comes back, driven by hand.
@Suite struct EndpointRecoveryTests {
    var state: EndpointState

    init() {
        let options = EndpointOptions(
            name: "central",
            url: "http://x",
            model: "m",
            timeout: .seconds(2),
            maximumInFlight: 1,
            maximumBatch: 1,
            breaker: BreakerOptions(minimumCalls: 2, openTime: .seconds(1), trials: 1),
            retry: RetryOptions(maximumAttempts: 1),
            probe: ProbeOptions(interval: .seconds(5), intervalWhenDown: .seconds(1))
        )
        state = EndpointState(options: options, now: at(0)) { 0.5 }
    }

    mutating func step(_ milliseconds: Int64) -> [String] {
        state.advance(to: at(milliseconds))
        defer { state.actions = [] }
        return state.actions.map(summary)
    }

    mutating func fail(_ number: UInt64, at milliseconds: Int64) {
        _ = state.accept(question(number), delivery: .nowhere, at: at(milliseconds))
        state.advance(to: at(milliseconds))
        for call in state.calls.keys { state.finished(call, broken, at: at(milliseconds)) }
    }

    @Test mutating func `probes at the start, then while nothing else is asked`() {
        #expect(step(0) == ["probe"])
        state.probed(isReady: true, in: .milliseconds(4), at: at(4))
        #expect(state.facts(at: at(5)).p95 == .milliseconds(4))
        #expect(state.facts(at: at(5)).samples == 1)
        #expect(step(1003) == [])
        #expect(step(1004) == ["probe"])
        state.probed(isReady: true, in: .milliseconds(4), at: at(1008))
        #expect(step(1008) == ["uplink online"])
        #expect(state.nextWake == at(6008))
    }

    @Test mutating func `gives up who waits when the breaker opens`() {
        _ = step(0)
        state.probed(isReady: true, in: .milliseconds(4), at: at(4))
        fail(1, at: 10)
        for number: UInt64 in 2...3 {
            _ = state.accept(question(number), delivery: .nowhere, at: at(20))
        }
        _ = step(20)
        state.finished(state.calls.keys.sorted()[0], broken, at: at(30))
        #expect(step(30) == ["breaker open", "answer 2 unavailable", "answer 3 unavailable"])
        #expect(
            state.accept(question(4), delivery: .nowhere, at: at(31)).refusal?.kind == .unavailable
        )
        #expect(state.facts(at: at(31)).breaker == .open)
        #expect(!state.facts(at: at(31)).isUp)
    }

    @Test mutating func `tells why it does not answer, until it does`() {
        _ = step(0)
        state.probed(isReady: false, because: "no such host", in: .milliseconds(4), at: at(4))
        #expect(state.trouble?.reason == "no such host")
        state.probed(isReady: true, in: .milliseconds(4), at: at(1_004))
        #expect(state.trouble == nil)
        fail(1, at: 1_010)
        let told = state.trouble
        #expect(told != nil)
        // That it can be reached refutes nothing of what a call was told.
        state.probed(isReady: true, in: .milliseconds(4), at: at(2_004))
        #expect(state.trouble == told)
        _ = state.accept(question(5), delivery: .nowhere, at: at(9_000))
        _ = step(9_000)
        for call in state.calls.keys { state.finished(call, answers("ok"), at: at(9_010)) }
        #expect(state.trouble == nil)
    }

    @Test mutating func `recovers over a probe and a trial`() {
        _ = step(0)
        state.probed(isReady: true, in: .milliseconds(4), at: at(4))
        for number: UInt64 in 1...2 { fail(number, at: 10) }
        state.actions = []
        #expect(step(1009) == [])
        #expect(step(1010) == ["probe"])
        state.probed(isReady: false, in: .milliseconds(4), at: at(1010))
        #expect(step(1500) == [])
        #expect(step(2010) == ["probe"])
        state.probed(isReady: true, in: .milliseconds(4), at: at(2014))
        #expect(step(2014).contains("breaker half_open"))
        #expect(state.facts(at: at(2014)).isUp)
        #expect(state.facts(at: at(2014)).p95 == .milliseconds(4))
        #expect(state.accept(question(5), delivery: .nowhere, at: at(2020)).refusal == nil)
        #expect(
            state.accept(question(6), delivery: .nowhere, at: at(2020)).refusal?.kind
                == .unavailable
        )
        _ = step(2020)
        state.finished(state.calls.keys.sorted()[0], answers("ok"), at: at(2030))
        #expect(step(2030).contains("breaker closed"))
    }

    @Test mutating func `counts a timeout as the latency of a call`() {
        _ = step(0)
        state.probed(isReady: true, in: .milliseconds(4), at: at(4))
        _ = state.accept(question(1), delivery: .nowhere, at: at(10))
        _ = step(10)
        var timeout = CallFailure.unavailable("slow")
        timeout.isTimeout = true
        state.finished(state.calls.keys.sorted()[0], .failure(timeout), at: at(2010))
        #expect(state.facts(at: at(2011)).p95 == .seconds(2))
    }

    @Test mutating func `gives back everything when it is stopped`() {
        _ = step(0)
        for number: UInt64 in 1...2 {
            _ = state.accept(question(number), delivery: .nowhere, at: at(10))
        }
        #expect(step(10) == ["call 1"])
        state.stop()
        #expect(step(11) == ["answer 2 unavailable"])
        #expect(
            state.accept(question(3), delivery: .nowhere, at: at(12)).refusal?.kind == .unavailable
        )
        state.finished(state.calls.keys.sorted()[0], broken, at: at(13))
        #expect(step(13) == ["uplink offline", "answer 1 unavailable"])
        #expect(state.nextWake == nil)
    }
}
