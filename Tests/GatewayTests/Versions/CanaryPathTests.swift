// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Spool
import TestKit
import Testing
import Vocabulary

@testable import Gateway

@Suite struct `A canary and a shadow on the path` {
    /// Version 1 says `fine` of everything, version 2 `fault`; both have the labels of the site's model.
    private static func files(_ use: String) throws -> [String: String] {
        var files = Presses.files
        files["sluice.yaml"] = try Presses.configuration.replacing(
            once: "models: { path: models }",
            with: "models: { path: models, use: { pulse: { version: 1, \(use) } } }"
        )
        files["models/pulse/2/model.yaml"] = """
            kind: detector
            detector: { type: robust-z, feature: force, warm_up: 2, threshold: 0 }
            labels: [fine, fault]
            """
        return files
    }

    private static func lines() -> [String] { (0..<24).map { "plant/\($0)/press" } }

    @Test func `speaks for some devices, under the same ids`() throws {
        let files = try Self.files("canary: { version: 2, share: 50% }")
        let rig = try Rig(files)
        let plain = try Rig()
        for (rig, path) in [(rig, rig.path()), (plain, plain.path())] {
            for topic in Self.lines() {
                path.receive(rig.burst(Presses.payload(1), Presses.payload(2), on: topic))
            }
            try path.settle()
        }
        let seen = rig.parts.engine?.tally.byVersion ?? [:]
        let one = seen[ModelReference(name: "pulse", version: "1")]?.findings ?? 0
        let two = seen[ModelReference(name: "pulse", version: "2")]?.findings ?? 0
        #expect(one + two == 48)
        #expect(one > 8 && two > 8)
        #expect(try rig.logged().map(\.id) == plain.logged().map(\.id))
    }

    @Test func `has no threshold that was tuned for another version`() throws {
        let files = try Self.files("canary: { version: 2, share: 50% }")
        let rig = try Rig(files)
        let bound = try #require(rig.board.edition.policies.first)
        let lot = rig.parts.lot
        let digests = Set(Self.lines().indices.map { bound.canaryDigest(for: "\($0)", lot: lot) })
        let own = rig.parts.engine?.models[ModelReference(name: "pulse", version: "2")]?.shortDigest
        #expect(digests == [nil, own])
        let alone = try Rig()
        let other = try #require(alone.board.edition.policies.first)
        #expect(other.canaryDigest(for: "4", lot: lot) == nil)
    }

    @Test func `runs beside and decides nothing`() throws {
        var files = try Self.files("shadow: 2")
        files["Policies/press/policy.yaml"] = try files["Policies/press/policy.yaml"]?
            .replacing(once: "label == \"fault\"", with: "label == \"never\"")
        let rig = try Rig(files)
        var parts = rig.parts
        let worker = ShadowWorker(watch: parts.versions, time: rig.clock, lot: parts.lot)
        parts.shadows = worker
        let path = MessagePath(name: "presses", role: .lane, parts: parts) {}
        path.receive(
            rig.burst(
                Presses.payload(1),
                Presses.payload(2, want: "ask"),
                Presses.payload(3),
                Presses.payload(4)
            )
        )
        try path.settle()
        let shadow = ModelReference(name: "pulse", version: "2")
        #expect(parts.versions.tallies[shadow] == nil)
        var lane: LaneInference?
        #expect(worker.work(&lane))
        #expect(!worker.work(&lane))
        let seen = try #require(parts.versions.tallies[shadow])
        #expect(seen.compared == 4)
        #expect(rig.parts.engine?.tally.byVersion[shadow]?.findings == 4)
        // The cloud's word on what was asked is held against the shadow's, too.
        let row = try #require(try rig.rows().first { $0.kind == .escalation })
        let id = try #require(DecisionID(String(row.key.prefix { $0 != ":" })))
        let one = ModelReference(name: "pulse", version: "1")
        parts.versions.verdict("fault", on: id, local: one, said: "fine")
        #expect(parts.versions.tallies[shadow]?.verdicts == 1)
        #expect(parts.versions.tallies[one]?.disagreements == 1)
    }

    @Test func `lets go of the lanes' buffers when the models are swapped`() throws {
        let rig = try Rig(Self.files("canary: { version: 2, share: 50% }"))
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1)))
        let engine = try #require(rig.parts.engine?.withoutCanary(of: "pulse"))
        var models = rig.board.edition.models
        models.engine = engine
        var binder = PolicyBinder(
            configuration: try #require(rig.folder.check().site?.configuration),
            engine: engine
        )
        let policies = binder.bind(rig.board.edition.policies.map(\.policy))
        rig.board.replace(digest: "d2", policies: policies, models: models)
        path.receive(rig.burst(Presses.payload(2)))
        #expect(path.inference?.engine === engine)
        // What was decided under the former edition is finished under it, without its models.
        let version = try #require(policies.first?.policy.version)
        #expect(rig.board.policy(named: "press", version: version)?.models.count == 1)
    }
}

@Suite struct `The book of canaries` {
    private let canary = ModelReference(name: "pulse", version: "2")

    private func tally(_ findings: Int) -> VersionTally {
        var tally = VersionTally()
        tally.findings = findings
        return tally
    }

    @Test func `counts from a canary's beginning, over restarts`() throws {
        let files = [
            "sluice.yaml": try Presses.configuration.replacing(
                once: "models: { path: models }",
                with: "models: { path: models, use: { pulse: { version: 1, "
                    + "canary: { version: 2, share: 50% } } } }"
            ),
            "models/pulse/2/model.yaml": Presses.model,
        ].merging(Presses.files) { first, _ in first }
        let rig = try Rig(files)
        let engine = rig.parts.engine
        let book = try CanaryBook(from: rig.spool)
        let start = rig.clock.wallTime
        book.follow(engine, seen: [canary: tally(100)], now: start)
        let first = try #require(book.trial(of: "pulse", seen: tally(130)))
        #expect(first.tally.findings == 30)
        #expect(first.began == start)
        book.write(seen: [canary: tally(130)], engine)
        // Another run begins counting at nothing.
        try rig.spool.commit(.init())
        let again = try CanaryBook(from: rig.spool)
        again.follow(engine, seen: [canary: tally(5)], now: start + .seconds(60))
        let second = try #require(again.trial(of: "pulse", seen: tally(5)))
        #expect(second.tally.findings == 35)
        #expect(second.began == start)
        again.follow(engine?.withoutCanary(of: "pulse"), seen: [:], now: start)
        #expect(again.trial(of: "pulse", seen: tally(9)) == nil)
    }
}
