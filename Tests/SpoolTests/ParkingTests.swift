// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import TestKit
import Testing
import Vocabulary

@testable import Spool

@Suite struct `Parked rows` {
    private let place: TemporarySpool
    private let spool: SpoolStore

    init() throws {
        place = try TemporarySpool()
        spool = try place.open()
    }

    private func park(_ ids: [Int64], _ reason: ParkReason = .noPolicy) throws {
        var change = SpoolChange()
        change.parks = ids.map { .init(id: $0, reason: reason) }
        try spool.commit(change)
    }

    private func line(_ sink: String, _ device: String) throws {
        var change = SpoolChange()
        let id = spool.reserveIDs(1).lowerBound
        change.inserts.append(
            NewEntry(
                id: id,
                key: "line-\(id)",
                kind: .delivery,
                priority: .low,
                device: device,
                stream: "\(device) > sink \(sink)",
                sink: sink,
                policy: "p",
                policyVersion: "1",
                body: [1]
            )
        )
        try spool.commit(change)
    }

    @Test func `hold back no row of their device, and are not taken`() throws {
        try spool.put(4, device: "a")
        let rows = try spool.lease([.deferral], limit: 2)
        try park([rows[0].id])
        var change = SpoolChange()
        change.releases = [.init(id: rows[1].id)]
        try spool.commit(change)
        #expect(try spool.take([.deferral]) == [2, 3, 4])
    }

    @Test func `of a stream that has no others do not hold back those that come later (G1)`() throws
    {
        try spool.put(2, device: "a")
        try park([1, 2])
        try spool.put(1, device: "a")
        #expect(try spool.take([.deferral]) == [3])
    }

    @Test func `do not hide what a former version lost sight of (G1)`() throws {
        try spool.put(2, device: "a")
        try park([1])
        try spool.close()
        let file = try DatabaseQueue(path: place.path)
        try file.write { try $0.execute(sql: "UPDATE streams SET head = \(SpoolSchema.noHead)") }
        try file.close()
        let again = try place.open()
        #expect(try again.take([.deferral]) == [2])
    }

    @Test func `are shown, counted, and no part of what waits`() throws {
        try spool.put(3, device: "a")
        try park([1, 2], .noEndpoint)
        #expect(spool.depth(of: [.deferral]) == 1)
        #expect(spool.parked == 2)
        let parked = SpoolStats.Parked(reason: .noEndpoint, kind: .deferral, rows: 2)
        #expect(try spool.stats().parked == [parked])
        var filter = SpoolFilter()
        filter.isParked = true
        #expect(try spool.rows(filter, limit: 10).map(\.id) == [1, 2])
        #expect(try spool.rows(filter, limit: 10).first?.parked == .noEndpoint)
        filter.isParked = false
        #expect(try spool.rows(filter, limit: 10).map(\.id) == [3])
    }

    @Test func `go on in their old order when what they need is back, also after a restart`()
        async throws
    {
        try spool.put(4, device: "a")
        try park([1, 3])
        try spool.close()
        let again = try place.open()
        #expect(again.parked == 2)
        #expect(try await again.unpark { $0.reason == .noSink } == 0)
        #expect(
            try await again.unpark { $0.reason == .noPolicy && $0.policy == "bearing-wear" } == 2
        )
        #expect(again.parked == 0)
        #expect(try again.take([.deferral]) == [1, 2, 3, 4])
    }

    @Test func `are let go in slices, however many they are`() async throws {
        try spool.put(700, device: "a")
        try park(Array(1...700))
        #expect(try spool.take([.deferral]).isEmpty)
        #expect(try await spool.unpark { $0.id % 2 == 0 } == 350)
        #expect(spool.parked == 350)
        #expect(try spool.lease([.deferral], limit: 1_000).count == 350)
    }

    @Test func `are not dropped for room`() throws {
        let small = try TemporarySpool().open(SpoolOptions(maximumSize: 8 << 20))
        try small.put(1, device: "kept")
        var change = SpoolChange()
        change.parks = [.init(id: 1, reason: .noPolicy)]
        try small.commit(change)
        for _ in 0..<40 { try small.put(1, device: "other", bytes: 400_000) }
        #expect(try small.stats().dropped(.spoolFull) > 0)
        #expect(try small.row(1) != nil)
        #expect(small.parked == 1)
    }

    @Test func `leave like others when they are acknowledged or purged`() throws {
        try spool.put(2, .pending, device: "a", policy: "p")
        try park([1])
        #expect(spool.pending(of: ["p"]) == 1)
        try spool.acknowledge([1])
        #expect(spool.parked == 0)
        #expect(spool.pending(of: ["p"]) == 1)
        try park([2])
        #expect(try spool.purge(SpoolFilter()) == 1)
        #expect(spool.parked == 0)
        #expect(spool.pending(of: ["p"]) == 0)
    }

    @Test func `lines wait for the sink they are for and for no other`() async throws {
        try line("lake", "a")
        try line("gone", "a")
        try line("gone", "b")
        #expect(try spool.lease([.delivery], of: .only(["lake"]), limit: 9).map(\.id) == [1])
        #expect(try await spool.parkLines(besides: ["lake"]) == 2)
        #expect(try spool.stats().parked.map(\.rows) == [2])
        #expect(try spool.lease([.delivery], of: .only(["gone"]), limit: 9).isEmpty)
        #expect(try await spool.unpark { $0.sink == "gone" } == 2)
        #expect(try spool.lease([.delivery], of: .only(["gone"]), limit: 9).map(\.id) == [2, 3])
    }
}
