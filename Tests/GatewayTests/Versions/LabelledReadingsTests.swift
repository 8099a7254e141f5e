// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import FoundationEssentials
import Infer
import Testing
import Trace
import Vocabulary

@testable import Gateway

@Suite struct `Labelled readings of a trace` {
    /// Version 1 says `fine` of everything, version 2 `fault` of nearly all after two readings.
    private static var files: [String: String] {
        var files = Presses.files
        files["models/pulse/2/model.yaml"] = """
            kind: detector
            detector: { type: robust-z, feature: force, warm_up: 2, threshold: 0 }
            labels: [fine, fault]
            """
        return files
    }

    private func decision(_ number: Int, audit: Double = 1) -> TraceDecision {
        let time = WallTime(nanoseconds: Int64(number) * 1_000_000_000)
        var decision = TraceDecision(
            id: DecisionID(high: 1, low: UInt64(number)),
            policy: "press",
            version: "1",
            topic: "plant/4/press",
            device: "4",
            time: time,
            arrived: time,
            fields: [.init(name: "force", value: .number(Double(number % 5)))],
            rule: "ask",
            route: .escalate
        )
        decision.audit = audit
        return decision
    }

    private func verdict(
        _ number: Int,
        _ label: String,
        _ source: TraceVerdict.Source = .cloud
    ) -> TraceLine {
        .verdict(
            TraceVerdict(
                id: DecisionID(high: 1, low: UInt64(number)),
                label: label,
                source: source
            )
        )
    }

    private func readings(
        _ lines: [TraceLine],
        _ site: CheckedSite,
        _ folder: SiteFolder
    ) throws -> LabelledReadings {
        let header = TraceHeader(
            site: "plant-4",
            started: WallTime(nanoseconds: 0),
            scope: .local,
            program: "0.1.0"
        )
        var bytes: [UInt8] = []
        for line in [.header(header)] + lines { line.write(into: &bytes) }
        let path = folder.path + "/trace.jsonl"
        try Data(bytes).write(to: URL(filePath: path))
        let policy = try #require(site.policy("press"))
        return try LabelledReadings(traces: [path], policy: policy)
    }

    private func engine(_ folder: SiteFolder) throws -> CoreEngine {
        let (engine, _) = CoreEngine.load(
            repository: folder.path + "/models",
            shownAs: "models",
            versions: .all,
            logger: silence
        )
        return try #require(engine)
    }

    @Test func `tell how often each version is right`() throws {
        let folder = try SiteFolder(Self.files)
        let site = try #require(folder.check().site)
        var lines = (0..<40).map { TraceLine.decision(decision($0)) }
        // Nobody answered the first ten; a person corrects the cloud once.
        for number in 10..<40 { lines.append(verdict(number, number < 34 ? "fault" : "fine")) }
        lines.append(verdict(39, "fault", .operator))
        let readings = try readings(lines, site, folder)
        #expect(readings.count == 30)
        let engine = try engine(folder)
        func score(_ version: String) throws -> LabelledReadings.Score {
            try readings.score(of: ModelReference(name: "pulse", version: version), in: engine)
        }
        let (one, two) = (try score("1"), try score("2"))
        #expect(one.count == 30 && two.count == 30)
        #expect(abs(one.accuracy - 5.0 / 30) < 1e-12)
        #expect(two.accuracy > 0.75)
    }

    @Test func `weigh what was drawn seldom for what was not drawn`() throws {
        let folder = try SiteFolder(Self.files)
        let site = try #require(folder.check().site)
        var lines: [TraceLine] = []
        for number in 0..<20 {
            lines.append(.decision(decision(number, audit: number < 10 ? 1 : 0.1)))
            lines.append(verdict(number, number < 10 ? "fault" : "fine"))
        }
        let readings = try readings(lines, site, folder)
        let reference = ModelReference(name: "pulse", version: "1")
        let score = try readings.score(of: reference, in: try engine(folder))
        #expect(abs(score.accuracy - 100.0 / 110) < 1e-12)
    }

    @Test func `are refused where nobody has answered, and windows where readings lack`() throws {
        var files = Self.files
        files["models/pulse/2/model.yaml"] = """
            kind: detector
            detector: { type: robust-z, feature: mean(force) }
            window: { count: 4 }
            """
        let folder = try SiteFolder(files)
        let site = try #require(folder.check().site)
        #expect(throws: Diagnostic.self) {
            try readings([.decision(decision(1))], site, folder)
        }
        var whole = decision(1)
        for isWhole in [false, true] {
            whole.isWhole = isWhole
            let readings = try readings([.decision(whole), verdict(1, "fine")], site, folder)
            let reference = ModelReference(name: "pulse", version: "2")
            let engine = try engine(folder)
            let score = try? readings.score(of: reference, in: engine)
            // One reading completes no window of four.
            #expect(score == (isWhole ? .init(accuracy: 0, count: 0) : nil))
        }
    }
}
