// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Testing
import Trace
import Tune
import Vocabulary

@testable import sluice

@Suite struct `The threshold in a policy's text` {
    private let members = [("value", "0.83"), ("bound", "2%"), ("model", "\"5c0e12ab34cd\"")]

    private func edited(_ text: String, cloud: String? = nil) -> String {
        ThresholdEdit.edited(text, members: members, model: "5c0e12ab34cd", cloud: cloud)
    }

    @Test func `takes the place of a number and leaves every other line alone`() {
        let text = """
            # A policy.
            policy: a
            threshold: 0.8        # see the handbook

            # Rules.
            rules: []
            """
        #expect(
            edited(text) == """
                # A policy.
                policy: a
                threshold:  # see the handbook
                  value: 0.83
                  bound: 2%
                  model: "5c0e12ab34cd"

                # Rules.
                rules: []
                """
        )
    }

    @Test func `takes the place of one for the same model`() {
        let text = """
            threshold:
              value: 0.5
              model: 5c0e12ab34cd   # the old one
            rules: []

            """
        let expected = """
            threshold:
              value: 0.83
              bound: 2%
              model: "5c0e12ab34cd"
            rules: []

            """
        #expect(edited(text) == expected)
        #expect(edited(expected) == expected)
        let flow = "threshold: { value: 0.5, model: 5c0e12ab34cd }\nrules: []\n"
        #expect(edited(flow) == expected)
    }

    @Test func `stands beside those of other models`() {
        let text = """
            threshold: { value: 0.5, model: aaaaaaaaaaaa }
            rules: []
            """
        let listed = """
            threshold:
              - value: 0.5
                model: aaaaaaaaaaaa
              - value: 0.83
                bound: 2%
                model: "5c0e12ab34cd"
            rules: []
            """
        #expect(edited(text) == listed)
        #expect(edited(listed) == listed)
    }

    @Test func `is put after the model where there was none`() {
        let text = "policy: a\nmodel: b\n\nrules: []\n"
        let expected = """
            policy: a
            model: b
            threshold:
              value: 0.83
              bound: 2%
              model: "5c0e12ab34cd"

            rules: []

            """
        #expect(edited(text) == expected)
    }

    @Test func `becomes a patch`() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9"
        let new = "1\n2\n3\n4\nfive\nfive and a half\n6\n7\n8\n9"
        let expected = """
            --- a/p.yaml
            +++ b/p.yaml
            @@ -2,7 +2,8 @@
             2
             3
             4
            -5
            +five
            +five and a half
             6
             7
             8

            """
        #expect(UnifiedDiff.text(from: old, to: new, path: "p.yaml") == expected)
        #expect(UnifiedDiff.text(from: old, to: old, path: "p.yaml") == "")
        let made = "--- /dev/null\n+++ b/n\n@@ -0,0 +1,2 @@\n+a\n+b\n"
        #expect(UnifiedDiff.text(from: nil, to: "a\nb\n", path: "n") == made)
    }
}

@Suite struct `A trace to tune on` {
    private static let model = ModelReference(name: "small", version: "1")
    private static let cloud = ModelReference(name: "large", version: "2")

    private func decision(_ number: Int, audit: Double?, confidence: Double) -> TraceDecision {
        let second = Int64(number) * 60_000_000_000
        let finding = Finding(
            model: Self.model,
            outcome: .classification(
                Finding.Classification(
                    label: "bad",
                    score: confidence,
                    confidence: confidence,
                    probabilities: [1 - confidence, confidence]
                )
            ),
            latency: .zero
        )
        var decision = TraceDecision(
            id: DecisionID(high: 1, low: UInt64(number)),
            policy: "p",
            version: "v",
            topic: "t",
            device: "d",
            time: WallTime(nanoseconds: second),
            arrived: WallTime(nanoseconds: second),
            finding: TraceFinding(
                finding: finding,
                digest: "5c0e12ab34cd",
                labels: ["good", "bad"]
            ),
            rule: "sure",
            route: audit == 1 ? .escalate : .act
        )
        decision.audit = audit
        return decision
    }

    private func verdict(_ number: Int, _ label: String, person: Bool = false) -> TraceVerdict {
        TraceVerdict(
            id: DecisionID(high: 1, low: UInt64(number)),
            label: label,
            model: person ? nil : Self.cloud,
            source: person ? .operator : .cloud
        )
    }

