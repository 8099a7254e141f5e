// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import TestKit
import Testing
import Vocabulary

@testable import Spool

/// What sealing must not break: backups, letters, parked rows, lines for sinks.
@Suite struct `A sealed spool at work` {
    private let place: TemporarySpool
    private let key: MasterKey
    private let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    init() throws {
        place = try TemporarySpool()
        key = try #require(MasterKey(bytes: [UInt8](repeating: 7, count: 32)))
    }

    private var options: SpoolOptions {
        var options = SpoolOptions()
        options.keys = [key]
        return options
    }

    private func setKey(_ value: [UInt8], _ spool: SpoolStore) throws {
        var change = SpoolChange()
        change.meta = [.init(key: "site_key", value: value)]
        try spool.commit(change)
    }

    private func line(_ spool: SpoolStore, _ device: String) throws {
        var change = SpoolChange()
        let id = spool.reserveIDs(1).lowerBound
        change.inserts.append(
            NewEntry(
                id: id,
                key: "line-\(id)",
                kind: .delivery,
                priority: .low,
                device: device,
                stream: "\(device) > sink lake",
                sink: "lake",
                policy: "p",
                policyVersion: "1",
                body: Array(#"{"format":1,"sink":"lake"}"#.utf8) + Array("\n{}".utf8)
            )
        )
        try spool.commit(change)
    }

    @Test func `is backed up as it is, and takes its key to be read back`() async throws {
        let spool = try place.open(options)
        try setKey([1, 2, 3], spool)
        try spool.put(2, device: "press")
        let older = try place.copyAfterKill()
        try spool.put(3, device: "press")
        let backup = place.folder + "/copy.sqlite"
        _ = try await spool.backUp(to: backup)
        try spool.close()

        // Of its own older state it is known to be a copy, though no key is asked for.
        let outcome = try SpoolRestore(path: older.path, now: now).run(from: backup, force: false)
        #expect(outcome.rows == 5)
        #expect(outcome.keys == [key.fingerprint])
        let error = #expect(throws: SpoolError.self) { try older.open() }
        #expect(error?.code == .keyMissing)
        let again = try older.open(options)
        #expect(try again.meta("site_key") == [1, 2, 3])
        #expect(
            try again.lease([.deferral], limit: 9).map(\.device)
                == .init(repeating: "press", count: 5)
        )
    }

    @Test func `is not replaced by a backup of another, though their keys are the same`()
        async throws
    {
        let spool = try place.open(options)
        try setKey([1], spool)
        let backup = place.folder + "/copy.sqlite"
        _ = try await spool.backUp(to: backup)
        for theirOptions in [options, SpoolOptions()] {
            let stranger = try TemporarySpool()
            let theirs = try stranger.open(theirOptions)
            try setKey([1], theirs)
            try theirs.close()
            #expect(throws: SpoolError.self) {
                try SpoolRestore(path: stranger.path, now: now).run(from: backup, force: false)
            }
        }
    }

    @Test func `gives an edited letter another payload and keeps what it was`() throws {
        let spool = try place.open(options)
        let id = try spool.put(1, device: "press", stream: "press > a")[0]
        let row = try #require(try spool.row(id))
        var change = SpoolChange()
        change.acknowledgements = [id]
        change.deadLetters = [
            DeadLetter(
                time: now,
                input: "",
                topic: "",
                payload: row.body,
                code: .rejected,
                text: "the endpoint says no",
                origin: DeadLetter.Origin(row)
            )
        ]
        try spool.commit(change)
        var filter = LetterFilter()
        filter.device = "press"
        let letter = try #require(try spool.deadLetters(filter, limit: 2).first)
        let new = try #require(try spool.editDeadLetter(letter.id, payload: [9, 9]))
        let edited = try #require(try spool.deadLetter(new))
        #expect(edited.isOpen && edited.letter.payload == [9, 9])
        #expect(edited.letter.origin?.stream == "press > a")
        #expect(edited.letter.text == "the endpoint says no")

        try spool.close()
        let queue = try SpoolFile.connect(path: place.path)
        try queue.write { try $0.execute(sql: "UPDATE dead_letters SET payload = zeroblob(40)") }
        try queue.close()
        let again = try place.open(options)
        #expect(try again.deadLetter(new)?.isOpen == false)
        let error = #expect(throws: SpoolError.self) {
            try again.editDeadLetter(new, payload: [1])
        }
        #expect(error?.code == .invalid)
    }

    @Test func `parks a line for a sink that is gone, and gives it back under its own names`()
        async throws
    {
        let spool = try place.open(options)
        try line(spool, "press")
        #expect(try await spool.parkLines(besides: []) == 1)
        try spool.close()
        let again = try place.open(options)
        #expect(again.parked == 1)
        #expect(try await again.unpark { $0.sink == "lake" } == 1)
        let row = try #require(try again.lease([.delivery], of: .only(["lake"]), limit: 2).first)
        #expect(row.device == "press" && row.stream == "press > sink lake")
        try again.acknowledge([row.id])
        #expect(try again.stats().rows == 0)
    }

    @Test(arguments: [false, true])
    func `gives a line its sink and a parked row its place when its stream is lost`(
        isSealed: Bool
    ) async throws {
        let options = isSealed ? options : SpoolOptions()
        let spool = try place.open(options)
        try line(spool, "press")
        let parked = try spool.put(2, device: "lathe")
        var change = SpoolChange()
        change.parks = [.init(id: parked[0], reason: .noPolicy)]
        try spool.commit(change)
        try spool.close()
        let queue = try SpoolFile.connect(path: place.path)
        try await queue.write { try $0.execute(sql: "DELETE FROM streams") }
        try queue.close()
        let report = try SalvageSteps(path: place.path, time: place.clock).replace(options)
        #expect(report.kept == 3)
        let again = try place.open(options)
        #expect(try again.lease([.delivery], of: .only(["lake"]), limit: 2).count == 1)
        #expect(again.parked == 1)
        #expect(try again.take([.deferral]) == [parked[1]])
        #expect(try await again.unpark { _ in true } == 1)
        #expect(
            try again.lease([.deferral], limit: 9, order: .smallestDebt).map(\.id) == [parked[0]]
        )
    }
}
