// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Escalate
import HTTP
import Logging
import MQTT
import Spool
import Synchronization
import TestKit
import Testing
import Vocabulary

@testable import Sync

/// A broker that takes everything, or nothing.
final class Postbox: Publishing {
    private struct State {
        var isAway = false
        var topics: [String] = []
    }

    // Used by the drain's tasks and the test.
    private let state = Mutex(State())

    var topics: [String] { state.withLock { $0.topics } }

    var isAway: Bool {
        get { state.withLock { $0.isAway } }
        set { state.withLock { $0.isAway = newValue } }
    }

    func publish(
        _ publications: [MQTTPublication],
        completion: @escaping @Sendable (Int, MQTTPublishOutcome) -> Void
    ) {
        for (index, publication) in publications.enumerated() {
            let isAway = state.withLock { state in
                if !state.isAway { state.topics.append(publication.topic) }
                return state.isAway
            }
            completion(index, isAway ? .failed(.notConnected) : .acknowledged)
        }
    }
}

/// A web server that never answers.
final class DeadServer: WebCalling {
    private let count = Atomic<Int>(0)
    var calls: Int { count.load(ordering: .relaxed) }

    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        count.add(1, ordering: .relaxed)
        while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
        return HTTPResponse(status: 503)
    }
}

/// Knows nothing of questions but whom to ask.
struct PlainDesk: DrainDesk {
    func question(of row: SpoolRow) -> QuestionOrLetter {
        .question(
            Question(
                key: EffectKey(
                    decision: DecisionID(high: 7, low: UInt64(row.id)),
                    revision: 0,
                    effect: "cloud"
                ),
                endpoints: [row.policy],
                outbound: Outbound(tensors: []),
                deadline: nil,
                isLive: false
            )
        )
    }

    func conclude(_ row: SpoolRow, _ verdict: Verdict) async -> SpoolChange { SpoolChange() }

    func attemptKey(of row: SpoolRow) -> AttemptKey { AttemptKey(high: 0, low: UInt64(row.id)) }

    func deadLetter(of row: SpoolRow, code: DeadLetterCode, reason: String) -> DeadLetter {
        DeadLetter(
            time: WallTime(nanoseconds: 0),
            input: row.kind.name,
            topic: row.key,
            payload: row.body,
            code: code,
            text: reason,
            attempts: row.attempts
        )
    }
}

/// A drain, its spool, and everybody it talks to.
struct Site {
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    let place: TemporarySpool
    let spool: SpoolStore
    let postbox = Postbox()
    let server = DeadServer()
    let drain: Drain

    init(sinks: [String: any Sink] = [:]) throws {
        place = try TemporarySpool()
        spool = try place.open()
        drain = Drain(
            spool: spool,
            escalate: Escalate(
                endpoints: [],
                http: try HTTPClient(),
                time: place.clock,
                logger: Self.logger
            ),
            act: Act(publisher: postbox, http: server, time: place.clock, logger: Self.logger),
            desk: PlainDesk(),
            options: DrainOptions(),
            time: place.clock,
            sinks: sinks,
            logger: Self.logger
        )
    }

    func effect(_ number: UInt64, _ target: EffectTarget? = nil, lasting: Interval? = nil) -> Effect
    {
        Effect(
            key: EffectKey(
                decision: DecisionID(high: 1, low: number),
                revision: 0,
                effect: "alert"
            ),
            target: target
                ?? .publish(topic: "alerts/\(number)", qualityOfService: 1, isRetained: false),
            device: "\(number)",
            body: Array("{}".utf8),
            notAfter: lasting.map { place.clock.now + $0 }
        )
    }

    func store(_ effects: [Effect], stream: String? = nil) throws {
        var change = SpoolChange()
        let ids = spool.reserveIDs(effects.count)
        for (id, effect) in zip(ids, effects) {
            change.inserts.append(
                NewEntry(
                    id: id,
                    key: effect.key.description,
                    kind: .action,
                    priority: .high,
                    device: effect.device,
                    stream: stream ?? "\(effect.device) > \(id)",
                    policy: "p",
                    policyVersion: "1",
                    body: effect.row(at: place.clock.now)
                )
            )
        }
        try spool.commit(change)
    }

    /// Rounds, each with everything stored that it led to.
    func round(_ count: Int = 1) async throws {
        for _ in 0..<count {
            try await drain.sendActions()
            // The committer takes one after the other: what was submitted before is stored now.
            _ = try spool.stats()
        }
    }
}
