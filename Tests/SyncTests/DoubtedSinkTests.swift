// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import Synchronization
import TestKit
import Testing
import Vocabulary

@testable import Sync

/// A store that takes the lines that it is told to take.
private final class PickySink: Sink {
    let limits = SinkLimits(lines: 50)
    private struct State {
        var takes: @Sendable (String) -> Bool = { _ in false }
        var stored: Set<String> = []
        var lines = 0
    }

    // Used by the drain's task and the test.
    private let state = Mutex(State())

    var stored: Set<String> { state.withLock { $0.stored } }
    var lines: Int { state.withLock { $0.lines } }

    func takes(_ what: @escaping @Sendable (String) -> Bool) {
        state.withLock { $0.takes = what }
    }

    func start() {}
    func stop() {}

    func send(_ lines: [OutboundLine], streams: [String]) async -> [SinkOutcome] {
        state.withLock { state in
            state.lines += lines.count
            return lines.map { line in
                guard state.takes(line.key) else { return .refused("no such column") }
                state.stored.insert(line.key)
                return .stored
            }
        }
    }
}

@Suite struct `A sink that refuses lines` {
    private let sink = PickySink()

    private func site(_ count: Int) throws -> Site {
        let site = try Site(sinks: ["lake": sink])
        var change = SpoolChange()
        for (number, id) in zip(0..<count, site.spool.reserveIDs(count)) {
            let row = DeliveryRow(sink: "lake", device: nil, json: Array("{}".utf8))
            change.inserts.append(
                NewEntry(
                    id: id,
                    key: "k\(number)",
                    kind: .delivery,
                    priority: .low,
                    device: "\(number)",
                    sink: "lake",
                    policy: "p",
                    policyVersion: "1",
                    body: row.encoded()
                )
            )
        }
        try site.spool.commit(change)
        return site
    }

    /// Rounds half a minute apart, each with everything stored that it led to.
    private func rounds(_ count: Int, _ site: Site) async throws {
        for _ in 0..<count {
            try await site.drain.sendLines()
            await until { !site.drain.isBusy }
            _ = try site.spool.stats()
            site.place.clock.advance(by: .seconds(31))
        }
    }

    @Test func `is not believed where it takes none: no line is lost or dead (G1)`() async throws {
        let site = try site(120)
        try await rounds(40, site)
        #expect(try site.spool.stats().deadLetters == 0)
        #expect(try site.spool.rows(limit: 200).allSatisfy { $0.attempts == 0 })
        let status = try #require(site.drain.sinkStatus["lake"])
        #expect(status.reason == "it refuses every line: no such column")
        #expect(status.failures > 0)
        // A few lines a try, not all of them again and again.
        #expect(sink.lines <= 50 + 40 * 8)
        sink.takes { _ in true }
        try await rounds(40, site)
        #expect(sink.stored.count == 120)
        #expect(site.drain.sinkStatus["lake"]?.reason == nil)
    }

    @Test func `is believed where it takes others: what it refuses is dead after five tries`()
        async throws
    {
        let site = try site(120)
        sink.takes { !["k3", "k4"].contains($0) }
        try await rounds(12, site)
        #expect(sink.stored.count == 118)
        #expect(try site.spool.deadLetters(limit: 9).map(\.letter.topic) == ["k3", "k4"])
    }

    @Test func `is found to take lines behind many that it refuses`() async throws {
        let site = try site(100)
        sink.takes { $0.utf8.count == 3 && $0 >= "k60" }
        try await rounds(40, site)
        #expect(sink.stored.count == 40)
    }
}
