// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Infer
import Spool
import TestKit
import Testing
import Vocabulary

@testable import Gateway

/// Two policies that want the plant's real model of bearings.
private struct Bearings {
    static let runtime = ProcessInfo.processInfo.environment["SLUICE_ONNXRUNTIME"]

    static func policy(_ name: String, _ more: String = "") -> String {
        """
        policy: \(name)
        match: { topic: plant/+line/bearing }
        reading:
          device: "{line}"
          time: ts
          sequence: n
          fields:
            vib: { path: vib, type: samples }
            temp: { path: temp, type: number, required: false }
            current: { path: current, type: number }
        model: wear
        \(more)
        otherwise: { route: act }
        actions:
          - { name: note, publish: { topic: "\(name)/{line}" } }
        """
    }

    let models: SiteFolder
    let rig: Rig

    init(_ policies: [String: String]) throws {
        models = try SiteFolder([:])
        let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        try FileManager.default.createDirectory(
            atPath: "\(models.path)/wear",
            withIntermediateDirectories: true
        )
        try FileManager.default.copyItem(
            atPath: "\(root)/Integration/models/edge/bearing-wear/1",
            toPath: "\(models.path)/wear/1"
        )
        var files = [
            "sluice.yaml": """
            broker: { url: mqtt://127.0.0.1:1883 }
            inputs: [{ name: bearings, topics: ["plant/+/bearing"] }]
            models: { path: \(models.path), runtime: \(Self.runtime ?? "") }
            policies: { path: Policies }
            spool: { path: spool.sqlite }
            """
        ]
        for (name, text) in policies { files["Policies/\(name)/policy.yaml"] = text }
        rig = try Rig(files)
    }

    func payload(_ number: Int, temp: String = "40") -> String {
        let vib = (0..<64).map { $0 % 2 == 0 ? "0.5" : "-0.25" }.joined(separator: ",")
        return
            "{\"n\":\(number),\"ts\":1700000000000,\"vib\":[\(vib)],\"temp\":\(temp),\"current\":3}"
    }
}

@Suite(.enabled(if: Bearings.runtime != nil, "SLUICE_ONNXRUNTIME names no libonnxruntime.so"))
struct `A round of inference` {
    @Test func `puts the readings of all policies that want one model in one run`() throws {
        let bearings = try Bearings([
            "a": Bearings.policy("a"), "b": Bearings.policy("b"), "c": Bearings.policy("c"),
        ])
        let rig = bearings.rig
        let path = rig.path()
        path.receive(
            rig.burst(bearings.payload(1), bearings.payload(2), on: "plant/4/bearing")
        )
        try path.settle()
        #expect(rig.parts.engine?.tally.runs == 1)
        #expect(rig.parts.engine?.tally.findings == 6)
        // Policy by policy, as before.
        #expect(rig.publisher.topics == ["a/4", "a/4", "b/4", "b/4", "c/4", "c/4"])
        #expect(rig.count(#"sluice_infer_runs_total{model="wear/1",rows="8"}"#) == 1)
        #expect(rig.count(#"sluice_infer_readings_total{model="wear/1"}"#) == 6)
    }

    @Test func `keeps no model of an edition that is gone, where the next one asks none`() throws {
        let bearings = try Bearings(["a": Bearings.policy("a")])
        let rig = bearings.rig
        let path = rig.path()
        path.receive(rig.burst(bearings.payload(1), on: "plant/4/bearing"))
        weak let runtime = path.runtimes.first
        #expect(runtime != nil)
        rig.board.replace(digest: "d2", policies: [])
        path.adoptPolicies()
        #expect(runtime == nil)
        #expect(path.inference?.asked.isEmpty == true)
    }

    @Test func `fails the reading that lacks a field, of the policy that wants it, alone`() throws {
        let failed = """
            rules: [{ name: failed, when: model.failed, route: drop }]
            """
        let bearings = try Bearings([
            "a": Bearings.policy("a", failed), "b": Bearings.policy("b", failed),
        ])
        let path = bearings.rig.path()
        path.receive(
            bearings.rig.burst(
                bearings.payload(1),
                bearings.payload(2, temp: "null"),
                bearings.payload(3),
                on: "plant/4/bearing"
            )
        )
        #expect(bearings.rig.publisher.topics == ["a/4", "a/4", "b/4", "b/4"])
        #expect(bearings.rig.count(#"sluice_infer_failed_total{model="wear/1"}"#) == 2)
    }

