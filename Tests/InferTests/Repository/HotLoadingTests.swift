// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Logging
import Testing
import Vocabulary

@testable import Infer

@Suite struct `Loading beside what runs` {
    private let repository: TemporaryRepository

    init() throws {
        repository = try TemporaryRepository()
    }

    private func detector(_ version: String, threshold: Double = 0.999) throws {
        try repository.add(
            "beat",
            version: version,
            """
            kind: detector
            detector: { type: robust-z, feature: rate, warm_up: 10, threshold: \(threshold) }
            """
        )
    }

    private func load(_ selection: ModelSelection = ModelSelection()) -> ModelLoading {
        CoreEngine.load(
            repository: repository.path,
            shownAs: "models",
            selecting: selection,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    /// The time at which nothing was written for `seconds`.
    private func now(_ version: String, after seconds: Int64) -> WallTime {
        FolderStamp(path: "\(repository.path)/beat/\(version)").latest + .seconds(seconds)
    }

    private func model(_ engine: CoreEngine, _ version: String) -> DetectorModel? {
        let reference = ModelReference(name: "beat", version: version)
        guard case .detector(let model)? = engine.model(reference) else { return nil }
        return model
    }

    private func pin(_ version: Int) -> [String: ModelUse] {
        ["beat": ModelUse(version: .number(version))]
    }

    @Test func `leaves models alone that nobody wants, good or bad`() throws {
        try detector("1")
        try repository.add("broken", version: "1", "kind: nonsense")
        #expect(load().engine == nil)
        var selection = ModelSelection()
        selection.wanted = ["beat"]
        let loading = load(selection)
        #expect(loading.diagnostics.isEmpty)
        #expect(loading.engine?.models.keys.map(\.name) == ["beat"])
        #expect(loading.names == ["beat", "broken"])
        selection.wanted = ["broken"]
        #expect(load(selection).engine == nil)
    }

    @Test func `takes over what has not changed, and nothing else`() throws {
        try detector("1")
        let first = try #require(load().engine)
        let again = try #require(load(.init(former: first)).engine)
        #expect(model(again, "1") === model(first, "1"))
        #expect(again.tally === first.tally)
        try detector("1", threshold: 0.99)
        let changed = try #require(load(.init(former: first)).engine)
        #expect(model(changed, "1") !== model(first, "1"))
        let strict = ModelSelection(trust: .init(isRequired: true), former: first)
        #expect(load(strict).engine == nil)
    }

    @Test func `leaves out a version that is still being written, and says so`() throws {
        try detector("1")
        let first = try #require(load().engine)
        try detector("2")
        var selection = ModelSelection(
            former: first,
            quiet: .seconds(2),
            now: now("2", after: 1)
        )
        let early = load(selection)
        #expect(early.engine?.resolve("beat")?.version == "1")
        #expect(early.leftOut.map(\.reference.version) == ["2"])
        #expect(early.leftOut.first?.isUnfinished == true)
        #expect(
            early.diagnostics.map { $0.rendered() } == [
                "models/beat/2: warning: the version is still being written (version 1 is used "
                    + "instead); it is looked at again; copy it beside and rename it into place"
            ]
        )
        selection.now = now("2", after: 2)
        let late = load(selection)
        #expect(late.engine?.resolve("beat")?.version == "2")
        #expect(late.leftOut.isEmpty)
        // A clock that was set back says nothing of who writes.
        selection.now = WallTime(nanoseconds: 0)
        #expect(load(selection).engine?.resolve("beat")?.version == "2")
    }

    @Test func `falls back to the highest version that loads`() throws {
        try detector("1")
        try repository.add("beat", version: "2", "kind: nonsense")
        let loading = load()
        #expect(loading.engine?.resolve("beat")?.version == "1")
        #expect(loading.diagnostics.allSatisfy { $0.severity == .warning })
        #expect(loading.leftOut.first?.isUnfinished == false)
        let pinned = load(.init(uses: pin(2)))
        #expect(pinned.engine == nil)
    }

    @Test func `keeps what works when its files no longer do`() throws {
        try detector("1")
        let first = try #require(load(.init(uses: pin(1))).engine)
        try repository.add("beat", version: "1", "kind: nonsense")
        let broken = load(.init(uses: pin(1), former: first))
        #expect(broken.engine.flatMap { model($0, "1") } === model(first, "1"))
        #expect(broken.leftOut.count == 1)
        #expect(load(.init(uses: pin(1))).engine == nil)
        try FileManager.default.removeItem(atPath: repository.path + "/beat/1")
        let gone = load(.init(uses: pin(1), former: first))
        #expect(gone.engine.flatMap { model($0, "1") } === model(first, "1"))
    }

    @Test func `reports a pinned version that is not there, with those that are`() throws {
        try detector("1")
        try detector("3")
        let lines = load(.init(uses: pin(2))).diagnostics.map { $0.rendered() }
        #expect(
            lines == [
                "models/beat: error: model `beat` has no version 2, which speaks; there are: `1`, `3`"
            ]
        )
    }

    @Test func `does without a canary or a shadow that does not load`() throws {
        try detector("1")
        try repository.add("beat", version: "2", "kind: nonsense")
        let use = ModelUse(
            version: .number(1),
            canary: .init(version: .number(2), share: 0.5),
            shadow: .number(9)
        )
        let loading = load(.init(uses: ["beat": use]))
        let roles = try #require(loading.engine?.roles["beat"])
        #expect(roles.canary == nil)
        #expect(roles.shadow == nil)
        #expect(loading.leftOut.map(\.reference.version) == ["2", "9"])
        #expect(loading.diagnostics.allSatisfy { $0.severity == .warning })
    }

