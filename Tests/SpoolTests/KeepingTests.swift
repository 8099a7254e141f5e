// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import TestKit
import Testing
import Vocabulary

@testable import Spool

extension DeadLetter {
    static func sample(_ number: Int, bytes: Int = 100) -> DeadLetter {
        DeadLetter(
            time: WallTime(nanoseconds: Int64(number)),
            input: "vibration",
            topic: "factory/4/machines/17/vibration",
            payload: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: bytes),
            code: .syntax,
            text: "byte 3 is no JSON",
            attempts: number
        )
    }
}

@Suite struct `Dead letters` {
    let place: TemporarySpool
    init() throws { place = try TemporarySpool() }

    @Test func `are kept as they came`() throws {
        let spool = try place.open()
        var change = SpoolChange()
        change.deadLetters = [.sample(1), .sample(2)]
        try spool.commit(change)
        let listed = try spool.deadLetters(limit: 10)
        #expect(listed.map(\.letter.attempts) == [1, 2])
        #expect(listed.map(\.payloadBytes) == [100, 100])
        #expect(listed.allSatisfy { $0.letter.payload.isEmpty })
        let letter = try #require(try spool.deadLetter(listed[1].id)).letter
        #expect(letter.payload == [UInt8](repeating: 2, count: 100))
        #expect(letter.input == "vibration" && letter.code == "syntax")
        #expect(letter.topic == "factory/4/machines/17/vibration")
        #expect(letter.time == WallTime(nanoseconds: 2) && letter.text == "byte 3 is no JSON")
        #expect(try spool.removeDeadLetters([listed[0].id, 999]) == 1)
        #expect(try spool.deadLetters(limit: 10).map(\.id) == [listed[1].id])
    }

    @Test func `take the place of the row they were, at once`() throws {
        let spool = try place.open()
        let ids = try spool.put(2)
        var change = SpoolChange()
        change.acknowledgements = [ids[0]]
        change.deadLetters = [.sample(9)]
        try spool.commit(change)
        let copy = try place.copyAfterKill().open()
        #expect(try copy.take() == [ids[1]])
        #expect(try copy.stats().deadLetters == 1)
    }

    @Test func `are bounded in number; the oldest leaves, counted`() throws {
        let spool = try place.open(SpoolOptions(deadLetterLimit: 3))
        for number in 1...5 {
            var change = SpoolChange()
            change.deadLetters = [.sample(number)]
            try spool.commit(change)
        }
        #expect(try spool.deadLetters(limit: 10).map(\.letter.attempts) == [3, 4, 5])
        #expect(try spool.stats().deadLettersDropped == 2)
        #expect(spool.deadLettersDropped == 2)
    }

    @Test func `make no room for a row, which stays one while they are full (G1)`() throws {
        let spool = try place.open(SpoolOptions(deadLetterLimit: 2))
        let ids = try spool.put(3, leased: true)
        var change = SpoolChange()
        change.burials = ids.map { .init(id: $0, letter: .sample(Int($0)), delay: .seconds(60)) }
        try spool.commit(change)
        let stats = try spool.stats()
        #expect(stats.deadLetters == 2 && stats.deadLettersDropped == 0)
        #expect(stats.rows == 1 && stats.delayed == 1)
        #expect(spool.letters.areFull && spool.letters.limit == 2)
        // A message has no other place: the oldest letter leaves for it, counted.
        change = SpoolChange()
        change.deadLetters = [.sample(9)]
        try spool.commit(change)
        #expect(spool.letters.count == 2 && spool.letters.dropped == 1)
        _ = try spool.purgeDeadLetters(LetterFilter())
        #expect(!spool.letters.areNearlyFull)
        place.clock.advance(by: .seconds(60))
        #expect(try spool.take() == [ids[2]])
    }

