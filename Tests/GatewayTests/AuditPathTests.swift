// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import FoundationEssentials
import Spool
import TestKit
import Testing
import Vocabulary

@testable import Gateway

extension Presses {
    /// The policy with audits of `rate`, and a threshold under a stated bound.
    static func audited(
        _ rate: String = "100%",
        bound: String = "10%",
        response: String = "alarm"
    ) throws -> [String: String] {
        try changing(
            "escalate: [central]",
            to: """
                escalate: [central]
                audit: \(rate)
                when_bound_broken: \(response)
                threshold: { value: 0.5, bound: \(bound), certainty: 95% }
                """
        )
    }
}

@Suite struct `An audit's draw` {
    @Test func `takes the rate's share, and of these each class half as many as the one before`() {
        var classes = [Int](repeating: 0, count: 8)
        let count = 100_000
        for number in 0..<count {
            let lot = (Double(number) + 0.5) / Double(count)
            guard let draw = AuditDraw(lot: lot, rate: 0.25, thinning: 0) else { continue }
            classes[min(draw.drawClass, 7)] += 1
        }
        #expect(classes.reduce(0, +) == 25_000)
        #expect(classes.prefix(4) == [12_500, 6_250, 3_125, 1_563])
    }

    @Test func `is kept with the propensity that is left of the rate`() throws {
        // v = 0.3: of class 1.
        let draw = try #require(AuditDraw(lot: 0.03, rate: 0.1, thinning: 1))
        #expect(draw.drawClass == 1)
        #expect(draw.propensity() == 0.05)
        #expect(draw.propensity(thinning: 0) == 0.05)
        #expect(draw.propensity(thinning: 3) == 0.0125)
        #expect(AuditDraw(lot: 0.03, rate: 0.1, thinning: 2) == nil)
        #expect(AuditDraw(lot: 0.1, rate: 0.1, thinning: 0) == nil)
        #expect(AuditDraw(lot: 0, rate: 0.1, thinning: 0)?.drawClass == 61)
        #expect(AuditDraw(lot: 0.05, rate: 0.1, thinning: 0)?.drawClass == 0)
    }

    @Test func `is even over decisions, the same for the same one, and hidden without the key`() {
        let key = SiteKey(bytes: Array(0..<32))
        let other = SiteKey(bytes: Array(1..<33))
        let ids = (0..<4_000).map { DecisionID(high: 7, low: UInt64($0)) }
        let lots = ids.map { key.lot(of: $0) }
        #expect(lots.allSatisfy { (0..<1).contains($0) })
        #expect(abs(lots.reduce(0, +) / 4_000 - 0.5) < 0.02)
        #expect(ids.map { key.lot(of: $0) } == lots)
        #expect(ids.map { other.lot(of: $0) } != lots)
    }
}

@Suite struct `A path that audits` {
    @Test func `keeps a row for what it answers here, and acts all the same`() throws {
        let rig = try Rig(try Presses.audited())
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1, force: 8.25)))
        #expect(rig.publisher.topics == ["notes/4"])
        try path.settle()
        let listed = try rig.rows()
        #expect(listed.map(\.kind) == [.audit])
        let row = try #require(try listed.first.flatMap { try rig.spool.row($0.id) })
        let question = try OpenDecision.decoded(row.body)
        #expect(row.key == "\(question.id):0:audit")
        #expect(row.priority == .low)
        #expect(question.audit?.rate == 1)
        #expect(row.stream == question.audit.map { "\($0.drawClass)" })
        #expect(question.local.label == "fine")
        #expect(question.local.digest == rig.board.edition.policies[0].policy.modelDigest)
        #expect(question.outbound.tensors.map(\.values) == [[8.25]])
        #expect(question.payload.isEmpty)
        #expect(try rig.words() == ["otherwise act final fine"])
        #expect(rig.count("sluice_audit_readings_total") == 1)
    }

    @Test func `logs what it audits even where nothing follows from it`() throws {
        let rig = try Rig(try Presses.audited())
        let path = rig.path()
        path.receive(rig.burst(Presses.payload(1, want: "quiet")))
        try path.settle()
        #expect(try rig.rows().map(\.kind) == [.audit])
        #expect(try rig.words() == ["otherwise act final fine"])
        #expect(rig.publisher.topics.isEmpty)
    }

    @Test func `draws nothing that the cloud is asked about anyway, or that is dropped`() throws {
        let rig = try Rig(try Presses.audited())
        let path = rig.path()
        for (number, want) in ["ask", "later", "never", "soon"].enumerated() {
            path.receive(rig.burst(Presses.payload(number + 1, want: want)))
        }
        try path.settle()
        #expect(try rig.rows().map(\.kind) == [.escalation, .deferral, .deferral])
        #expect(rig.count("sluice_audit_readings_total") ?? 0 == 0)
    }

    @Test func `draws the share that the policy says, the same readings after a crash (G2)`()
        throws
    {
        let rig = try Rig(try Presses.audited("20%"))
        let payloads = (1...400).map { Presses.payload($0, want: "quiet") }
        func audited(_ rig: Rig) throws -> [String] {
            let path = rig.path()
            for payload in payloads { path.receive(rig.burst(payload)) }
            try path.settle()
            return try rig.rows().map(\.key)
        }
        let first = try audited(rig)
        #expect((50...110).contains(first.count))
        let again = try audited(try Rig(try Presses.audited("20%")))
        #expect(again == first)
    }

    @Test func `costs nothing on disk where nothing is drawn`() throws {
        let rig = try Rig(try Presses.changing("deadline: 250ms", to: "deadline: 250ms"))
        let path = rig.path()
        let commits = try rig.spool.stats().commits
        path.receive(rig.burst(Presses.payload(1)))
        #expect(path.isComplete)
        try path.settle()
        #expect(try rig.spool.stats().commits == commits)
    }
}
