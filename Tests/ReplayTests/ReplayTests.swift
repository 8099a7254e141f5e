// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Gateway
import Testing
import Trace
import Vocabulary

@testable import Replay

@Suite struct `A replay` {
    private let workshop: Workshop

    init() throws { workshop = try Workshop() }

    /// 40 readings, the score rising from 0.5; the cloud answers every question and calls it a fault.
    private func traffic() throws -> [TraceLine] {
        var lines: [TraceLine] = []
        for number in 0..<40 as Range<UInt64> {
            let score = 0.5 + Double(number) / 80
            let decision = try workshop.decision(number, score: score)
            lines.append(.decision(decision))
            if decision.route == .escalate { lines.append(workshop.verdict(number, "fault")) }
        }
        return lines
    }

    @Test func `fills the windows of another model with every reading`() throws {
        var lines = try traffic()
        for index in lines.indices {
            guard case .decision(var decision) = lines[index] else { continue }
            decision.isWhole = true
            lines[index] = .decision(decision)
        }
        try workshop.gatherWindows()
        let report = try workshop.replay(lines)
        // 40 readings of one device: the windows end with readings 4, 6, 8 … 40.
        #expect(report.decisions == 19)
        #expect(report.gathered == 21)
        #expect(report.freshFindings == 19)
        #expect(report.recordedFindings == 0)
        #expect(report.unmatched == 0)
        #expect(report.text.contains("21 readings complete no window now"))
    }

    @Test func `changes nothing under the policy that was recorded`() throws {
        let report = try workshop.replay(try traffic())
        #expect(report.decisions == 40)
        #expect(report.changed == 0)
        #expect(report.otherRule == 0)
        #expect(report.recordedFindings == 40)
        #expect(report.freshFindings == 0)
        #expect(report.former.ways == [16, 0, 24, 0, 0])
        #expect(report.tried.ways == report.former.ways)
        #expect(report.tried.answered == 24)
        #expect(report.text.contains("0 decisions changed"))
    }

