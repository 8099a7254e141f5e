// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Ingest
import Sync
import Synchronization
import TestKit
import Testing
import Vocabulary

@testable import Gateway
@testable import Spool

@Suite struct `An open batch` {
    @Test func `whose obligations are met before it settles writes nothing`() throws {
        let ledger = try Ledger()
        let first = ledger.batch.owe { row("a") }
        let second = ledger.batch.owe { row("b") }
        #expect(!ledger.batch.isComplete)
        first.end(.init(own: .met))
        #expect(!ledger.batch.isComplete)
        #expect(ledger.wakes == 0)
        second.end(.init(own: .met))
        #expect(ledger.batch.isComplete)
        #expect(ledger.wakes == 1)
        let commits = try ledger.spool.stats().commits
        try ledger.batch.settle()
        #expect(try ledger.spool.stats().commits == commits)
        #expect(try ledger.keys().isEmpty)
    }

    @Test func `stores what is still owed, and nobody else may take it (G1)`() throws {
        let ledger = try Ledger()
        let owed = ledger.batch.owe { row("a") }
        try ledger.batch.settle()
        #expect(try ledger.states() == ["a": .leased])
        #expect(try ledger.spool.lease([.deferral], limit: 10).isEmpty)
        let copy = try ledger.temporary.copyAfterKill()
        let next = try copy.open()
        #expect(next.wasUncleanExit)
        #expect(try next.lease([.deferral], limit: 10).map(\.key) == ["a"])
        owed.end(.init(own: .met))
        #expect(try ledger.keys().isEmpty)
    }

    @Test func `keeps for later what ended so before it settled, free to be taken`() throws {
        let ledger = try Ledger()
        ledger.batch.owe { row("a") }.end(
            .init(own: .kept(row("a", body: "new"), countsAttempt: true))
        )
        ledger.batch.owe { row("b") }.end(.init(own: .kept(row("b"), delay: .seconds(5))))
        #expect(!ledger.batch.isComplete)
        try ledger.batch.settle()
        #expect(try ledger.states() == ["a": .waiting, "b": .delayed(.seconds(5))])
        let taken = try #require(try ledger.spool.row(key: "a"))
        #expect(taken.attempts == 1)
        #expect(taken.body == Array("new".utf8))
    }

    @Test func `buries what died before it settled, without a row`() throws {
        let ledger = try Ledger()
        ledger.batch.owe { row("a") }.end(.init(own: .dead(letter("refused"), row("a"))))
        #expect(!ledger.batch.isComplete)
        try ledger.batch.settle()
        #expect(try ledger.keys().isEmpty)
        #expect(try ledger.codes() == ["refused"])
    }

    @Test(arguments: [false, true])
    func `keeps as a row what died while dead letters are full (G1)`(_ isSettledFirst: Bool) throws
    {
        let ledger = try Ledger(SpoolOptions(deadLetterLimit: 1))
        let owed = ["a", "b"].map { name in ledger.batch.owe { row(name, kind: .action) } }
        if isSettledFirst { try ledger.batch.settle() }
        for (owed, name) in zip(owed, ["a", "b"]) {
            owed.end(.init(own: .dead(letter("refused"), row(name, kind: .action, body: "new"))))
        }
        if !isSettledFirst { try ledger.batch.settle() }
        #expect(try ledger.states() == ["b": .delayed(DrainOptions.letterRoom)])
        #expect(ledger.spool.deadLettersDropped == 0)
        let listed = try #require(try ledger.spool.deadLetters(limit: 9).first)
        let kept = try #require(try ledger.spool.deadLetter(listed.id)).letter
        #expect(kept.origin?.key == "a" && kept.origin?.kind == .action)
        #expect(kept.payload == Array("new".utf8))
    }

    @Test func `needs no disk for what was dropped before it settled`() throws {
        let ledger = try Ledger()
        ledger.batch.owe { row("a") }.end(.init(own: .dropped(.fallback)))
        #expect(ledger.batch.isComplete)
        try ledger.batch.settle()
        #expect(try ledger.keys().isEmpty)
    }

    @Test func `brings the row up to date by how its obligation ends after the commit`() throws {
        let ledger = try Ledger()
        let owed = ["met", "kept", "dropped", "dead"].map { name in
            ledger.batch.owe { row(name, kind: .escalation) }
        }
        try ledger.batch.settle()
        owed[0].end(.init(own: .met))
        owed[1].end(
            .init(own: .kept(row("kept", body: "later"), delay: .seconds(2), countsAttempt: true))
        )
        owed[2].end(.init(own: .dropped(.fallback)))
        owed[3].end(.init(own: .dead(letter("refused"), row("dead"))))
        #expect(try ledger.states() == ["kept": .delayed(.seconds(2))])
        let kept = try #require(try ledger.spool.row(key: "kept"))
        #expect(kept.kind == .deferral)
        #expect(kept.attempts == 1)
        #expect(kept.body == Array("later".utf8))
        #expect(try ledger.codes() == ["refused"])
        let dropped = try ledger.spool.stats().dropped
        #expect(dropped.map(\.reason) == [.fallback])
    }

