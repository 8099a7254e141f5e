// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import TestKit
import Testing
import Vocabulary

@Suite struct `Leasing` {
    let place: TemporarySpool
    let spool: SpoolStore

    init() throws {
        place = try TemporarySpool()
        spool = try place.open()
    }

    @Test func `gives rows by priority, then arrival (G3)`() throws {
        let low = try spool.put(1, .deferral, .low, device: "a")
        let first = try spool.put(1, .escalation, .normal, device: "a")
        let second = try spool.put(1, .deferral, .normal, device: "b")
        let third = try spool.put(1, .deferral, .normal, device: "a")
        let high = try spool.put(1, .deferral, .high, device: "c")
        #expect(try spool.take() == high + first + second + third + low)
    }

    @Test func `gives a row to one caller only`() throws {
        let ids = try spool.put(3)
        #expect(try spool.take(limit: 3) == ids)
        #expect(try spool.take().isEmpty)
        try spool.release(ids)
        #expect(try spool.take() == ids)
    }

    @Test func `gives consecutive rows of a device together`() throws {
        let a = try spool.put(2, device: "a")
        let b = try spool.put(1, device: "b")
        let more = try spool.put(2, device: "a")
        #expect(try spool.take(limit: 4) == [a[0], a[1], b[0], more[0]])
    }

    @Test func `gives nothing of a device while an older row of it is under way (G3)`() throws {
        let a = try spool.put(3, device: "a")
        let b = try spool.put(1, device: "b")
        #expect(try spool.take(limit: 1) == [a[0]])
        #expect(try spool.take() == b)
        try spool.acknowledge([a[0]])
        #expect(try spool.take() == [a[1], a[2]])
    }

    @Test func `gives an older row that came back though a younger one is under way`() throws {
        let first = try spool.put(1, .escalation, leased: true)
        let second = try spool.put(1, .escalation, leased: true)
        let third = try spool.put(1)
        #expect(try spool.take().isEmpty)
        try spool.release(first)
        #expect(try spool.take() == first)
        try spool.acknowledge(first)
        #expect(try spool.take().isEmpty)
        try spool.acknowledge(second)
        #expect(try spool.take() == third)
    }

    @Test func `waits for a delay, and the rows behind it wait too (G3)`() throws {
        let a = try spool.put(2, device: "a")
        let b = try spool.put(1, device: "b")
        #expect(try spool.take() == a + b)
        try spool.release(a, delay: .seconds(5))
        #expect(try spool.stats().delayed == 2)
        #expect(try spool.row(a[0])?.state == .delayed(.seconds(5)))
        #expect(try spool.take().isEmpty)
        place.clock.advance(by: .seconds(5))
        #expect(try spool.take() == a)
    }

    @Test func `keeps ways apart: an action waits for no escalation`() throws {
        let question = try spool.put(1, .escalation, leased: true)
        let action = try spool.put(1, .action)
        let pending = try spool.put(1, .pending)
        #expect(try spool.take([.action]) == action)
        #expect(try spool.take([.pending]) == pending)
        #expect(try spool.take([.deferral, .escalation]).isEmpty)
        try spool.acknowledge(question)
    }

    @Test func `keeps streams apart: a target that is down holds back no other`() throws {
        let webhook = try spool.put(2, .action, stream: "4/17 webhook")
        let publish = try spool.put(2, .action, stream: "4/17 publish")
        #expect(try spool.take([.action], 1) == [webhook[0]])
        try spool.release([webhook[0]], delay: .seconds(60))
        #expect(try spool.take([.action]) == publish)
    }

    @Test func `stops at a row of a kind that was not asked for`() throws {
        let escalation = try spool.put(1, .escalation)
        let deferral = try spool.put(1, .deferral)
        #expect(try spool.take([.deferral]).isEmpty)
        #expect(try spool.take([.escalation]) == escalation)
        try spool.acknowledge(escalation)
        #expect(try spool.take([.deferral]) == deferral)
    }

    @Test func `ends with the run: a crash hands every row back without a scan`() throws {
        let ids = try spool.put(3)
        _ = try spool.take()
        let again = try place.copyAfterKill().open()
        #expect(try again.take() == ids)
    }

    @Test func `counts the attempt of a pending row on disk before it is worked on`() throws {
        let id = try spool.put(1, .pending)[0]
        #expect(try spool.lease([.pending], limit: 1).first?.attempts == 1)
        let once = try place.copyAfterKill().open()
        #expect(try once.lease([.pending], limit: 1).first?.attempts == 2)
        try spool.release([id])
        #expect(try spool.lease([.pending], limit: 1).first?.attempts == 2)
    }

    @Test func `counts an attempt of other rows when their caller says so`() throws {
        let id = try spool.put(1, .action)[0]
        #expect(try spool.lease([.action], limit: 1).first?.attempts == 0)
        try spool.release([id], countsAttempt: true)
        #expect(try spool.lease([.action], limit: 1).first?.attempts == 1)
    }

    @Test func `finds rows in whatever order their numbers are stored`() throws {
        let early = spool.reserveIDs(1).lowerBound
        let late = try spool.put(1)
        var change = SpoolChange()
        change.inserts = [
            NewEntry(
                id: early,
                key: "early",
                kind: .deferral,
                priority: .normal,
                device: "4/17",
                policy: "p",
                policyVersion: "v",
                body: []
            )
        ]
        try spool.commit(change)
        #expect(try spool.take() == [early] + late)
    }

    @Test func `is asynchronous where the caller wants it`() async throws {
        let ids = try spool.put(2)
        #expect(try await spool.leased([.deferral], limit: 5).map(\.id) == ids)
        var change = SpoolChange()
        change.acknowledgements = ids
        try await spool.committed(change)
        #expect(spool.facts.depth == 0)
    }
}

@Suite struct `Time to live` {
    @Test func `drops a row that is leased too late, counted`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let short = try spool.put(1, timeToLive: .seconds(10))
        let long = try spool.put(1, timeToLive: .seconds(20))
        place.clock.advance(by: .seconds(10))
        #expect(try spool.take() == long)
        #expect(try spool.row(short[0]) == nil)
        #expect(try spool.stats().dropped(.expired) == 1)
        let record = try #require(try spool.drops(limit: 10).first)
        #expect(record.reason == .expired && record.age == .seconds(10))
        #expect(record.key == "key-\(short[0])" && record.policy == "bearing-wear")
    }

    @Test func `stands still while the gateway does not run`() throws {
        let place = try TemporarySpool()
        var spool = try place.open()
        let ids = try spool.put(1, timeToLive: .seconds(10))
        place.clock.advance(by: .seconds(6))
        try spool.close()
        place.clock.advance(by: .seconds(3600))
        place.clock.restart()
        spool = try place.open()
        #expect(try spool.row(ids[0])?.timeToLive == .seconds(4))
        place.clock.advance(by: .seconds(4))
        #expect(try spool.take().isEmpty)
    }

    @Test(arguments: [-10, 10]) func `does not see the wall clock jump`(days: Int64) throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let ids = try spool.put(1, timeToLive: .seconds(10))
        place.clock.jumpWallTime(by: .seconds(days * 86_400))
        #expect(try spool.take() == ids)
    }

    @Test func `has no end when it is not given or longer than any clock`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let ids = try spool.put(1) + spool.put(1, timeToLive: Interval(nanoseconds: .max))
        place.clock.advance(by: .seconds(86_400 * 365))
        #expect(try spool.take() == ids)
    }
}

extension SpoolStore {
    fileprivate func take(limit: Int) throws -> [Int64] {
        try take([.escalation, .deferral], limit)
    }
}
