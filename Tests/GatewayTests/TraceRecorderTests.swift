// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import FoundationEssentials
import Telemetry
import TestKit
import Testing
import Trace
import Vocabulary

@testable import Gateway

@Suite struct `A trace recorder` {
    private let rig: Rig
    private let path: String

    init() throws {
        rig = try Rig()
        path = rig.folder.path + "/trace.jsonl"
    }

    private func lines() throws -> [TraceLine] {
        rig.parts.recorder.flush()
        let reader = try TraceReader(paths: [path])
        var lines: [TraceLine] = []
        while let line = try reader.next() { lines.append(line) }
        return lines
    }

    private func decisions() throws -> [TraceDecision] {
        try lines().compactMap { line in
            guard case .decision(let decision) = line else { return nil }
            return decision
        }
    }

    private func text() throws -> String {
        rig.parts.recorder.flush()
        return try String(contentsOfFile: path, encoding: .utf8)
    }

    @Test func `records nothing until it is asked to`() throws {
        #expect(!rig.parts.recorder.isActive)
        rig.path().receive(rig.burst(Presses.payload(1)))
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `records what was seen and decided`() throws {
        _ = try rig.parts.recorder.start(RecordingRequest(path: path))
        rig.path().receive(
            rig.burst(
                Presses.payload(1),
                Presses.payload(2, want: "ask"),
                Presses.payload(3, want: "never"),
                Presses.payload(4, want: "soon")
            )
        )
        let decisions = try decisions()
        #expect(decisions.map(\.rule) == ["otherwise", "ask", "never", "soon"])
        #expect(decisions.map(\.route) == [.act, .escalate, .drop, .act])
        #expect(decisions.map(\.isProvisional) == [false, false, false, true])
        #expect(decisions.map(\.actions) == [["note"], [], [], ["note"]])
        #expect(decisions.map(\.audit) == [nil, 1, nil, 1])
        #expect(decisions.map(\.fallback) == [nil, .actProvisionally, nil, nil])
        let first = try #require(decisions.first)
        #expect(first.policy == "press")
        #expect(first.device == "4")
        #expect(first.topic == "plant/4/press")
        #expect(first.fields.map(\.name) == ["force", "want", "serial", "secret"])
        #expect(first.fields.last?.value == .number(4_711))
        #expect(first.deadline?.total == .milliseconds(250))
        let finding = try #require(first.finding)
        #expect(finding.finding.classification?.label == "fine")
        #expect(finding.digest?.count == 12)
        #expect(first.sequence == 1)
    }

    @Test func `gives the ids that words and verdicts have`() throws {
        _ = try rig.parts.recorder.start(RecordingRequest(path: path))
        rig.path().receive(rig.burst(Presses.payload(1)))
        let id = try #require(try decisions().first?.id)
        rig.log.flush()
        let log = try String(contentsOfFile: rig.folder.path + "/decisions.jsonl", encoding: .utf8)
        #expect(log.contains(id.description))
    }

    @Test func `records the words of those who know better`() throws {
        _ = try rig.parts.recorder.start(RecordingRequest(path: path))
        let id = DecisionID(high: 1, low: 2)
        let verdict = Verdict(
            label: "fault",
            confidence: 0.9,
            endpoint: "central/press",
            model: ModelReference(name: "press-large", version: "2"),
            latency: .milliseconds(61)
        )
        var decision = Decision(
            id: id,
            policy: "press",
            policyVersion: "1",
            device: "4",
            time: WallTime(nanoseconds: 0),
            rule: "ask",
            route: .escalate,
            standing: .final
        )
        rig.parts.trail.record(decision, verdict: verdict, latency: .zero)
        decision.revision = 1
        rig.parts.trail.record(decision, verdict: verdict, latency: .zero)
        let verdicts = try lines().compactMap { line -> TraceVerdict? in
            guard case .verdict(let verdict) = line else { return nil }
            return verdict
        }
        #expect(verdicts.map(\.id) == [id, id])
        #expect(verdicts.map(\.isLate) == [false, true])
        #expect(verdicts.first?.latency == .milliseconds(61))
    }

    @Test func `lets out only what the policy sends (G8)`() throws {
        _ = try rig.parts.recorder.start(RecordingRequest(path: path, scope: .outbound))
        let payload =
            #"{"ts":1750000000000,"n":77123,"force":1.5,"want":"quiet","#
            + #""serial":"SN-4711","secret":98765.25}"#
        rig.path().receive(rig.burst(payload, on: "plant/hall-9/press"))
        let text = try text()
        #expect(text.contains(#""fields":{"force":1.5},"withheld":["want","serial","secret"]"#))
        for secret in ["SN-4711", "98765", "hall-9", "77123", "quiet", "plant/"] {
            #expect(!text.contains(secret), "\(secret)")
        }
        let hash = rig.parts.key.pseudonym("hall-9")
        #expect(hash.utf8.count == 16)
        #expect(text.contains(#""device":"\#(hash)""#))
    }

    @Test func `keeps a sample by the decision's id, verdicts too`() throws {
        _ = try rig.parts.recorder.start(RecordingRequest(path: path, sample: 0.25))
        let path = rig.path()
        for number in 1...200 { path.receive(rig.burst(Presses.payload(number))) }
        let kept = try decisions()
        #expect((20...80).contains(kept.count))
        #expect(kept.allSatisfy { Double($0.id.low >> 11) * 0x1p-53 < 0.25 })
    }

    @Test func `ends when its time is up`() throws {
        let recorder = rig.parts.recorder
        _ = try recorder.start(RecordingRequest(path: path, duration: .seconds(10)))
        rig.path().receive(rig.burst(Presses.payload(1)))
        rig.clock.advance(by: .seconds(11))
        recorder.flush()
        #expect(!recorder.isActive)
        let status = try #require(recorder.statuses.first)
        #expect(status.hasEnded)
        #expect(status.lines == 1)
        rig.path().receive(rig.burst(Presses.payload(2)))
        #expect(try decisions().count == 1)
    }

    @Test func `refuses a path it cannot write, and the same path twice`() throws {
        let recorder = rig.parts.recorder
        #expect(throws: RecordingRefusal.self) {
            try recorder.start(RecordingRequest(path: "/nowhere/trace.jsonl"))
        }
        _ = try recorder.start(RecordingRequest(path: path))
        #expect(throws: RecordingRefusal.self) {
            try recorder.start(RecordingRequest(path: path))
        }
        #expect(recorder.stop().map(\.path) == [path])
        #expect(recorder.stop().isEmpty)
    }
}