    @Test func `shows what another threshold changes, and by which values`() throws {
        let report = try workshop.replay(try traffic(), threshold: 0.7)
        #expect(report.changed == 8)
        #expect(report.changes.map(\.count) == [8])
        #expect(report.changes.first?.from == "escalate")
        #expect(report.changes.first?.to == "act")
        let example = try #require(report.examples.first)
        #expect(report.examples.count == 3)
        #expect(example.from.rule == "ask")
        #expect(example.to.rule == "sure")
        #expect(
            example.values.map { "\($0.variable) \($0.value)" } == ["score 0.7", "threshold 0.7"]
        )
        #expect(report.tried.calls == 16)
        // The cloud called those eight a fault and is not heard any more.
        #expect(report.tried.agreement.share == 0)
        #expect(report.tried.agreement.count == 8)
    }

    @Test func `does not depend on the batch, and says the same twice`() throws {
        let whole = try workshop.replay(try traffic(), threshold: 0.7)
        for size in [1, 7, 512] {
            let again = try workshop.replay(try traffic(), threshold: 0.7) { $0.batchSize = size }
            #expect(again.json == whole.json)
            #expect(again.page == whole.page)
            #expect(again.text == whole.text)
        }
    }

    @Test func `tells escalations in time from those that miss`() throws {
        let lines: [TraceLine] = [
            .decision(try workshop.decision(1, score: 0.5)),
            .decision(try workshop.decision(2, score: 0.5)),
            .decision(try workshop.decision(3, score: 0.5, left: .milliseconds(30))),
            .decision(try workshop.decision(4, score: 0.5)),
            .decision(try workshop.decision(5, score: 0.5)),
            workshop.verdict(1, "fine"), workshop.verdict(3, "fine"),
            workshop.verdict(4, "fault", 900, isLate: true),
            // From the backlog, where it was asked again.
            workshop.verdict(5, "fault", 20, isLate: true),
        ]
        let report = try workshop.replay(lines) { $0.pricePerCall = 0.5 }
        #expect(report.tried.answered == 1)
        #expect(report.tried.missed == 3)
        #expect(report.tried.unknown == 1)
        #expect(report.tried.calls == 5)
        #expect(report.tried.money == 2.5)
        #expect(report.tried.asked.samples == 4)
        // Those that missed acted on `fine`; the cloud called two of them a fault.
        #expect(report.tried.right.count == 4)
        #expect(report.tried.right.share == 0.5)
    }

    @Test func `knows that a cloud that was down would not have answered`() throws {
        let lines: [TraceLine] = [
            .decision(try workshop.decision(1, score: 0.9, isUp: false)),
            workshop.verdict(1, "fine", isLate: true),
        ]
        try workshop.write(
            "new/press/policy.yaml",
            Workshop.policy.split(separator: "when: cloud.up, ").joined(
                separator: #"when: "true", "#
            )
        )
        let findings = try workshop.site().replacing(policies: workshop.folder + "/new")
        let site = try #require(findings.site)
        let changed = try #require(site.replacing(threshold: 1, ofPolicy: "press"))
        let report = try workshop.replay(lines) { $0.site = changed }
        #expect(report.changed == 1)
        #expect(report.tried.missed == 1)
    }

    @Test func `compares two sets of policies`() throws {
        let site = try workshop.site()
        let former = try #require(site.replacing(threshold: 0.6, ofPolicy: "press"))
        let report = try workshop.replay(try traffic(), threshold: 0.6) { $0.former = former }
        #expect(report.changed == 0)
        #expect(report.former.ways == [32, 0, 8, 0, 0])
    }

    @Test func `takes one policy's own folder`() throws {
        let site = try workshop.site()
        let own = site.replacing(policies: workshop.folder + "/Policies/press/")
        #expect(own.site?.policyNames == ["press"])
        let bad = site.replacing(policies: workshop.folder + "/nowhere")
        #expect(bad.site == nil)
        #expect(!bad.diagnostics.isEmpty)
    }

    @Test func `runs the model where another one is asked`() throws {
        var lines: [TraceLine] = []
        for number in 0..<30 as Range<UInt64> {
            var decision = try workshop.decision(number, score: 0.9)
            decision.finding?.digest = "another model"
            if number == 29 { decision.fields[0].value = .number(1_000) }
            lines.append(.decision(decision))
        }
        let report = try workshop.replay(lines)
        #expect(report.freshFindings == 30)
        // How long the other model took says nothing of this one.
        #expect(report.tried.local.samples == 0)
        // The last is like none before it.
        #expect(report.tried.rules.first?.rules.first { $0.name == "sure" }?.count ?? 0 >= 1)
    }

    @Test func `keeps the recorded latency of a model that runs again`() throws {
        let report = try workshop.replay(try traffic()) { $0.runsModels = true }
        #expect(report.freshFindings == 40)
        #expect(report.tried.local.samples + report.tried.answered + report.tried.unknown == 40)
        #expect(report.tried.local.p50.map { abs($0 - 0.4) < 0.01 } ?? true)
    }

    @Test func `weighs audited answers by how rarely they are asked for`() throws {
        var lines: [TraceLine] = []
        for number in 0..<4 as Range<UInt64> {
            var decision = try workshop.decision(number, score: 0.9)
            decision.audit = number == 0 ? 0.01 : 1
            lines.append(.decision(decision))
            lines.append(workshop.verdict(number, number == 0 ? "fine" : "fault", isLate: true))
        }
        let report = try workshop.replay(lines)
        let agreement = report.tried.agreement
        #expect(agreement.count == 4)
        #expect(abs((agreement.share ?? 0) - 100.0 / 103) < 1e-12)
        #expect(agreement.effectiveCount < 1.1)
    }

    @Test func `believes a person before the cloud`() throws {
        let decision = try workshop.decision(1, score: 0.5)
        let labels = [decision.id: "fine"]
        let lines = [TraceLine.decision(decision), workshop.verdict(1, "fault")]
        #expect(try workshop.replay(lines).tried.right.share == 1)
        let report = try workshop.replay(lines) { $0.labels = labels }
        #expect(report.tried.right.share == 0)
        #expect(report.truth == "labels")
    }
}
