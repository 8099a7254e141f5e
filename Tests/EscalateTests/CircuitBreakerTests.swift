// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Vocabulary

@testable import Escalate

@Suite struct CircuitBreakerTests {
    var breaker = CircuitBreaker(
        options: BreakerOptions(
            window: 10,
            minimumCalls: 5,
            failureRatio: 0.5,
            openTime: .seconds(1),
            maximumOpenTime: .seconds(4),
            trials: 2
        )
    )

    mutating func call(_ outcome: CircuitBreaker.Outcome, at milliseconds: Int64) {
        guard let permit = breaker.admit() else { return }
        breaker.record(outcome, permit: permit, at: at(milliseconds))
    }

    mutating func trip(at milliseconds: Int64) {
        for _ in 0..<5 { call(.failure, at: milliseconds) }
    }

    @Test mutating func `says nothing before it has seen enough calls`() {
        for _ in 0..<4 { call(.failure, at: 0) }
        #expect(breaker.state == .closed)
    }

    @Test mutating func `opens after five failures`() {
        trip(at: 0)
        #expect(breaker.state == .open)
        #expect(breaker.admit() == nil)
    }

    @Test mutating func `opens when half of the latest calls failed, not before`() {
        for _ in 0..<6 { call(.success, at: 0) }
        for _ in 0..<4 { call(.failure, at: 1) }
        #expect(breaker.state == .closed)
        call(.failure, at: 2)
        #expect(breaker.state == .open)
    }

    @Test mutating func `forgets calls that are too old`() {
        for _ in 0..<4 { call(.failure, at: 0) }
        call(.failure, at: 61_000)
        #expect(breaker.state == .closed)
    }

    @Test mutating func `does not count what says nothing`() {
        for _ in 0..<20 { call(.neither, at: 0) }
        #expect(breaker.state == .closed)
        #expect(breaker.recent.isEmpty)
    }

    @Test mutating func `tries again only after its time and a probe`() {
        trip(at: 0)
        breaker.probed(isReady: true, at: at(999))
        #expect(breaker.state == .open)
        breaker.probed(isReady: false, at: at(1000))
        #expect(breaker.state == .open)
        breaker.probed(isReady: true, at: at(1000))
        #expect(breaker.state == .halfOpen)
    }

    @Test mutating func `lets a few trials through and closes when all succeed`() {
        trip(at: 0)
        breaker.probed(isReady: true, at: at(1000))
        let permits = [breaker.admit(), breaker.admit()].compactMap(\.self)
        #expect(permits.count == 2)
        #expect(breaker.admit() == nil)
        for permit in permits { breaker.record(.success, permit: permit, at: at(1100)) }
        #expect(breaker.state == .closed)
    }

    @Test mutating func `opens for twice as long when a trial fails, up to a bound`() {
        trip(at: 0)
        var now: Int64 = 0
        for wait: Int64 in [1000, 2000, 4000, 4000] {
            #expect(breaker.phase == .open(until: at(now + wait)))
            now += wait
            breaker.probed(isReady: true, at: at(now))
            call(.failure, at: now)
        }
    }

    @Test mutating func `ignores calls begun before it opened`() throws {
        let admitted = breaker.admit()
        let stale = try #require(admitted)
        trip(at: 0)
        breaker.probed(isReady: true, at: at(1000))
        breaker.record(.failure, permit: stale, at: at(1001))
        #expect(breaker.state == .halfOpen)
    }

    @Test mutating func `a trial that says nothing makes room for another`() {
        trip(at: 0)
        breaker.probed(isReady: true, at: at(1000))
        call(.neither, at: 1001)
        #expect(breaker.phase == .halfOpen(underWay: 0, succeeded: 0))
    }
}
