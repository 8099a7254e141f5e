// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import TestKit
import Testing
import Vocabulary

@testable import Admin

@Suite struct `Words for rows` {
    @Test func `mean every row where nothing is said`() throws {
        let filter = try SpoolFilter(
            kind: nil,
            priority: nil,
            policy: nil,
            device: nil,
            olderThanSeconds: nil
        )
        #expect(filter.kinds.isEmpty)
        #expect(filter.priorities.isEmpty)
        #expect(filter.policy == nil)
        #expect(filter.device == nil)
        #expect(filter.olderThan == nil)
    }

    @Test(arguments: EntryKind.allCases)
    func `know every kind`(kind: EntryKind) throws {
        #expect(try filter(kind: kind.name).kinds == [kind])
    }

    @Test(arguments: Priority.allCases)
    func `know every priority`(priority: Priority) throws {
        #expect(try filter(priority: priority.name).priorities == [priority])
    }

    @Test func `say what there is instead of a word that is unknown`() {
        #expect(
            message { try filter(kind: "Action") }
                == "there is no kind `Action`; known: pending, escalation, deferral, action, "
                + "audit, delivery"
        )
        #expect(
            message { try filter(priority: "urgent") }
                == "there is no priority `urgent`; known: high, normal, low"
        )
    }

    @Test func `take an age in seconds`() throws {
        #expect(try filter(olderThan: 0).olderThan == .zero)
        #expect(try filter(olderThan: 1.5).olderThan == .milliseconds(1_500))
        for age in [-1, 4e9, Double.nan, Double.infinity] {
            #expect(
                message { try filter(olderThan: age) }
                    == "an age is a number of seconds, 0 or more"
            )
        }
    }

    private func filter(
        kind: String? = nil,
        priority: String? = nil,
        olderThan: Double? = nil
    ) throws -> SpoolFilter {
        try SpoolFilter(
            kind: kind,
            priority: priority,
            policy: nil,
            device: nil,
            olderThanSeconds: olderThan
        )
    }

    private func message(_ body: () throws -> SpoolFilter) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? SpoolFilterError)?.message
        }
    }
}

@Suite struct `A report of the spool` {
    @Test func `lists rows without their content`() throws {
        let temporary = try TemporarySpool()
        let spool = try temporary.open()
        try spool.fill()
        temporary.clock.advance(by: .seconds(90))
        let json = try SpoolReport.rows(spool, filter: SpoolFilter(), after: 0, limit: 10)
        let text = String(decoding: json, as: UTF8.self)
        #expect(
            text == """
                [{"id":1,"key":"a","kind":"action","priority":"high","policy":"press","device":"4",\
                "attempts":0,"age_seconds":90.0,"stored":"2023-11-14T22:13:20Z","state":"waiting",\
                "bytes":6},{"id":2,"key":"b","kind":"deferral","priority":"normal",\
                "policy":"press","device":"4","attempts":0,"age_seconds":90.0,\
                "stored":"2023-11-14T22:13:20Z","time_to_live_seconds":10.0,"state":"leased",\
                "bytes":6}]
                """
        )
    }

    @Test func `lists from a row on, as many as are wanted`() throws {
        let temporary = try TemporarySpool()
        let spool = try temporary.open()
        try spool.fill()
        func keys(after: Int64, limit: Int) throws -> Int {
            let json = try SpoolReport.rows(
                spool,
                filter: SpoolFilter(),
                after: after,
                limit: limit
            )
            return String(decoding: json, as: UTF8.self).split(separator: "\"key\"").count - 1
        }
        #expect(try keys(after: 0, limit: 1) == 1)
        #expect(try keys(after: 1, limit: 10) == 1)
        #expect(try keys(after: 2, limit: 10) == 0)
        #expect(try keys(after: 0, limit: -1) == 0)
    }

    @Test func `lists dead letters without their payload`() throws {
        let temporary = try TemporarySpool()
        let spool = try temporary.open()
        try spool.fill()
        let json = try SpoolReport.letters(spool, filter: LetterFilter(), after: 0, limit: 10)
        #expect(
            String(decoding: json, as: UTF8.self) == """
                [{"id":1,"time":"1970-01-01T00:00:00Z","input":"presses","topic":"plant/4",\
                "code":"syntax","reason":"a \\"word\\"","attempts":2,"payload_bytes":7}]
                """
        )
        let none = try SpoolReport.letters(spool, filter: LetterFilter(), after: 0, limit: -1)
        #expect(String(decoding: none, as: UTF8.self) == "[]")
    }

    @Test func `counts`() throws {
        let temporary = try TemporarySpool()
        let spool = try temporary.open()
        try spool.fill()
        let text = String(decoding: try SpoolReport.stats(spool), as: UTF8.self)
        for part in [
            #""waiting":2,"leased":1,"delayed":0"#,
            #"{"kind":"action","priority":"high","rows":1,"bytes":6}"#,
            #""dropped":{"purged":1},"dropped_rows":[{"reason":"purged","kind":"deferral","#,
            #""priority":"low","rows":1,"bytes":6}]"#,
            #""dead_letters":1,"dead_letters_dropped":0,"#,
        ] {
            #expect(text.contains(part), "\(text)")
        }
        #expect(!text.contains("secret"))
    }
}

extension SpoolStore {
    /// A free action, a deferral somebody owns, a row that was purged, and a dead letter.
    fileprivate func fill() throws {
        func entry(_ key: String, _ kind: EntryKind, _ priority: Priority) -> NewEntry {
            NewEntry(
                id: reserveIDs(1).lowerBound,
                key: key,
                kind: kind,
                priority: priority,
                device: "4",
                policy: "press",
                policyVersion: "v1",
                timeToLive: kind == .deferral ? .seconds(100) : nil,
                body: Array("secret".utf8)
            )
        }
        var free = SpoolChange()
        free.inserts = [entry("a", .action, .high)]
        free.deadLetters = [
            DeadLetter(
                time: WallTime(nanoseconds: 0),
                input: "presses",
                topic: "plant/4",
                payload: Array("payload".utf8),
                code: .syntax,
                text: #"a "word""#,
                attempts: 2
            )
        ]
        try commit(free)
        var owned = SpoolChange()
        owned.insertsAreLeased = true
        owned.inserts = [entry("b", .deferral, .normal)]
        try commit(owned)
        var dropped = SpoolChange()
        dropped.inserts = [entry("c", .deferral, .low)]
        try commit(dropped)
        var filter = SpoolFilter()
        filter.priorities = [.low]
        try purge(filter)
    }
}
