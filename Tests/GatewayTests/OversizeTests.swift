// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import TestKit
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `A row that never fits` {
    private let options = SpoolOptions(maximumSize: SpoolOptions.minimumSize)

    private func row(_ key: String, bytes: Int) -> NewEntry {
        NewEntry(
            id: 0,
            key: key,
            kind: .deferral,
            priority: .normal,
            device: "4",
            policy: "press",
            policyVersion: "v1",
            body: Array(repeating: 120, count: bytes)
        )
    }

    @Test func `becomes a dead letter and lets the rest settle (G7)`() throws {
        let spool = try TemporarySpool().open(options)
        let batch = OpenBatch(spool: spool) {}
        var told: [String] = []
        batch.onBurial = { told.append($0.code) }
        let large = row("large", bytes: 1 << 20)
        let owed = batch.owe { large }
        batch.owe { large }.end(.init(own: .kept(large)))
        batch.keep(large)
        batch.keep(row("small", bytes: 10))
        #expect(!batch.isComplete)
        try batch.settle()
        #expect(batch.isComplete)
        #expect(try spool.rows(limit: 10).map(\.key) == ["small"])
        #expect(told == ["too_large", "too_large", "too_large"])
        #expect(try spool.deadLetters(limit: 10).count == 3)
        owed.end(.init(own: .met))
        #expect(try spool.rows(limit: 10).count == 1)
    }

    @Test func `is one that the spool would refuse, and no other`() throws {
        let spool = try TemporarySpool().open(options)
        for bytes in [options.largestRow, options.largestRow / 2] {
            let entry = row("row-\(bytes)", bytes: bytes)
            #expect(spool.takes(entry))
            var change = SpoolChange()
            change.inserts = [entry]
            change.inserts[0].id = spool.reserveIDs(1).lowerBound
            try spool.commit(change)
        }
        #expect(!spool.takes(row("more", bytes: options.largestRow + 1)))
    }
}
