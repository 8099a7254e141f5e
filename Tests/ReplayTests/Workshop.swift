// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import FoundationEssentials
import Gateway
import Logging
import Testing
import Trace
import Vocabulary

@testable import Replay

/// A site with one policy, and traces of it, in a folder that goes with the value.
final class Workshop {
    let folder: String

    static let policy = """
        policy: press
        match: { topic: plant/+line/press }
        reading:
          device: "{line}"
          time: ts
          fields:
            force: { path: force, type: number }
            serial: { path: serial, type: text, required: false }
        model: pulse
        threshold: 0.8
        escalate: [central]
        deadline: 250ms
        rules:
          - { name: sure, when: score >= threshold, route: act }
          - { name: ask, when: cloud.up, route: escalate, fallback: act_provisionally }
        otherwise: { route: act, provisional: true }
        actions:
          - { name: bell, when: 'label == "fault"', publish: { topic: "alerts/{line}" } }
        privacy: { send: [force] }
        """

    init(policy: String = policy) throws {
        folder =
            FileManager.default.temporaryDirectory.path + "/replay-\(UInt64.random(in: 0...(.max)))"
        try write(
            "sluice.yaml",
            """
            site: { name: plant-4 }
            broker: { url: mqtt://127.0.0.1:1883 }
            inputs:
              - { name: presses, topics: ["plant/+/press"] }
            models: { path: models }
            policies: { path: Policies }
            cloud:
              central:
                url: http://127.0.0.1:9
                models:
                  press: { model: press-large, inputs: { x: [force] } }
            spool: { path: spool.sqlite }
            """
        )
        try write(
            "models/pulse/1/model.yaml",
            """
            kind: detector
            detector: { type: robust-z, feature: force, warm_up: 8 }
            labels: [fine, fault]
            """
        )
        try write("Policies/press/policy.yaml", policy)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func write(_ name: String, _ text: String) throws {
        let file = "\(folder)/\(name)"
        let parent = String(file[..<(file.lastIndex(of: "/") ?? file.endIndex)])
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(filePath: file))
    }

    /// Gives the policy's model a window of four readings that moves on by two.
    func gatherWindows() throws {
        try write(
            "models/pulse/1/model.yaml",
            """
            kind: detector
            detector: { type: robust-z, feature: mean(force), warm_up: 8 }
            window: { count: 4, hop: 2 }
            labels: [fine, fault]
            """
        )
    }

    func site() throws -> CheckedSite {
        let findings = CheckedSite.check(
            configuration: folder + "/sluice.yaml",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        return try #require(findings.site, "\(findings.diagnostics.map { $0.rendered() })")
    }

    /// Writes a trace; its path.
    func trace(
        _ lines: [TraceLine],
        site: String = "plant-4",
        scope: TraceScope = .local,
        sample: Double = 1,
        name: String = "trace.jsonl"
    ) throws -> String {
        let header = TraceHeader(
            site: site,
            started: Self.start,
            scope: scope,
            program: "0.1.0",
            sample: sample
        )
        var bytes: [UInt8] = []
        for line in [.header(header)] + lines { line.write(into: &bytes) }
        try write(name, String(decoding: bytes, as: UTF8.self))
        return "\(folder)/\(name)"
    }

    func replay(
        _ lines: [TraceLine],
        threshold: Double? = nil,
        change: (inout ReplayRequest) -> Void = { _ in }
    ) throws -> ReplayReport {
        var site = try site()
        if let threshold {
            site = try #require(site.replacing(threshold: threshold, ofPolicy: "press"))
        }
        var request = ReplayRequest(traces: [try trace(lines)], site: site)
        change(&request)
        return try Replay.run(request)
    }

    static let start = WallTime(nanoseconds: 1_750_000_000_000_000_000)

    /// A reading as the policy above decides it, unless told otherwise.
    func decision(
        _ number: UInt64,
        score: Double,
        label: String = "fine",
        isUp: Bool = true,
        left: Interval = .milliseconds(200)
    ) throws -> TraceDecision {
        let policy = try #require(try site().policy("press"))
        var decision = TraceDecision(
            id: DecisionID(high: 1, low: number),
            policy: "press",
            version: policy.version,
            topic: "plant/4/press",
            device: "4",
            time: Self.start + .seconds(Int64(number)),
            arrived: Self.start + .seconds(Int64(number)),
            fields: [
                .init(name: "force", value: .number(Double(number % 7))),
                .init(name: "serial", value: .absent),
            ],
            finding: TraceFinding(
                finding: Finding(
                    model: ModelReference(name: "pulse", version: "1"),
                    outcome: .classification(.init(label: label, score: score, confidence: nil)),
                    latency: .microseconds(400)
                ),
                digest: policy.modelDigest
            ),
            rule: score >= 0.8 ? "sure" : isUp ? "ask" : "otherwise",
            route: score < 0.8 && isUp ? .escalate : .act
        )
        decision.cloud = CloudFacts(
            isUp: isUp,
            p50: .milliseconds(40),
            p95: .milliseconds(80),
            samples: 9,
            inFlight: 0,
            breaker: isUp ? .closed : .open,
            budgetLeft: 1
        )
        decision.deadline = .init(total: .milliseconds(250), left: left)
        decision.isProvisional = decision.rule == "otherwise"
        decision.fallback = decision.route == .escalate ? .actProvisionally : nil
        decision.audit = decision.rule == "sure" ? nil : 1
        decision.actions = decision.route == .act && label == "fault" ? ["bell"] : []
        return decision
    }

    func verdict(
        _ number: UInt64,
        _ label: String,
        _ milliseconds: Int64 = 60,
        isLate: Bool = false
    ) -> TraceLine {
        .verdict(
            TraceVerdict(
                id: DecisionID(high: 1, low: number),
                label: label,
                endpoint: "central",
                latency: .milliseconds(milliseconds),
                isLate: isLate
            )
        )
    }
}
