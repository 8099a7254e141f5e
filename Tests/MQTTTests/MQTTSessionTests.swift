// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import MQTT
import Testing

@Suite struct MQTTSessionTests {
    private let second: Int64 = 1_000_000_000

    private func session() -> MQTTSession {
        var backoff = MQTTBackoff()
        backoff.first = 0.5
        return MQTTSession(backoff: backoff, connectTimeout: 10, now: 0)
    }

    private func established(_ session: inout MQTTSession, at now: Int64) {
        #expect(session.next(at: now) == .dial)
        session.dialled(at: now)
        session.accepted(at: now)
    }

    @Test func `dials at once, and once`() {
        var session = session()
        #expect(session.next(at: 0) == .dial)
        #expect(session.next(at: 1) == .wait(until: 10 * second))
    }

    @Test func `serves once the broker has accepted`() {
        var session = session()
        established(&session, at: 5)
        #expect(session.next(at: 6) == .serve)
        #expect(session.connections == 1)
    }

    @Test func `dials at once after our side has let go, whatever failed before`() {
        var session = session()
        for time in [0, 100 * second, 200 * second] {
            _ = session.next(at: time)
            session.failed(at: time, randomness: 1)
        }
        session.rested(at: 201 * second)
        #expect(session.next(at: 201 * second) == .dial)
        session.dialled(at: 0)
        session.accepted(at: 202 * second)
        session.rested(at: 203 * second)
        #expect(session.next(at: 203 * second) == .dial)
        #expect(session.connections == 1)
    }

    @Test func `slows down where connections that work are lost one after the other without end`() {
        var session = session()
        var now: Int64 = 0
        func wait() -> Int64 {
            established(&session, at: now)
            session.worked()
            session.failed(at: now, randomness: 0)
            guard case .waiting(let until) = session.state else { return 0 }
            defer { now = until }
            return until - now
        }
        let waits = (0..<300).map { _ in wait() }
        // There are new ones of the short waits, one every two seconds.
        #expect(waits.prefix(100).allSatisfy { $0 == second / 20 })
        #expect(waits.suffix(150).filter { $0 == second / 20 }.count < 40)
        #expect(waits.suffix(150).allSatisfy { $0 == second / 20 || $0 == second / 2 })
        now += 200 * second
        #expect((0..<100).map { _ in wait() }.allSatisfy { $0 == second / 20 })
    }

    @Test func `gives up an attempt whose dialling takes too long`() {
        var session = session()
        _ = session.next(at: 0)
        #expect(session.next(at: 10 * second) == .giveUp)
    }

    @Test func `dialling and greeting share one time limit`() {
        var session = session()
        _ = session.next(at: 0)
        session.dialled(at: 0)
        #expect(session.next(at: 9 * second) == .wait(until: 10 * second))
        #expect(session.next(at: 10 * second) == .giveUp)
    }

    @Test func `gives a greeting up soon after a connection that went well, once`() {
        var session = session()
        _ = session.next(at: 0)
        session.dialled(at: second / 10)
        session.accepted(at: second / 5)
        session.worked()
        session.failed(at: second, randomness: 0)
        #expect(session.next(at: 2 * second) == .dial)
        session.dialled(at: 2 * second)
        // Four times the 0.2 s that the last one took.
        #expect(session.next(at: 2 * second) == .wait(until: 2 * second + 4 * second / 5))
        #expect(session.next(at: 3 * second) == .giveUp)
        session.failed(at: 3 * second, randomness: 0)
        #expect(session.next(at: 5 * second) == .dial)
        session.dialled(at: 5 * second)
        #expect(session.next(at: 6 * second) == .wait(until: 15 * second))
    }

    @Test func `a broker that was slow once is given as long after a quick greeting`() {
        var session = session()
        var now: Int64 = 0
        for took in [second / 2, second / 100] {
            #expect(session.next(at: now) == .dial)
            session.dialled(at: now)
            session.accepted(at: now + took)
            session.worked()
            session.failed(at: now + second, randomness: 0)
            now += 2 * second
        }
        #expect(session.next(at: now) == .dial)
        session.dialled(at: now)
        // Four times half a second, less an eighth for the one between.
        #expect(session.next(at: now) == .wait(until: now + 7 * second / 4))
    }

    @Test func `a quick broker has half a second for its greeting`() {
        var session = session()
        established(&session, at: 0)
        session.worked()
        session.failed(at: second, randomness: 0)
        #expect(session.next(at: 2 * second) == .dial)
        session.dialled(at: 2 * second)
        #expect(session.next(at: 2 * second) == .wait(until: 2 * second + second / 2))
    }

    @Test func `waits longer with every failure`() {
        var session = session()
        var now: Int64 = 0
        var waits: [Int64] = []
        for _ in 1...8 {
            #expect(session.next(at: now) == .dial)
            session.failed(at: now, randomness: 1)
            guard case .wait(let time) = session.next(at: now) else { break }
            waits.append((time - now) / 1_000_000)
            now = time
        }
        #expect(waits == [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
    }

    @Test func `a steady connection makes the next wait short again`() {
        var session = session()
        for _ in 1...5 { session.failed(at: 0, randomness: 0) }
        established(&session, at: second)
        session.failed(at: 11 * second, randomness: 1)
        #expect(session.state == .waiting(until: 11 * second + second / 2))
    }

    @Test func `a broker that accepts and cuts is not tried without a pause`() {
        var session = session()
        for _ in 1...5 { session.failed(at: 0, randomness: 0) }
        established(&session, at: second)
        session.failed(at: 2 * second, randomness: 1)
        #expect(session.state == .waiting(until: 18 * second))
    }

    @Test func `a line that breaks after messages went over it is made again soon`() {
        var session = session()
        for _ in 1...5 { session.failed(at: 0, randomness: 0) }
        established(&session, at: second)
        session.worked()
        session.failed(at: 2 * second, randomness: 1)
        #expect(session.state == .waiting(until: 2 * second + second / 2))
    }

    @Test func `a broker that says go, as to one of two of one name, is tried less often`() {
        var session = session()
        for _ in 1...5 { session.failed(at: 0, randomness: 0) }
        established(&session, at: second)
        session.worked()
        session.failed(at: 2 * second, randomness: 1, wasToldToGo: true)
        #expect(session.state == .waiting(until: 18 * second))
    }

    @Test func `that messages went over the last connection says nothing of this one`() {
        var session = session()
        established(&session, at: 0)
        session.worked()
        session.failed(at: second, randomness: 0)
        established(&session, at: 2 * second)
        session.failed(at: 3 * second, randomness: 1)
        #expect(session.failures == 2)
    }

    @Test func `reports the same failure once a minute`() {
        var session = session()
        let news = [("refused", 0), ("refused", 59), ("refused", 60), ("another", 61)]
            .map { session.isNews($0.0, at: $0.1 * second) }
        #expect(news == [true, false, true, true])
    }

    @Test func `reports a failure again after a connection in between`() {
        var session = session()
        let before = session.isNews("refused", at: 0)
        established(&session, at: second)
        let after = session.isNews("refused", at: 2 * second)
        #expect(before && after)
    }
}
