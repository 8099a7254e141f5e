// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Escalate
import Glibc
import HTTP
import Logging
import MQTT
import Spool
import Synchronization
import TestKit
import Vocabulary

@testable import Sync

/// The machine's clocks, by which the cloud is asked.
struct RealTime: TimeSource {
    var now: MonotonicInstant { MonotonicInstant(nanoseconds: read(CLOCK_MONOTONIC)) }
    var wallTime: WallTime { WallTime(nanoseconds: read(CLOCK_REALTIME)) }

    private func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// A broker that answers as the test wants.
final class FakePublisher: Publishing {
    private struct State {
        var answer = MQTTPublishOutcome.acknowledged
        var topics: [String] = []
    }

    // Published to by the drain, read by the test.
    private let state = Mutex(State())

    var topics: [String] { state.withLock { $0.topics } }

    func answers(_ answer: MQTTPublishOutcome) { state.withLock { $0.answer = answer } }

    func publish(
        _ publications: [MQTTPublication],
        completion: @escaping @Sendable (Int, MQTTPublishOutcome) -> Void
    ) {
        let answer = state.withLock { state in
            state.topics += publications.map(\.topic)
            return state.answer
        }
        for index in publications.indices { completion(index, answer) }
    }
}

/// A web that is not there.
struct NoWeb: WebCalling {
    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        throw HTTPError(code: .connect, message: "no web", mayHaveBeenSent: false)
    }
}

/// Takes a row's body for the one number that the cloud is asked about, and notes what is concluded.
final class FakeDesk: DrainDesk {
    private let notes = Mutex<[String]>([])

    /// What was concluded, `key label`, in order.
    var concluded: [String] { notes.withLock { $0 } }

    func question(of row: SpoolRow) -> QuestionOrLetter {
        guard let number = Float(String(decoding: row.body, as: UTF8.self)) else {
            return .letter(deadLetter(of: row, code: .unreadable, reason: "not a number"))
        }
        return .question(
            Question(
                key: EffectKey(
                    decision: DecisionID(high: 0, low: UInt64(row.id)),
                    revision: 0,
                    effect: "ask"
                ),
                endpoints: [row.policy == "press" ? "central" : row.policy],
                outbound: Outbound(tensors: [.init(name: "x", values: [number])]),
                deadline: nil,
                isLive: false
            )
        )
    }

    func conclude(_ row: SpoolRow, _ verdict: Verdict) async -> SpoolChange {
        notes.withLock { $0.append("\(row.key) \(verdict.label)") }
        var change = SpoolChange()
        change.meta.append(.init(key: "concluded.\(row.key)", value: [1]))
        return change
    }

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

/// Waits until something is so, 10 s at most.
func until(_ isSo: () throws -> Bool) async rethrows {
    for _ in 0..<2_000 where try !isSo() {
        try? await Task.sleep(for: .milliseconds(5))
    }
}

/// A drain over a real spool, with a cloud on loopback that says `fault` to what is positive.
final class Works {
    let temporary: TemporarySpool
    let spool: SpoolStore
    let publisher = FakePublisher()
    let desk = FakeDesk()
    let act: Act
    let cloud: FakeCloud
    let escalate: Escalate
    let drain: Drain
    private let http: HTTPClient
    private let task: Task<Void, Never>

    var clock: ManualClock { temporary.clock }