    @Test func `loads the versions that policies pin, and holds those that must not move`() throws {
        for version in ["1", "2", "3"] { try detector(version) }
        let named = ModelSelection.pinned(["beat/2", "beat", "other/1"])
        var selection = ModelSelection(named: named)
        selection.held = ["beat": 1]
        let engine = try #require(load(selection).engine)
        #expect(engine.resolve("beat")?.version == "1")
        #expect(engine.resolve("beat/2")?.version == "2")
        #expect(engine.resolve("beat/3") == nil)
    }

    @Test func `takes only what a trusted key signed, where that is required`() throws {
        try detector("1")
        try detector("2")
        let key = SigningKey()
        let reference = ModelReference(name: "beat", version: "1")
        let folder = repository.path + "/beat/1"
        let signature = try ModelSignature(ModelManifest(reference, folder: folder), with: key)
        try Data(signature.text.utf8).write(to: URL(filePath: folder + "/model.sig"))
        let trust = ModelTrust(keys: [try key.verifying], isRequired: true)
        let loading = load(.init(trust: trust))
        #expect(loading.engine?.resolve("beat")?.version == "1")
        #expect(
            loading.engine?.models[reference]?.signature == .trusted(key: try key.verifying.name)
        )
        #expect(loading.leftOut.map(\.reference.version) == ["2"])
        #expect(loading.leftOut.first?.reason == "the version is unsigned")
    }
}

@Suite struct `A canary` {
    private let repository: TemporaryRepository
    private let engine: CoreEngine
    private let lot = CanaryLot(key: (1, 2))

    init() throws {
        repository = try TemporaryRepository()
        for (version, threshold) in [("1", 0.9), ("2", 0.0)] {
            try repository.add(
                "beat",
                version: version,
                """
                kind: detector
                detector: { type: robust-z, feature: rate, warm_up: 2, threshold: \(threshold) }
                """
            )
        }
        let use = ModelUse(
            version: .number(1),
            canary: .init(version: .number(2), share: 0.5, latency: .milliseconds(1)),
            shadow: nil
        )
        engine = try #require(
            CoreEngine.load(
                repository: repository.path,
                shownAs: "models",
                selecting: .init(uses: ["beat": use]),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            ).engine
        )
    }

    private func handle(_ text: String = "beat") throws -> ModelHandle {
        let bound = try engine.bind(named: text, fields: fields("rate"), owner: "vital")
        return try #require(bound).handle
    }

    @Test func `speaks for its devices, and the other version for the others`() throws {
        let handle = try handle()
        let lane = engine.makeLane(time: StillTime(), lot: lot)
        let rows = (0..<64).map { _ in [FieldValue.number(60)] }
        let batch = readings(rows) { "bed \($0 % 16)" }
        let findings = lane.findings(model: handle, readings: batch, rows: 0..<64)
        for (row, finding) in findings.enumerated() {
            let speaking = handle.speaking(for: "bed \(row % 16)", lot: lot)
            #expect(finding?.model == speaking.reference)
        }
        let versions = Set(findings.compactMap { $0?.model.version })
        #expect(versions == ["1", "2"])
        let seen = engine.tally.byVersion
        #expect(seen.values.reduce(0) { $0 + $1.findings } == 64)
        #expect(seen.count == 2)
    }

    @Test func `speaks nowhere without a lot, nor where a policy pins its version`() throws {
        let lane = engine.makeLane(time: StillTime())
        let batch = readings((0..<32).map { _ in [FieldValue.number(60)] })
        let findings = lane.findings(model: try handle(), readings: batch, rows: 0..<32)
        #expect(Set(findings.compactMap { $0?.model.version }) == ["1"])
        #expect(engine.tally.byVersion.isEmpty)
        let pinned = try handle("beat/1")
        #expect(pinned.canary == nil)
        let missing = try engine.bind(named: "beat/9", fields: fields("rate"), owner: "v")
        #expect(missing?.handle.reference == nil)
    }

    @Test func `ends without anything being loaded`() throws {
        let ended = engine.withoutCanary(of: "beat")
        #expect(ended.roles["beat"]?.canary == nil)
        #expect(ended.models.count == 1)
        #expect(ended.tally === engine.tally)
        #expect(engine.withoutCanary(of: "other").models.count == 2)
    }

    @Test func `leaves a lane's other detectors as they are when it ends`() throws {
        let handle = try handle("beat/1")
        let lane = engine.makeLane(time: StillTime(), lot: lot)
        let usual = readings((0..<30).map { [.number(Double(60 + $0 % 5))] }) { _ in "bed" }
        _ = lane.findings(model: handle, readings: usual, rows: 0..<30)
        let ended = engine.withoutCanary(of: "beat")
        lane.adopt(ended)
        let bound = try #require(
            try ended.bind(named: "beat/1", fields: fields("rate"), owner: "vital")
        )
        let odd = readings([[.number(900)]]) { _ in "bed" }
        let found = lane.findings(model: bound.handle, readings: odd, rows: 0..<1)
        #expect(found[0]?.classification?.label == "anomaly")
    }
}
