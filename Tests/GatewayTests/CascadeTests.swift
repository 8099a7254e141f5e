// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Infer
import Testing
import Vocabulary

@testable import Gateway

/// Two real models, the plant's small and large one of bearings, as the stages of one policy.
private struct Cascade {
    static let runtime = ProcessInfo.processInfo.environment["SLUICE_ONNXRUNTIME"]

    static let policy = """
        policy: bearing
        match: { topic: plant/+line/bearing }
        reading:
          device: "{line}"
          time: ts
          sequence: n
          fields:
            vib: { path: vib, type: samples }
            temp: { path: temp, type: number }
            current: { path: current, type: number }
            stop: { path: stop, type: number, required: false }
        stages:
          - { model: tiny, accept: stop > 0.0 }
          - { model: large }
        rules:
          - { name: first, when: 'stage == 1 && model.name == "tiny"', route: act }
          - { name: second, when: 'stage == 2 && model.name == "large"', route: drop }
        otherwise: { route: act }
        actions:
          - { name: note, publish: { topic: "notes/{line}" } }
        """

    let models: SiteFolder
    let rig: Rig

    init() throws {
        models = try SiteFolder([:])
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        for (name, source) in [
            ("tiny", "edge/bearing-wear/1"), ("large", "cloud/bearing-wear-large/1"),
        ] {
            try FileManager.default.createDirectory(
                atPath: "\(models.path)/\(name)",
                withIntermediateDirectories: true
            )
            try FileManager.default.copyItem(
                atPath: "\(root)/Integration/models/\(source)",
                toPath: "\(models.path)/\(name)/1"
            )
        }
        rig = try Rig([
            "sluice.yaml": """
            broker: { url: mqtt://127.0.0.1:1883 }
            inputs: [{ name: bearings, topics: ["plant/+/bearing"] }]
            models: { path: \(models.path), runtime: \(Self.runtime ?? "") }
            policies: { path: Policies }
            spool: { path: spool.sqlite }
            """,
            "Policies/bearing/policy.yaml": Self.policy,
        ])
    }

    func payload(_ number: Int, stop: Double?) -> String {
        let vib = (0..<64).map { $0 % 2 == 0 ? "0.5" : "-0.25" }.joined(separator: ",")
        let end = stop.map { ",\"stop\":\($0)" } ?? ""
        return
            "{\"n\":\(number),\"ts\":1700000000000,\"vib\":[\(vib)],\"temp\":40,\"current\":3\(end)}"
    }
}

@Suite(.enabled(if: Cascade.runtime != nil, "SLUICE_ONNXRUNTIME names no libonnxruntime.so"))
struct `A cascade of models` {
    @Test func `stops at the first stage whose condition holds, and runs the next for the rest`()
        throws
    {
        let cascade = try Cascade()
        let path = cascade.rig.path()
        path.receive(
            cascade.rig.burst(
                cascade.payload(1, stop: 1),
                cascade.payload(2, stop: 0),
                cascade.payload(3, stop: 1),
                cascade.payload(4, stop: 0),
                on: "plant/4/bearing"
            )
        )
        try path.settle()
        let words = try cascade.rig.logged().map(\.rule)
        #expect(words.sorted() == ["first", "first", "second", "second"])
        #expect(cascade.rig.publisher.topics == ["notes/4", "notes/4"])
        // Four readings for the first stage, and the two that it did not settle for the second.
        #expect(cascade.rig.parts.engine?.tally.findings == 6)
    }

    @Test func `goes on where a stage's condition cannot be evaluated, and counts it`() throws {
        let cascade = try Cascade()
        let path = cascade.rig.path()
        path.receive(
            cascade.rig.burst(cascade.payload(1, stop: nil), on: "plant/4/bearing")
        )
        #expect(try cascade.rig.logged().map(\.rule) == ["second"])
        #expect(cascade.rig.count("sluice_decide_condition_failures_total") == 1)
    }

    @Test func `is rehearsed stage by stage`() throws {
        let cascade = try Cascade()
        let findings = cascade.rig.folder.check()
        let site = try #require(findings.site)
        let rehearsal = try Rehearsal(site: site, policy: "bearing")
        func stages(_ stop: Double) throws -> [[Int]] {
            let payload = Array(cascade.payload(1, stop: stop).utf8)
            return try rehearsal.readings(topic: "plant/4/bearing", payload: payload)
                .map { $0.findings.map(\.stage) }
        }
        #expect(try stages(1) == [[1]])
        #expect(try stages(0) == [[1, 2]])
    }
}
