// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Spool
import Synchronization
import TestKit
import Testing
import Vocabulary

@testable import Sync

@Suite struct `Stored actions` {
    let site: Site
    init() throws { site = try Site() }

    private let hook = EffectTarget.webhook(Webhook(url: "https://example.com/dead"))

    @Test func `that are too old after an outage are dropped, counted`() async throws {
        try site.store([site.effect(1, lasting: .seconds(2)), site.effect(2)])
        site.postbox.isAway = true
        try await site.round()
        site.place.clock.advance(by: .seconds(3_600))
        site.postbox.isAway = false
        try await site.round(2)
        #expect(site.postbox.topics == ["alerts/2"])
        let stats = try site.spool.stats()
        #expect(stats.dropped.map(\.reason) == [.tooOld])
        #expect(stats.dropped.map(\.rows) == [1])
        #expect(site.spool.facts.depth == 0)
    }

    @Test func `do not get younger each time they are tried`() async throws {
        try site.store([site.effect(1, lasting: .seconds(4))])
        site.postbox.isAway = true
        for _ in 0..<5 {
            try await site.round()
            site.place.clock.advance(by: .seconds(1))
        }
        site.postbox.isAway = false
        site.place.clock.advance(by: .seconds(60))
        try await site.round()
        #expect(site.postbox.topics.isEmpty)
        #expect(site.spool.facts.depth == 0)
    }

    @Test func `pass a web server that never answers (G7)`() async throws {
        try site.store((1...200).map { site.effect($0, hook) })
        try site.store((201...300).map { site.effect($0) })
        try await site.round(20)
        #expect(site.postbox.topics.count == 100)
        #expect(site.spool.facts.depth == 200)
        #expect(site.drain.state.withLock { $0.actions } <= 16)
    }

    @Test func `of one stream wait for each other (G3)`() async throws {
        try site.store((1...40).map { site.effect($0) }, stream: "one")
        site.postbox.isAway = true
        try await site.round()
        #expect(site.drain.counts.postponed == 1)
        site.postbox.isAway = false
        site.place.clock.advance(by: .seconds(120))
        try await site.round(4)
        #expect(site.postbox.topics == (1...40).map { "alerts/\($0)" })
    }

    @Test func `that cannot be read hold nobody back`() async throws {
        try site.store([site.effect(1)], stream: "one")
        var change = SpoolChange()
        let id = site.spool.reserveIDs(1).lowerBound
        change.inserts = [
            NewEntry(
                id: id,
                key: "odd",
                kind: .action,
                priority: .high,
                device: "d",
                stream: "one",
                policy: "p",
                policyVersion: "1",
                body: [1]
            )
        ]
        try site.spool.commit(change)
        try site.store([site.effect(2)], stream: "one")
        try await site.round(2)
        #expect(site.postbox.topics == ["alerts/1", "alerts/2"])
        #expect(try site.spool.deadLetters(limit: 9).map(\.letter.code) == ["unreadable"])
        #expect(site.spool.facts.depth == 0)
    }

    @Test func `cost an idle gateway no transactions`() async throws {
        let before = try site.spool.stats().jobs
        for _ in 0..<10 { try await site.drain.sendActions() }
        #expect(try site.spool.stats().jobs == before + 1)
    }
}

@Suite struct `The traffic of actions` {
    private let now = MonotonicInstant(nanoseconds: 0)
    private let busy = Interval.milliseconds(250)
    private let site: Site
    init() throws { site = try Site() }

    private func loads(_ count: Int) throws -> [ActionTraffic.Load] {
        let hook = EffectTarget.webhook(Webhook(url: "https://example.com/dead"))
        let effects = (1...UInt64(count)).map { site.effect($0, hook) }
        try site.store(effects)
        let rows = try site.spool.lease([.action], limit: count)
        return zip(rows, effects).map { ActionTraffic.Load(row: $0, effect: $1, isOver: false) }
    }

    @Test func `leaves a server that fails alone, longer and longer, then sends one row`() throws {
        let loads = try loads(3)
        var traffic = ActionTraffic()
        var now = now
        var holds: [Interval] = []
        for _ in 0..<8 {
            let admissions = loads[..<2].map { traffic.admit($0, at: now) }
            #expect(admissions == (holds.isEmpty ? [.send, .send] : [.send, .back(busy)]))
            if holds.isEmpty { _ = traffic.settle(loads[1], .dropped, at: now, random: 1) }
            let sequel = traffic.settle(loads[0], .failed, at: now, random: 1)
            let third = traffic.admit(loads[2], at: now)
            #expect(third == .back(sequel.hold))
            holds.append(sequel.hold)
            now = now + sequel.hold
        }
        #expect(holds.map(\.seconds) == [0.5, 1, 2, 4, 8, 10, 10, 10])
        let probe = traffic.admit(loads[0], at: now)
        _ = traffic.settle(loads[0], .arrived, at: now, random: 1)
        let others = loads[1...].map { traffic.admit($0, at: now) }
        #expect([probe] + others == [.send, .send, .send])
    }

    @Test func `counts rows that fail together as one failure`() throws {
        let loads = try loads(3)
        var traffic = ActionTraffic()
        for load in loads {
            let admission = traffic.admit(load, at: now)
            #expect(admission == .send)
        }
        let holds = loads.map { traffic.settle($0, .failed, at: now, random: 1).hold.seconds }
        #expect(holds == [0.5, 0.5, 0.5])
    }
}