    @Test func `skips what would be late, where the policy says what becomes of it`() throws {
        let late = """
            deadline: 100ms
            rules: [{ name: late, when: model.skipped, route: drop }]
            """
        let patient = """
            deadline: 100ms
            rules: [{ name: never, when: model.failed, route: drop }]
            """
        let bearings = try Bearings([
            "late": Bearings.policy("late", late), "patient": Bearings.policy("patient", patient),
        ])
        let rig = bearings.rig
        let path = rig.path()
        path.receive(rig.burst(bearings.payload(1), on: "plant/4/bearing"))
        #expect(rig.publisher.topics == ["late/4", "patient/4"])
        rig.clock.advance(by: .milliseconds(900))
        path.receive(rig.burst(bearings.payload(2), on: "plant/4/bearing"))
        #expect(rig.publisher.topics == ["late/4", "patient/4", "patient/4"])
        #expect(rig.count(#"sluice_infer_skipped_total{model="wear/1"}"#) == 1)
        #expect(rig.parts.engine?.tally.skipped == 1)
        #expect(try rig.logged().map(\.rule).suffix(2) == ["late", "otherwise"])
    }

    @Test func `is no decision of a reading that no rule speaks of and that was skipped`() throws {
        let more = """
            deadline: 100ms
            rules: [{ name: r, when: 'model.skipped && confidence > 0.5', route: act }]
            """
        let text = try Bearings.policy("late", more)
            .replacing(once: "otherwise: { route: act }", with: "otherwise: { route: drop }")
        let bearings = try Bearings(["late": text])
        let path = bearings.rig.path()
        bearings.rig.clock.advance(by: .milliseconds(900))
        path.receive(bearings.rig.burst(bearings.payload(1), on: "plant/4/bearing"))
        try path.settle()
        #expect(try bearings.rig.letters().map(\.code) == ["no_finding"])
    }
}

@Suite struct `The meters of runs` {
    @Test(arguments: [
        (0, "1"), (1, "1"), (2, "2"), (3, "4"), (4, "4"), (5, "8"), (512, "512"), (513, "more"),
        (65_536, "more"),
    ])
    func `tell sizes apart by powers of two`(rows: Int, name: String) {
        #expect(RunMeters.name(ofSize: RunMeters.size(of: rows)) == name)
    }
}

@Suite struct `What is kept of a finding` {
    private let decision = Decision(
        id: DecisionID(high: 0, low: 1),
        policy: "p",
        policyVersion: "1",
        device: "d",
        time: WallTime(nanoseconds: 0),
        rule: "r",
        route: .act,
        standing: .provisional,
        model: ModelReference(name: "m", version: "2")
    )

    private func kept(_ outcome: Finding.Outcome) throws -> Finding {
        let model = ModelReference(name: "m", version: "2")
        let finding = Finding(model: model, outcome: outcome, latency: .seconds(1), stage: 2)
        let local = OpenDecision.Local(decision, finding)
        let read = try JSONDecoder().decode(
            OpenDecision.Local.self,
            from: JSONEncoder().encode(local)
        )
        return try #require(read.finding)
    }

    @Test func `is the number, and whose`() throws {
        let finding = try kept(.value(37.5))
        #expect(finding.value == 37.5)
        #expect(finding.stage == 2)
        #expect(finding.model.version == "2")
    }

    @Test func `is the objects`() throws {
        let found = [Finding.Detection(label: "bolt", score: 0.5, box: [0, 0.25, 0.5, 1])]
        #expect(try kept(.detections(found)).detections == found)
        #expect(try kept(.detections([])).detections == [])
    }

    @Test func `is why there is none`() throws {
        #expect(try kept(.skipped(reason: "late")).isSkipped)
        #expect(try kept(.skipped(reason: "late")).absence == "late")
        #expect(try kept(.failed(reason: "NaN")).absence == "NaN")
        #expect(try !kept(.failed(reason: "NaN")).isSkipped)
    }
}