    @Test func `of messages leave before those of rows, and a flood of them pushes out none (G1)`()
        throws
    {
        let spool = try place.open(SpoolOptions(deadLetterLimit: 3))
        let ids = try spool.put(4, .action, leased: true)
        var rows = try ids.map { try #require(try spool.row($0)) }
        func letter(_ row: SpoolRow) -> DeadLetter {
            var letter = DeadLetter.sample(Int(row.id) + 100)
            letter.origin = .init(row)
            return letter
        }
        var change = SpoolChange()
        change.deadLetters = [.sample(1), letter(rows[0]), .sample(2)]
        change.acknowledgements = [ids[0]]
        try spool.commit(change)
        for number in 3...9 {
            change = SpoolChange()
            change.deadLetters = [.sample(number)]
            try spool.commit(change)
        }
        rows.removeFirst()
        let numbers = try spool.deadLetters(limit: 10).map(\.letter.attempts)
        #expect(numbers == [Int(ids[0]) + 100, 8, 9])
        #expect(try spool.stats().deadLettersDropped == 7 && spool.stats().dropped.isEmpty)
        // Letters of rows outrank them, and leave for one another only, on record.
        change = SpoolChange()
        change.deadLetters = rows.map(letter)
        change.acknowledgements = rows.map(\.id)
        try spool.commit(change)
        change = SpoolChange()
        change.deadLetters = [.sample(10)]
        try spool.commit(change)
        #expect(
            try spool.deadLetters(limit: 10).map(\.letter.attempts) == rows.map { Int($0.id) + 100 }
        )
        #expect(try spool.stats().deadLettersDropped == 11)
        #expect(try spool.stats().dropped(.lettersFull) == 1)
        #expect(try spool.drops(limit: 9).map(\.reason) == [.lettersFull])
        // Whoever is let go of makes room for a message again.
        _ = try spool.purgeDeadLetters(LetterFilter())
        try spool.commit(change)
        #expect(try spool.deadLetters(limit: 10).map(\.letter.attempts) == [10])
    }

    @Test func `are made of what has just come, or it stays a row (G1)`() throws {
        let spool = try place.open(SpoolOptions(deadLetterLimit: 1))
        _ = try spool.put(1, device: "a")
        let there = try #require(try spool.rows(limit: 1).first)
        var change = SpoolChange()
        for (key, number) in [("x", 1), ("y", 2), (there.key, 3)] {
            let entry = NewEntry(
                id: spool.reserveIDs(1).lowerBound,
                key: key,
                kind: .action,
                priority: .high,
                device: "d",
                policy: "p",
                policyVersion: "v",
                body: [1, 2]
            )
            change.bury(entry, as: .sample(number), delay: .seconds(60))
        }
        try spool.commit(change)
        let letters = try spool.deadLetters(limit: 9)
        #expect(letters.map(\.letter.attempts) == [1] && letters[0].letter.origin?.key == "x")
        #expect(try spool.deadLetter(letters[0].id)?.letter.payload == [1, 2])
        #expect(try spool.rows(limit: 9).map(\.key).sorted() == [there.key, "y"].sorted())
        #expect(spool.deadLettersDropped == 0)
    }

    @Test func `that left are told of in the log, now and then (G6)`() {
        var log = LetterLog(dropped: 5)
        let second: UInt64 = 1_000_000_000
        #expect(log.news(dropped: 5, at: second) == nil)
        #expect(log.news(dropped: 7, at: second) == 2)
        #expect(log.news(dropped: 9, at: 5 * second) == nil)
        #expect(log.news(dropped: 9, at: 11 * second) == 2)
        #expect(log.news(dropped: 9, at: 40 * second) == nil)
        #expect(log.news(dropped: 0, at: 50 * second) == nil)
        #expect(log.news(dropped: 1, at: 60 * second) == 1)
    }

    @Test func `are bounded in bytes, and one of them is cut`() throws {
        let options = SpoolOptions(deadLetterBytes: 20_000, deadLetterPayloadLimit: 6000)
        var spool = try place.open(options)
        for number in 1...5 {
            var change = SpoolChange()
            change.deadLetters = [.sample(number, bytes: 9000)]
            try spool.commit(change)
        }
        let letters = try spool.deadLetters(limit: 10)
        #expect(letters.map(\.letter.attempts) == [3, 4, 5])
        #expect(letters.allSatisfy { $0.payloadBytes == 9000 })
        #expect(try spool.deadLetter(letters[0].id)?.letter.payload.count == 6000)
        let before = try spool.stats()
        #expect(before.deadLetterBytes <= 20_000)
        try spool.close()
        spool = try place.open(options)
        #expect(try spool.stats().deadLetterBytes == before.deadLetterBytes)
        try spool.removeDeadLetters(letters.map(\.id))
        #expect(try spool.stats().deadLetterBytes == 0)
    }
}

@Suite struct `The journal of attempts` {
    @Test func `finds out a message that ends the process again and again`() throws {
        var place = try TemporarySpool()
        let poison = AttemptKey(high: .max, low: 1)
        let good = AttemptKey(high: 7, low: .max)
        var spool = try place.open()
        #expect(try spool.beginAttempts([poison, good]) == [1, 1])
        for count in 2...4 {
            let next = try place.copyAfterKill()
            spool = try next.open()
            place = next
            #expect(spool.wasUncleanExit)
            #expect(try spool.beginAttempts([good]).count == 1)
            #expect(try spool.beginAttempts([poison]) == [count])
            var change = SpoolChange()
            change.finishedAttempts = [good]
            try spool.commit(change)
        }
        var change = SpoolChange()
        change.finishedAttempts = [poison, good]
        change.deadLetters = [.sample(3)]
        try spool.commit(change)
        #expect(try spool.beginAttempts([poison, good]) == [1, 1])
    }