    @Test func `counts the first end of an obligation only`() throws {
        let ledger = try Ledger()
        let owed = ledger.batch.owe { row("a") }
        owed.end(.init(own: .met))
        owed.end(.init(own: .dead(letter("again"), row("a"))))
        #expect(ledger.wakes == 1)
        try ledger.batch.settle()
        owed.end(.init(own: .dead(letter("again"), row("a"))))
        #expect(try ledger.codes().isEmpty)
    }

    @Test func `frees the rows that an end brings along before the commit`() throws {
        let ledger = try Ledger()
        var also = SpoolChange()
        var alert = row("alert", kind: .action)
        alert.id = ledger.spool.reserveIDs(1).lowerBound
        also.inserts.append(alert)
        ledger.batch.owe { row("ask") }.end(.init(own: .met, also: also))
        #expect(!ledger.batch.isComplete)
        try ledger.batch.settle()
        #expect(try ledger.states() == ["alert": .waiting])
        #expect(try ledger.spool.lease([.action], limit: 10).map(\.key) == ["alert"])
    }

    @Test func `frees the rows that an end brings along after the commit`() throws {
        let ledger = try Ledger()
        var also = SpoolChange()
        var alert = row("alert", kind: .action)
        alert.id = ledger.spool.reserveIDs(1).lowerBound
        also.inserts.append(alert)
        let owed = ledger.batch.owe { row("ask") }
        try ledger.batch.settle()
        owed.end(.init(own: .met, also: also))
        #expect(try ledger.states() == ["alert": .waiting])
    }

    @Test func `given back to the broker leaves nothing, however its obligations end`() throws {
        let ledger = try Ledger()
        let owed = ledger.batch.owe { row("a") }
        var ran = false
        ledger.batch.whenCommitted { ran = true }
        ledger.batch.opened(at: ledger.temporary.clock.now)
        ledger.batch.abandon()
        #expect(ledger.batch.isComplete)
        #expect(ledger.batch.since == nil)
        owed.end(.init(own: .dead(letter("late"), row("a"))))
        try ledger.batch.settle()
        #expect(!ran)
        #expect(try ledger.keys().isEmpty)
        #expect(try ledger.codes().isEmpty)
    }

    @Test func `takes over the row that an earlier run left under the same key (G2)`() throws {
        let ledger = try Ledger()
        _ = ledger.batch.owe { row("a", body: "first") }
        try ledger.batch.settle()
        let copy = try ledger.temporary.copyAfterKill()
        let next = try copy.open()
        let batch = OpenBatch(spool: next) {}
        let owed = batch.owe { row("a", body: "second") }
        try batch.settle()
        #expect(try next.rows(limit: 10).map(\.key) == ["a"])
        owed.end(.init(own: .met))
        #expect(try next.rows(limit: 10).isEmpty)
    }

    @Test func `leaves a row alone that somebody else owns`() throws {
        let ledger = try Ledger()
        _ = ledger.batch.owe { row("a", body: "first") }
        try ledger.batch.settle()
        let copy = try ledger.temporary.copyAfterKill()
        let next = try copy.open()
        let drained = try next.lease([.deferral], limit: 10)
        #expect(drained.count == 1)
        let batch = OpenBatch(spool: next) {}
        let owed = batch.owe { row("a", body: "second") }
        try batch.settle()
        owed.end(.init(own: .dead(letter("not mine"), row("a"))))
        #expect(try next.rows(limit: 10).map(\.state) == [.leased])
        #expect(try next.deadLetters(limit: 10).isEmpty)
    }

    @Test func `does its deeds once, after the commit`() throws {
        let ledger = try Ledger()
        _ = ledger.batch.owe { row("a") }
        var seen: [[String]] = []
        ledger.batch.whenCommitted { seen.append((try? ledger.keys()) ?? []) }
        try ledger.batch.settle()
        try ledger.batch.settle()
        #expect(seen == [["a"]])
    }

    @Test func `remembers since when it is open until it settles`() throws {
        let ledger = try Ledger()
        let clock = ledger.temporary.clock
        let start = clock.now
        ledger.batch.opened(at: start)
        clock.advance(by: .seconds(1))
        ledger.batch.opened(at: clock.now)
        #expect(ledger.batch.since == start)
        try ledger.batch.settle()
        #expect(ledger.batch.since == nil)
    }