    private func material(
        _ lines: [TraceLine],
        policy: String? = nil,
        everyLabel: Bool = false
    ) throws -> TuneMaterial {
        let header = TraceHeader(
            site: "s",
            started: WallTime(nanoseconds: 0),
            scope: .local,
            program: "test"
        )
        var bytes: [UInt8] = []
        TraceLine.header(header).write(into: &bytes)
        for line in lines { line.write(into: &bytes) }
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).jsonl")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try TuneMaterial(traces: [file.path], policy: policy, everyLabel: everyLabel)
    }

    /// A detector's decision, as it is recorded.
    private func detection(_ number: Int, _ score: Double, audit: Double? = nil) -> TraceLine {
        var decision = decision(number, audit: audit, confidence: 0.5)
        decision.finding?.labels = ["usual", "odd"]
        decision.finding?.finding.outcome = .classification(
            .init(label: score < 0.9992 ? "usual" : "odd", score: score, confidence: 0.7)
        )
        return .decision(decision)
    }

    @Test func `gives a detector's scores, and people's labels before the cloud's`() throws {
        let lines = [
            detection(1, 0.2), .verdict(verdict(1, "usual", person: true)), detection(2, 0.9999),
            .verdict(verdict(2, "leak")), detection(3, 0.99999), .verdict(verdict(3, "usual")),
            .verdict(verdict(3, "odd", person: true)), detection(4, 0.3),
        ]
        let material = try material(lines, everyLabel: true)
        #expect(material.isDetector && material.refusal == nil)
        #expect(material.samples.map(\.edge) == [[0.2], [0.9999], [0.99999]])
        #expect(material.samples.map(\.edgeLabel) == [0, 1, 1])
        #expect(material.samples.map(\.reference) == [0, 1, 1])
        #expect(material.cloud == "large/2")
        #expect(
            material.notes == ["2 of the labels are people's", "`leak` count as `odd`"]
        )
        // A bound wants decisions that the cloud was asked about.
        #expect(try self.material(lines).refusal?.reason == .unaudited)
    }

    @Test func `is refused where nobody uses a detector's own words`() throws {
        let found = try material(
            [
                detection(1, 0.2), .verdict(verdict(1, "fine")), detection(2, 0.9999),
                .verdict(verdict(2, "leak")),
            ],
            everyLabel: true
        )
        #expect(found.refusal?.reason == .oneClass)
        #expect(found.refusal?.message.contains("`fine`, `leak`") == true)
    }

    @Test func `gives decisions with their verdicts, people's words as the truth`() throws {
        let material = try material([
            .decision(decision(1, audit: 1, confidence: 0.7)), .verdict(verdict(1, "good")),
            .decision(decision(2, audit: 1, confidence: 0.9)), .verdict(verdict(2, "bad")),
            .verdict(verdict(2, "other", person: true)),
            .decision(decision(3, audit: 1, confidence: 0.9)),
        ])
        #expect(material.samples.map(\.disagrees) == [true, false])
        #expect(material.samples.map(\.truth) == [nil, 2])
        #expect(material.model?.digest == "5c0e12ab34cd")
        #expect(material.cloud == "large/2")
        #expect(material.notes == ["1 questions have no answer"])
        #expect(material.refusal == nil)
        #expect(try #require(material.rowsPerDay) > 1_000)
    }

    @Test func `takes no costs with an alarm that is no label`() {
        let rest = ",miss=9,false_alarm=1,escalation=0"
        #expect(throws: Never.self) { try TuneCommand.prices("alarm=2" + rest, labels: []) }
        #expect(throws: TuneRefusal.self) { try TuneCommand.prices("alarm=2+x" + rest, labels: []) }
    }

    @Test func `leaves out answers to other policies without a word`() throws {
        var other = decision(7, audit: 1, confidence: 0.8)
        other.policy = "q"
        var foreign = verdict(7, "good")
        foreign.model = ModelReference(name: "another", version: "1")
        let lines: [TraceLine] = [
            .decision(decision(1, audit: 1, confidence: 0.7)), .verdict(verdict(1, "good")),
            .decision(other), .verdict(foreign),
        ]
        let material = try material(lines, policy: "p")
        #expect(material.samples.count == 1)
        #expect(material.cloud == "large/2")
        #expect(material.notes.isEmpty)
    }

    @Test func `is refused where nobody asked about what was kept`() throws {
        let material = try material([
            .decision(decision(1, audit: 1, confidence: 0.7)), .verdict(verdict(1, "good")),
            .decision(decision(2, audit: nil, confidence: 0.9)),
        ])
        #expect(material.refusal?.reason == .unaudited)
        #expect(material.refusal?.advice.contains("audit: 1%") == true)
        #expect(material.refusal?.advice.contains("days") == true)
    }

    @Test func `is thinned to the share that audits ask about`() throws {
        var lines: [TraceLine] = []
        for number in 0..<2_000 {
            let isAudit = number % 2 == 0
            lines.append(.decision(decision(number, audit: isAudit ? 0.1 : 1, confidence: 0.8)))
            lines.append(.verdict(verdict(number, isAudit ? "bad" : "good")))
        }
        let material = try material(lines)
        let escalated = material.samples.count(where: \.disagrees)
        #expect(material.samples.count - escalated == 1_000)
        #expect((70...130).contains(escalated))
        #expect(material.samples.allSatisfy { $0.propensity == 0.1 })
    }
}
