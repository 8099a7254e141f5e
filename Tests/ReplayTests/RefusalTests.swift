// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Trace
import Vocabulary

@testable import Replay

@Suite struct `A replay refuses` {
    private let workshop: Workshop

    init() throws { workshop = try Workshop() }

    private func refusal(
        _ workshop: Workshop,
        _ lines: [TraceLine],
        scope: TraceScope = .local,
        runsModels: Bool = false
    ) throws -> String? {
        let path = try workshop.trace(lines, scope: scope)
        let request = ReplayRequest(
            traces: [path],
            site: try workshop.site(),
            runsModels: runsModels
        )
        do throws(Diagnostic) {
            _ = try Replay.run(request)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func `an empty trace`() throws {
        #expect(try refusal(workshop, []) == "the trace is empty")
        #expect(
            try refusal(workshop, [workshop.verdict(1, "fine")])
                == "the trace holds verdicts and no decision"
        )
    }

    @Test func `a window that the trace cannot fill`() throws {
        var lines = try (0..<8 as Range<UInt64>).map { try workshop.decision($0, score: 0.9) }
        try workshop.gatherWindows()
        func refusal(sample: Double = 1) throws -> String? {
            let path = try workshop.trace(lines.map { .decision($0) }, sample: sample)
            let request = ReplayRequest(traces: [path], site: try workshop.site())
            let error = #expect(throws: Diagnostic.self) { try Replay.run(request) }
            return error?.message
        }
        let wanted =
            "the model `pulse` looks at windows, and the trace does not hold every reading: it is a "
            + "sample, or was recorded with another model with a window"
        #expect(try refusal() == wanted)
        for index in lines.indices { lines[index].isWhole = true }
        #expect(try refusal(sample: 0.5) == wanted)
    }

    @Test func `a trace without the policy`() throws {
        var decision = try workshop.decision(1, score: 0.9)
        decision.policy = "oven"
        #expect(
            try refusal(workshop, [.decision(decision)]) == "the trace holds no decision of `press`"
        )
    }

    @Test func `traces of two sites`() throws {
        let lines = [TraceLine.decision(try workshop.decision(1, score: 0.9))]
        let request = ReplayRequest(
            traces: [
                try workshop.trace(lines),
                try workshop.trace(lines, site: "plant-5", name: "other.jsonl"),
            ],
            site: try workshop.site()
        )
        #expect(throws: Diagnostic.self) { try Replay.run(request) }
    }

    @Test func `a condition on a field that may not leave, by name`() throws {
        let policy = Workshop.policy.split(separator: "rules:\n").joined(
            separator: "rules:\n  - { name: odd, when: 'serial == \"x\"', route: drop }\n"
        )
        let workshop = try Workshop(policy: policy)
        var decision = try workshop.decision(1, score: 0.9)
        decision.fields.removeLast()
        decision.withheld = ["serial"]
        #expect(
            try refusal(workshop, [.decision(decision)], scope: .outbound)
                == "rule `odd` reads the field `serial`, which the trace leaves out: it may not leave "
                + "the site"
        )
        decision.withheld = []
        #expect(
            try refusal(workshop, [.decision(decision)])
                == "rule `odd` reads the field `serial`, which was not recorded"
        )
    }

    @Test func `a condition on the device in a trace that hides it, by way of a let too`() throws {
        let policy = Workshop.policy.split(separator: "rules:\n").joined(
            separator: "let: { mine: 'line == \"4\"' }\n"
                + "rules:\n  - { name: odd, when: mine, route: drop }\n"
        )
        let workshop = try Workshop(policy: policy)
        let lines = [TraceLine.decision(try workshop.decision(1, score: 0.9))]
        #expect(
            try refusal(workshop, lines, scope: .outbound)
                == "rule `odd` reads `line`, which a trace of scope `outbound` hides"
        )
        #expect(try refusal(workshop, lines) == nil)
    }

    @Test func `a condition on the payload`() throws {
        let policy = Workshop.policy.split(separator: "rules:\n").joined(
            separator: "rules:\n  - { name: odd, when: 'payload.x == 1.0', route: drop }\n"
        )
        let workshop = try Workshop(policy: policy)
        let lines = [TraceLine.decision(try workshop.decision(1, score: 0.9))]
        #expect(
            try refusal(workshop, lines) == "rule `odd` reads `payload`, which no trace holds"
        )
    }

    @Test func `a model whose field was removed, by name, and only when it must run`() throws {
        var decision = try workshop.decision(1, score: 0.9)
        decision.fields.removeFirst()
        decision.withheld = ["force"]
        let lines = [TraceLine.decision(decision)]
        #expect(try refusal(workshop, lines, scope: .outbound) == nil)
        #expect(
            try refusal(workshop, lines, scope: .outbound, runsModels: true)
                == "the model `pulse` reads the field `force`, which the trace leaves out: it may not "
                + "leave the site"
        )
    }
}
