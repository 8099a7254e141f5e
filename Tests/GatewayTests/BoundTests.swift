// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Escalate
import FoundationEssentials
import Spool
import Telemetry
import TestKit
import Testing
import Vocabulary

@testable import Gateway

extension Rig {
    var policy: Policy { board.edition.policies[0].policy }
    var bounds: BoundBoard { parts.bounds }

    /// Rows of audited readings numbered `numbers`, leased.
    func auditRows(_ numbers: ClosedRange<Int>) throws -> [SpoolRow] {
        let path = path()
        for number in numbers {
            path.receive(burst(Presses.payload(number, want: "quiet")))
        }
        try path.settle()
        return try spool.lease([.audit], limit: 1_000)
    }

    /// Concludes a row as the drain does: the change and the acknowledgement at once.
    func conclude(_ row: SpoolRow, _ label: String) async throws {
        var change = await desk.conclude(row, verdict(label))
        change.acknowledgements.append(row.id)
        try spool.commit(change)
    }

    var report: BoundReport {
        BoundReport(
            of: policy,
            bounds: bounds.bounds(of: policy),
            facts: bounds.facts(of: policy),
            uplink: .online,
            started: clock.wallTime,
            now: clock.wallTime
        )
    }

    /// The lines of the decision log that are labels.
    func labels() throws -> [String] {
        log.flush()
        let data = FileManager.default.contents(atPath: folder.path + "/decisions.jsonl")
        return String(decoding: data ?? Data(), as: UTF8.self).split(separator: "\n")
            .map(String.init).filter { $0.contains(#""verdict":"#) }
    }
}

@Suite struct `A running bound` {
    @Test func `counts an audit's verdict, publishes nothing and rings no bell`() async throws {
        let rig = try Rig(try Presses.audited())
        let row = try #require(try rig.auditRows(1...1).first)
        try await rig.conclude(row, "fault")
        #expect(rig.publisher.topics.isEmpty)
        #expect(try rig.rows().isEmpty)
        #expect(rig.bounds.facts(of: rig.policy).samples == 1)
        #expect(rig.bounds.facts(of: rig.policy).estimate == 1)
        let line = try #require(try rig.labels().first)
        #expect(line.contains(#""verdict":"audit""#))
        #expect(line.contains(#""label":"fault""#))
        #expect(line.contains(#""local_label":"fine""#))
        #expect(line.contains(#""agrees":false"#))
        #expect(line.contains(#""propensity":1"#))
    }

    @Test func `holds once the evidence allows to say so`() async throws {
        let rig = try Rig(try Presses.audited(bound: "10%"))
        #expect(rig.report.state == .unverified)
        #expect(rig.report.unverifiedReason == "too few audits")
        for row in try rig.auditRows(1...80) { try await rig.conclude(row, "fine") }
        let report = rig.report
        #expect(report.state == .holding)
        #expect(report.upper <= 0.1)
        #expect(report.samples == 80 && report.disagreements == 0)
        #expect(report.cloud == "press-large/7")
        #expect(report.unverifiedSince == nil)
        #expect(report.warning == nil)
    }

    @Test func `breaks for good once its whole interval lies above the bound`() async throws {
        let rig = try Rig(try Presses.audited(bound: "10%"))
        for row in try rig.auditRows(1...12) { try await rig.conclude(row, "fault") }
        #expect(rig.report.state == .broken)
        #expect(rig.report.lower > 0.1)
        #expect(rig.report.warning?.contains("is broken") == true)
        let since = rig.report.brokenSince
        for row in try rig.auditRows(13...200) { try await rig.conclude(row, "fine") }
        #expect(rig.report.state == .broken)
        #expect(rig.report.brokenSince == since)
    }

    @Test func `counts each verdict once over kill -9 at any moment`() async throws {
        let first = try Rig(try Presses.audited(bound: "10%"))
        let rows = try first.auditRows(1...6)
        try await first.conclude(rows[0], "fault")
        try await first.conclude(rows[1], "fine")
        // Its verdict came and was counted in memory; the process ends before it is stored.
        _ = await first.desk.conclude(rows[2], verdict("fault"))
        let killed = try first.temporary.copyAfterKill()
        let rig = try Rig(try Presses.audited(bound: "10%"), on: killed)
        let stored = try BoundBoard(from: rig.spool, policies: ["press"])
        #expect(stored.facts(of: rig.policy).samples == 2)
        #expect(stored.bounds(of: rig.policy).first?.disagreements == 1)
        let left = try rig.spool.lease([.audit], limit: 10)
        #expect(left.map(\.key) == rows.dropFirst(2).map(\.key))
    }

    @Test func `counts a reading once that was decided again after its row was gone`()
        async throws
    {
        let rig = try Rig(try Presses.audited())
        let row = try #require(try rig.auditRows(1...1).first)
        try await rig.conclude(row, "fault")
        try await rig.conclude(row, "fault")
        #expect(rig.bounds.facts(of: rig.policy).samples == 1)
    }

    @Test func `begins anew with another edition, another model and another answer of the cloud's`()
        async throws
    {
        let rig = try Rig(try Presses.audited())
        let rows = try rig.auditRows(1...3)
        try await rig.conclude(rows[0], "fault")
        var other = verdict("fine")
        other.model = ModelReference(name: "press-large", version: "8")
        _ = await rig.desk.conclude(rows[1], other)
        let facts = rig.bounds.facts(of: rig.policy)
        // Of two versions of the cloud's model conditions see the worse.
        #expect(facts.samples == 1 && facts.estimate == 1)
        #expect(rig.bounds.bounds(of: rig.policy).count == 2)
        let edited = try Rig(try Presses.audited(bound: "11%"))
        rig.board.replace(digest: "d2", policies: edited.board.edition.policies)
        var unknown = BoundFacts.unknown
        unknown.cloud = "press-large/8"
        #expect(rig.bounds.facts(of: rig.policy) == unknown)
        // What was decided under the former edition is a label, and no evidence on this one.
        try await rig.conclude(rows[2], "fault")
        #expect(rig.bounds.facts(of: rig.policy) == unknown)
        #expect(try rig.labels().count == 3)
    }

    @Test func `weighs what a thinned class has left`() async throws {
        let rig = try Rig(try Presses.audited("50%", bound: "10%"))
        var rows = try rig.auditRows(1...40)
        let count = rows.count
        for index in rows.indices { rows[index].thinning = index % 2 == 0 ? 0 : 1 }
        for (index, row) in rows.enumerated() {
            try await rig.conclude(row, index % 2 == 0 ? "fine" : "fault")
        }
        let halves = Double(count / 2)
        let wanted = halves * 4 / (halves * 4 + (Double(count) - halves) * 2)
        #expect(abs(rig.report.estimate - wanted) < 1e-9)
    }

    @Test func `keeps nothing local once the cloud answers as one that nobody tuned for`()
        async throws
    {
        let rule = "- { name: sure, when: 'threshold <= 1.0', route: act }"
        var files = try Presses.audited()
        files["Policies/press/policy.yaml"] = try files["Policies/press/policy.yaml"]?
            .replacing(once: "rules:\n", with: "rules:\n  \(rule)\n")
            .replacing(once: "certainty: 95% }", with: "certainty: 95%, cloud: press-large/7 }")
            .replacing(once: "otherwise: { route: act }", with: "otherwise: { route: defer }")
        let rig = try Rig(files)
        let path = rig.path()
        func word(_ number: Int) throws -> [String] {
            path.receive(rig.burst(Presses.payload(number, want: "quiet")))
            try path.settle()
            return try rig.words().suffix(1)
        }
        #expect(try word(1) == ["sure act final fine"])
        let name = rig.policy.name
        rig.bounds.answered(name, by: ModelReference(name: "press-large", version: "8"))
        #expect(try word(2) == ["otherwise defer provisional fine"])
        #expect(
            rig.report.warning
                == "the cloud answers as press-large/8, for which no threshold was tuned: nothing "
                + "counts as sure; tune one"
        )
        rig.bounds.answered(name, by: ModelReference(name: "press-large", version: "7"))
        #expect(try word(3) == ["sure act final fine"])
        #expect(rig.report.warning == nil)
    }

    @Test func `widens escalation while it is broken, where the policy says so`() async throws {
        let rule = "- { name: sure, when: 'threshold <= 1.0', route: act }"
        func words(_ response: String) async throws -> [String] {
            var files = try Presses.audited(bound: "10%", response: response)
            files["Policies/press/policy.yaml"] = try files["Policies/press/policy.yaml"]?
                .replacing(once: "rules:\n", with: "rules:\n  \(rule)\n")
                .replacing(
                    once: "otherwise: { route: act }",
                    with: "otherwise: { route: defer }"
                )
            let rig = try Rig(files)
            for row in try rig.auditRows(1...12) { try await rig.conclude(row, "fault") }
            #expect(rig.report.state == .broken)
            let path = rig.path()
            path.receive(rig.burst(Presses.payload(900, want: "quiet")))
            try path.settle()
            return try rig.words().suffix(1)
        }
        let alarm = try await words("alarm")
        #expect(alarm == ["sure act final fine"])
        let escalate = try await words("escalate")
        #expect(escalate == ["otherwise defer provisional fine"])
    }

    @Test func `says since when nobody checks it`() throws {
        let rig = try Rig(try Presses.audited("0%"))
        #expect(rig.report.unverifiedReason == "nothing is audited")
        let audited = try Rig(try Presses.audited())
        let report = BoundReport(
            of: audited.policy,
            bounds: [],
            facts: .unknown,
            uplink: .offline,
            started: audited.clock.wallTime,
            now: audited.clock.wallTime + .seconds(60)
        )
        #expect(report.unverifiedReason == "the cloud is away")
        #expect(report.unverifiedSince == audited.clock.wallTime.rfc3339)
        #expect(report.state == .unverified)
    }
}