    @Test func `fails to settle when the spool is full and refuses (G1, G4)`() throws {
        let ledger = try Ledger(
            SpoolOptions(maximumSize: SpoolOptions.minimumSize, whenFull: .refuse)
        )
        let large = String(repeating: "x", count: 64 << 10)
        var stored = 0
        var failure: SettleFailure?
        while failure == nil, stored < 1_000 {
            let name = "row-\(stored)"
            _ = ledger.batch.owe { row(name, body: large) }
            do throws(SettleFailure) {
                try ledger.batch.settle()
                stored += 1
            } catch {
                failure = error
            }
        }
        #expect(failure?.kind == .storageFull)
        #expect(stored > 10)
        ledger.batch.abandon()
        #expect(ledger.batch.isComplete)
        #expect(try ledger.keys().count == stored)
        // What needs no row goes on while the disk is full.
        ledger.batch.owe { row("met") }.end(.init(own: .met))
        try ledger.batch.settle()
    }

    @Test func `fails to settle when the spool is closed`() throws {
        let ledger = try Ledger()
        try ledger.spool.close()
        _ = ledger.batch.owe { row("a") }
        #expect(throws: SettleFailure.self) { try ledger.batch.settle() }
    }
}

@Suite struct `An obligation` {
    @Test func `that ends while its row is on the way is settled when the row is there`() throws {
        let submitted = Submitted()
        let tally = BatchTally {}
        let owed = submitted.obligation(tally)
        var change = SpoolChange()
        owed.join(&change) { 7 }
        #expect(change.inserts.map(\.id) == [7])
        owed.end(.init(own: .met))
        #expect(submitted.all.isEmpty)
        let ended = owed.committed(Receipt(SpoolReceipt()))
        #expect(ended?.acknowledgements == [7])
        owed.end(.init(own: .dropped(.policy)))
        #expect(submitted.all.isEmpty)
    }

    @Test func `goes by the number of the row that was there already`() throws {
        let submitted = Submitted()
        let owed = submitted.obligation(BatchTally {})
        var change = SpoolChange()
        owed.join(&change) { 7 }
        var receipt = SpoolReceipt()
        receipt.alreadyThere = [.init(reserved: 7, existing: 3, isLeasedToCaller: true)]
        #expect(owed.committed(Receipt(receipt)) == nil)
        owed.end(.init(own: .met))
        #expect(submitted.all.map(\.acknowledgements) == [[3]])
    }

    @Test func `whose row a full spool dropped still stores what its end brings along`() throws {
        let submitted = Submitted()
        let owed = submitted.obligation(BatchTally {})
        var change = SpoolChange()
        owed.join(&change) { 7 }
        var receipt = SpoolReceipt()
        receipt.droppedInserts = [7]
        #expect(owed.committed(Receipt(receipt)) == nil)
        var also = SpoolChange()
        also.inserts.append(row("alert", kind: .action))
        owed.end(.init(own: .met, also: also))
        let changes = submitted.all
        #expect(changes.flatMap(\.inserts).map(\.key) == ["alert"])
        #expect(changes.flatMap(\.acknowledgements).isEmpty)
    }
}

/// A batch over a real spool, and how often its lane was woken.
private final class Ledger {
    let temporary: TemporarySpool
    let spool: SpoolStore
    let batch: OpenBatch
    private let counter = WakeCounter()

    var wakes: Int { counter.count }

    init(_ options: SpoolOptions = SpoolOptions()) throws {
        temporary = try TemporarySpool()
        spool = try temporary.open(options)
        batch = OpenBatch(spool: spool) { [counter] in counter.add() }
    }

    func keys() throws -> [String] { try spool.rows(limit: 1_000).map(\.key) }

    func states() throws -> [String: SpoolRow.State] {
        try Dictionary(uniqueKeysWithValues: spool.rows(limit: 100).map { ($0.key, $0.state) })
    }

    func codes() throws -> [String] { try spool.deadLetters(limit: 100).map(\.letter.code) }
}

/// What obligations have handed to the spool by themselves.
private final class Submitted: Sendable {
    private let changes = Mutex<[SpoolChange]>([])

    var all: [SpoolChange] { changes.withLock { $0 } }

    /// One whose row is `a`.
    func obligation(_ tally: BatchTally) -> Obligation {
        Obligation(
            entry: { row("a") },
            batch: tally,
            submit: { [self] change in changes.withLock { $0.append(change) } }
        )
    }
}

/// How often a lane was woken.
final class WakeCounter: Sendable {
    private let wakes = Atomic<Int>(0)

    var count: Int { wakes.load(ordering: .relaxed) }

    func add() { wakes.wrappingAdd(1, ordering: .relaxed) }
}

private func row(_ key: String, kind: EntryKind = .deferral, body: String = "{}") -> NewEntry {
    NewEntry(
        id: 0,
        key: key,
        kind: kind,
        priority: .normal,
        device: "4",
        stream: key,
        policy: "press",
        policyVersion: "v1",
        body: Array(body.utf8)
    )
}

private func letter(_ text: String) -> DeadLetter {
    DeadLetter(
        time: WallTime(nanoseconds: 0),
        input: "presses",
        topic: "t",
        payload: [],
        code: .refused,
        text: text
    )
}