    @Test func `is bounded, for messages that never come again`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        for start in stride(from: UInt64(0), to: 30_000, by: 1000) {
            place.clock.advance(by: .seconds(1))
            _ = try spool.beginAttempts((start..<start + 1000).map { AttemptKey(high: 0, low: $0) })
        }
        #expect(try spool.beginAttempts([AttemptKey(high: 0, low: 1)]) == [1])
        #expect(try spool.beginAttempts([AttemptKey(high: 0, low: 29_999)]) == [2])
    }
}

@Suite struct `Settings that live as long as the spool` {
    @Test func `are written with the rows they belong to`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        var change = SpoolChange()
        change.meta = [
            .init(key: "site", value: [1, 2, 3]), .init(key: "lane.a", value: []),
            .init(key: "lane.b", value: [4]),
        ]
        try spool.commit(change)
        let copy = try place.copyAfterKill().open()
        #expect(try copy.meta("site") == [1, 2, 3])
        #expect(try copy.meta("sit") == nil)
        #expect(try copy.meta(prefix: "lane.") == ["lane.a": [], "lane.b": [4]])
        change.meta = [.init(key: "site", value: nil), .init(key: "lane.b", value: [5])]
        try copy.commit(change)
        #expect(try copy.meta("site") == nil && copy.meta("lane.b") == [5])
    }
}

@Suite struct `Looking and purging` {
    @Test func `shows the rows a filter admits`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let old = try spool.put(2, .action, .low, device: "a")
        place.clock.advance(by: .seconds(10))
        let new = try spool.put(3, .deferral, .high, device: "b")
        var filter = SpoolFilter()
        #expect(try spool.rows(limit: 10).map(\.id) == old + new)
        #expect(try spool.rows(after: old[1], limit: 2).map(\.id) == Array(new.prefix(2)))
        filter.kinds = [.action]
        #expect(try spool.rows(filter, limit: 10).map(\.id) == old)
        filter = SpoolFilter()
        filter.olderThan = .seconds(5)
        #expect(try spool.rows(filter, limit: 10).map(\.id) == old)
        filter = SpoolFilter()
        filter.device = "b"
        filter.priorities = [.high]
        #expect(try spool.rows(filter, limit: 1).map(\.id) == [new[0]])
        filter.policy = "another"
        #expect(try spool.rows(filter, limit: 10).isEmpty)
    }

    @Test func `purges what a filter admits and nobody owns, counted`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        let ids = try spool.put(3000, device: "a")
        let other = try spool.put(10, device: "b")
        _ = try spool.take([.deferral], 5)
        var filter = SpoolFilter()
        filter.device = "a"
        #expect(try spool.purge(filter) == 2995)
        #expect(try spool.stats().dropped(.purged) == 2995)
        #expect(try spool.rows(limit: 100).map(\.id) == Array(ids.prefix(5)) + other)
        #expect(try spool.drops(limit: 5000).count == 1000)
    }

    @Test func `tells what it gave up by reason, kind and priority, in a later run too (G4)`()
        throws
    {
        let place = try TemporarySpool()
        var spool = try place.open()
        try spool.drop(try spool.put(2, .action, .high), .tooOld)
        try spool.drop(try spool.put(3, .delivery, .low), .expired)
        try spool.drop(try spool.put(1, .action, .high), .tooOld)
        for _ in 0..<2 {
            #expect(try spool.dropped == spool.stats().dropped)
            #expect(spool.dropped.map(\.reason) == [.expired, .tooOld])
            #expect(spool.dropped.map(\.kind) == [.delivery, .action])
            #expect(spool.dropped.map(\.priority) == [.low, .high])
            #expect(spool.dropped.map(\.rows) == [3, 3])
            try spool.close()
            spool = try place.open()
        }
    }

    @Test func `knows depth, bytes and age of the queue without asking the disk`() throws {
        let place = try TemporarySpool()
        let spool = try place.open()
        #expect(spool.facts.depth == 0 && spool.facts.oldest == .zero)
        let first = try spool.put(2)
        place.clock.advance(by: .seconds(3))
        let second = try spool.put(1, .action, .high)
        #expect(spool.facts.depth == 3 && spool.facts.oldest == .seconds(3))
        try spool.acknowledge(first)
        #expect(spool.facts.depth == 1 && spool.facts.oldest == .zero)
        #expect(spool.facts.bytes > 0 && spool.facts.fill > 0)
        try spool.drop(second, .tooOld)
        #expect(spool.facts.depth == 0)
        #expect(try spool.stats().dropped(.tooOld) == 1)
        #expect(try spool.stats().oldest.isEmpty)
    }
}