    /// Starts it after `fill`; without `hasCloud` nothing can be asked.
    init(
        hasCloud: Bool = true,
        options: DrainOptions = DrainOptions(interval: .milliseconds(20)),
        maximumBatch: Int = 32,
        letterLimit: Int = 10_000,
        respond: @escaping @Sendable (FakeCloud.Request) -> FakeCloud.Reply = Works.oracle,
        fill: (SpoolStore, Act) throws -> Void
    ) throws {
        temporary = try TemporarySpool()
        spool = try temporary.open(SpoolOptions(deadLetterLimit: letterLimit))
        let silence = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        act = Act(publisher: publisher, http: NoWeb(), time: temporary.clock, logger: silence)
        cloud = try FakeCloud { request in
            request.method == "GET" ? FakeCloud.Reply(body: "{}") : respond(request)
        }
        http = try HTTPClient()
        escalate = Escalate(
            endpoints: [
                EndpointOptions(
                    name: "central",
                    url: cloud.url,
                    model: "wear",
                    labels: ["ok", "fault"],
                    maximumBatch: maximumBatch,
                    breaker: BreakerOptions(window: 1_000, minimumCalls: 1_000),
                    probe: ProbeOptions(
                        interval: .milliseconds(10),
                        intervalWhenDown: .milliseconds(10)
                    )
                ),
                // Nobody listens there.
                EndpointOptions(name: "away", url: "http://127.0.0.1:1", model: "wear"),
            ],
            http: http,
            time: RealTime(),
            logger: silence
        )
        try fill(spool, act)
        drain = Drain(
            spool: spool,
            escalate: escalate,
            act: act,
            desk: desk,
            options: options,
            time: temporary.clock,
            logger: silence
        )
        if hasCloud { escalate.start() }
        task = Task { [drain] in await drain.run() }
    }

    func stop() async {
        task.cancel()
        await task.value
        escalate.stop()
        http.shutdown()
        cloud.stop()
    }

    static let oracle = FakeCloud.inference(labels: ["ok", "fault"]) { row in
        row[0] > 0 ? "fault" : "ok"
    }

    /// Answers every question alike, and with nothing that makes sense.
    static func answering(_ status: Int) -> @Sendable (FakeCloud.Request) -> FakeCloud.Reply {
        { _ in FakeCloud.Reply(status: status, body: "{}") }
    }

    func rows() throws -> [SpoolRow] { try spool.rows(limit: 1_000) }
    func codes() throws -> [String] { try spool.deadLetters(limit: 100).map(\.letter.code) }
}

extension SpoolStore {
    /// Stores questions about the numbers `values`, called `device-place`.
    func putQuestions(
        _ values: Float...,
        device: String = "a",
        priority: Priority = .normal,
        policy: String = "press"
    ) throws {
        try put(
            values.enumerated().map { place, value in
                NewEntry(
                    id: 0,
                    key: "\(device)-\(place)",
                    kind: .deferral,
                    priority: priority,
                    device: device,
                    policy: policy,
                    policyVersion: "v1",
                    body: Array("\(value)".utf8)
                )
            }
        )
    }

    /// Stores actions, each a publication on its topic; the topic's beginning is its stream.
    func putActions(
        _ topics: String...,
        priority: Priority = .normal,
        notAfter: MonotonicInstant? = nil,
        at now: MonotonicInstant = MonotonicInstant(nanoseconds: 0)
    ) throws {
        try put(
            topics.map { topic in
                NewEntry(
                    id: 0,
                    key: topic,
                    kind: .action,
                    priority: priority,
                    device: "a",
                    stream: String(topic.prefix { $0 != "/" }),
                    policy: "press",
                    policyVersion: "v1",
                    body: effect(topic, notAfter: notAfter).row(at: now)
                )
            }
        )
    }

    func put(_ entries: [NewEntry]) throws {
        var change = SpoolChange()
        for (id, entry) in zip(reserveIDs(entries.count), entries) {
            var entry = entry
            entry.id = id
            change.inserts.append(entry)
        }
        try commit(change)
    }
}

/// The publication of `{}` on `topic`.
func effect(_ topic: String, notAfter: MonotonicInstant? = nil) -> Effect {
    Effect(
        key: EffectKey(decision: DecisionID(high: 1, low: 1), revision: 0, effect: topic),
        target: .publish(topic: topic, qualityOfService: 1, isRetained: false),
        device: "a",
        body: Array("{}".utf8),
        notAfter: notAfter
    )
}
