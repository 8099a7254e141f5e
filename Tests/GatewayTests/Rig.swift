// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import CoreMetrics
import Escalate
import FoundationEssentials
import HTTP
import Infer
import Spool
import Telemetry
import TestKit
import Testing
import Vocabulary

@testable import Gateway

/// Everything a message path needs: a real spool, real policies, a fake broker, a clock that stands still.
///
/// Its cloud is never started: a question that is asked waits.
final class Rig {
    let folder: SiteFolder
    let temporary: TemporarySpool
    let spool: SpoolStore
    let clock: ManualClock
    let publisher = FakePublisher()
    let web = FakeWeb()
    let metrics = MetricsRegistry()
    let log: DecisionLog
    let parts: PathParts
    private var topics: [String: Topic] = [:]

    var board: PolicyBoard { parts.board }
    var concluder: Concluder { parts.concluder }

    init(
        _ files: [String: String] = Presses.files,
        options: SpoolOptions = SpoolOptions(),
        on spools: TemporarySpool? = nil,
        adjust: (inout BoundPolicy) -> Void = { _ in }
    ) throws {
        folder = try SiteFolder(files)
        let findings = folder.check()
        let found = folder.shown(findings.diagnostics)
        let site = try #require(findings.site, "\(found)")
        var policies = site.policies
        for index in policies.indices { adjust(&policies[index]) }
        temporary = try spools ?? TemporarySpool()
        clock = temporary.clock
        spool = try temporary.open(options)
        log = DecisionLog(path: folder.path + "/decisions.jsonl", sizeLimit: 1 << 20)
        let board = PolicyBoard(
            digest: site.digest,
            policies: policies,
            models: site.models
        )
        let act = Act(publisher: publisher, http: web, time: clock, logger: silence)
        let key = SiteKey(bytes: Array(0..<32))
        let recorder = TraceRecorder(
            site: site.configuration.site,
            program: "0.1.0",
            key: key,
            time: clock,
            logger: silence
        )
        let trail = withMetricsFactory(metrics) { [log, clock] in
            DecisionTrail(
                log: log,
                sampling: 1,
                recorder: recorder,
                time: clock,
                logger: silence
            )
        }
        let writer = EffectWriter(
            site: site.configuration.site,
            verdictTopic: site.configuration.verdictTopic,
            time: clock,
            pseudonym: { key.pseudonym($0) }
        )
        let bounds = BoundBoard()
        parts = PathParts(
            site: site.configuration.site,
            key: key,
            run: 1,
            board: board,
            spool: spool,
            act: act,
            escalate: Escalate(
                endpoints: site.configuration.endpoints.values.flatMap { endpoint in
                    endpoint.models.values.map(\.options)
                },
                http: try HTTPClient(),
                time: clock,
                logger: silence
            ),
            concluder: Concluder(
                spool: spool,
                act: act,
                writer: writer,
                trail: trail,
                board: board,
                bounds: bounds,
                time: clock
            ),
            effects: writer,
            trail: trail,
            recorder: recorder,
            meters: RunMeters(factory: metrics),
            bounds: bounds,
            time: clock,
            logger: silence
        )
    }

    func path(
        _ role: MessagePath.Role = .lane,
        recovery: CrashRecovery = CrashRecovery(isActive: false),
        wake: @escaping @Sendable () -> Void = {}
    ) -> MessagePath {
        MessagePath(name: "presses", role: role, parts: parts, recovery: recovery, wake: wake)
    }

    /// A burst of messages on `topic`.
    func burst(
        _ payloads: String...,
        on topic: String = "plant/4/press",
        isDuplicate: Bool = false
    ) -> Batch {
        let known = topics[topic] ?? Topic(name: topic, index: topics.count, generation: 0)
        topics[topic] = known
        let batch = Batch()
        batch.arrival = clock.now
        batch.arrivalWallTime = clock.wallTime
        for payload in payloads {
            Array(payload.utf8).withUnsafeBytes { bytes in
                batch.append(
                    topic: known,
                    payload: bytes,
                    qualityOfService: 1,
                    isRetained: false,
                    isDuplicate: isDuplicate
                )
            }
        }
        return batch
    }

    func rows() throws -> [SpoolRow] { try spool.rows(limit: 1_000) }

    func letters() throws -> [DeadLetter] {
        try spool.deadLetters(limit: 1_000).map(\.letter)
    }

    /// The count of a metric, by its name with its labels.
    func count(_ title: String) -> Int64? {
        for sample in metrics.samples() where sample.title == title {
            if case .counter(let count) = sample.reading { return count }
        }
        return nil
    }

    /// One line of the decision log.
    struct Logged: Decodable {
        private enum CodingKeys: String, CodingKey {
            case id = "decision_id"
            case revision, device, rule, route, standing, label, endpoint, observed
        }

        var id: String
        var revision: Int
        var device: String
        var rule: String
        var route: String
        var standing: String
        var label: String?
        var endpoint: String?
        var observed: [String: String]?
    }

    /// The decision log so far, `rule route standing label`.
    func words() throws -> [String] {
        try logged().map { "\($0.rule) \($0.route) \($0.standing) \($0.label ?? "-")" }
    }

    func logged() throws -> [Logged] {
        log.flush()
        let path = folder.path + "/decisions.jsonl"
        guard let data = FileManager.default.contents(atPath: path) else { return [] }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        // A line with a verdict is a label, and no word on a decision.
        return try lines.filter { !$0.contains(#""verdict":"#) }.map { line in
            try JSONDecoder().decode(Logged.self, from: Data(line.utf8))
        }
    }
}
