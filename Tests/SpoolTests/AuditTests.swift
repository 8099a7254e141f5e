// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import TestKit
import Testing
import Vocabulary

@Suite struct `The class of audits` {
    static let small = SpoolOptions(maximumSize: 8 << 20)

    /// The class of one of many even draws.
    private func drawClass(_ number: Int) -> Int { (number + 1).trailingZeroBitCount }

    @Test func `keeps to its share by giving up the lowest classes of the draw, and only those`()
        throws
    {
        let place = try TemporarySpool()
        let spool = try place.open(Self.small)
        var stored: [(id: Int64, drawClass: Int)] = []
        for number in 0..<3_000 {
            let drawClass = drawClass(number)
            let id = try spool.put(1, .audit, .low, stream: "\(drawClass)", bytes: 600)[0]
            stored.append((id, drawClass))
        }
        let level = spool.thinning
        #expect((2...4).contains(level))
        let bytes = try spool.stats().cells.reduce(0) { $0 + $1.bytes }
        #expect(bytes <= Int(0.05 * Double(8 << 20)))
        let left = try spool.lease([.audit], limit: 5_000)
        #expect(left.map(\.id) == stored.filter { $0.drawClass >= level }.map(\.id))
        #expect(left.allSatisfy { $0.thinning == level })
        #expect(try spool.stats().rows + spool.stats().dropped(.thinned) == 3_000)
        #expect(try spool.drops(limit: 10).isEmpty)
    }

    @Test(arguments: [SpoolOptions.WhenFull.dropOldest, .refuse])
    func `makes room for any message, however a full spool treats messages`(
        whenFull: SpoolOptions.WhenFull
    ) throws {
        let place = try TemporarySpool()
        var options = Self.small
        options.whenFull = whenFull
        options.auditShare = 0.5
        let spool = try place.open(options)
        for number in 0..<600 {
            try spool.put(1, .audit, .low, stream: "\(drawClass(number))", bytes: 6_000)
        }
        #expect(spool.thinning == 0)
        var messages = 0
        while try spool.stats().dropped(.thinned) == 0, messages < 2_000 {
            messages += try spool.put(1, .deferral, .low, bytes: 6_000).count
        }
        let stats = try spool.stats()
        #expect(stats.dropped(.thinned) > 0)
        #expect(stats.dropped(.spoolFull) == 0)
        #expect(stats.cells.first { $0.kind == .deferral }?.rows == messages)
        #expect(spool.thinning > 0)
    }

    @Test func `never costs a message its place`() throws {
        let place = try TemporarySpool()
        var options = Self.small
        options.whenFull = .refuse
        let spool = try place.open(options)
        var messages = 0
        #expect(throws: SpoolError.self) {
            while true { messages += try spool.put(1, .deferral, .low, bytes: 6_000).count }
        }
        let ids = try spool.put(1, .audit, .low, stream: "9", bytes: 6_000)
        #expect(try spool.row(ids[0]) == nil)
        #expect(try spool.stats().cells.map(\.rows) == [messages])
        #expect(try spool.stats().dropped(.thinned) == 1)
    }

    @Test func `goes back a level a minute once it is empty, and over restarts`() throws {
        let place = try TemporarySpool()
        var spool = try place.open(Self.small)
        for number in 0..<1_500 {
            try spool.put(1, .audit, .low, stream: "\(drawClass(number))", bytes: 600)
        }
        let level = spool.thinning
        #expect(level > 0)
        try spool.close()
        spool = try place.open(Self.small)
        let rows = try spool.lease([.audit], limit: 5_000)
        #expect(rows.allSatisfy { $0.thinning == level })
        try spool.acknowledge(rows.map(\.id))
        // What a higher level has given up goes little by little.
        try spool.purge(SpoolFilter())
        place.clock.advance(by: .seconds(61))
        // Its own class is below the new level but one.
        let first = try spool.put(1, .audit, .low, stream: "\(level - 1)", bytes: 10)
        #expect(try spool.row(first[0]) != nil)
        #expect(spool.thinning == level - 1)
        let second = try spool.put(1, .audit, .low, stream: "\(level - 2)", bytes: 10)
        #expect(try spool.row(second[0]) == nil)
    }

    @Test func `is no backlog to conditions`() throws {
        let spool = try TemporarySpool().open()
        try spool.put(3, .audit, .low, stream: "0")
        try spool.put(2, .deferral)
        #expect(spool.facts.depth == 2)
        #expect(spool.depth(of: [.audit]) == 3)
    }
}
