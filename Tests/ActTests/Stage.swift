// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import HTTP
import Logging
import MQTT
import Synchronization
import Vocabulary

/// A publisher that keeps what it is given until the test says what became of it.
final class FakePublisher: Publishing {
    struct Held: Sendable {
        var publication: MQTTPublication
        var settle: @Sendable (MQTTPublishOutcome) -> Void
    }

    // Filled by `deliver`, emptied by the test.
    private let held = Mutex<[Held]>([])

    var publications: [MQTTPublication] { held.withLock { $0.map(\.publication) } }

    func publish(
        _ publications: [MQTTPublication],
        completion: @escaping @Sendable (Int, MQTTPublishOutcome) -> Void
    ) {
        held.withLock { held in
            for (index, publication) in publications.enumerated() {
                held.append(Held(publication: publication) { completion(index, $0) })
            }
        }
    }

    /// Ends everything held, in order.
    func settle(_ outcome: MQTTPublishOutcome) {
        let all = held.withLock { held in
            defer { held.removeAll() }
            return held
        }
        for one in all { one.settle(outcome) }
    }
}

/// A web server that answers when the test lets it.
final class FakeServer: WebCalling {
    typealias Reply = Result<Int, HTTPError>

    private struct State {
        var requests: [HTTPRequest] = []
        var replies: [Reply] = []
        var waiting: [CheckedContinuation<Reply, Never>] = []
        var arrivals: [CheckedContinuation<Void, Never>] = []
        var awaited = 0
    }

    // Shared by webhook tasks and the test.
    private let state = Mutex(State())

    var requests: [HTTPRequest] { state.withLock { $0.requests } }

    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let reply = await withCheckedContinuation { continuation in
            let (reply, arrivals) = state.withLock { state in
                state.requests.append(request)
                defer { state.arrivals.removeAll() }
                guard state.replies.isEmpty else {
                    return (Reply?.some(state.replies.removeFirst()), state.arrivals)
                }
                state.waiting.append(continuation)
                return (nil, state.arrivals)
            }
            for arrival in arrivals { arrival.resume() }
            if let reply { continuation.resume(returning: reply) }
        }
        return HTTPResponse(status: try reply.get())
    }

    /// Answers the oldest call that waits, or the next one to come.
    func reply(_ reply: Reply) {
        let continuation = state.withLock { state -> CheckedContinuation<Reply, Never>? in
            guard state.waiting.isEmpty else { return state.waiting.removeFirst() }
            state.replies.append(reply)
            return nil
        }
        continuation?.resume(returning: reply)
    }

    /// Returns once `count` requests have come in all.
    func arrived(_ count: Int) async {
        while true {
            let isThere = state.withLock { $0.requests.count >= count }
            if isThere { return }
            await withCheckedContinuation { continuation in
                let isThere = state.withLock { state in
                    guard state.requests.count < count else { return true }
                    state.arrivals.append(continuation)
                    return false
                }
                if isThere { continuation.resume() }
            }
        }
    }
}

/// What became of effects, in the order it was told.
final class Outcomes: Sendable {
    private struct State {
        var all: [(index: Int, outcome: DeliveryOutcome)] = []
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    // Told on any thread, read by the test.
    private let state = Mutex(State())

    var all: [DeliveryOutcome] { state.withLock { $0.all.map(\.outcome) } }
    var indices: [Int] { state.withLock { $0.all.map(\.index) } }

    func add(_ index: Int, _ outcome: DeliveryOutcome) {
        let ready = state.withLock { state in
            state.all.append((index, outcome))
            let count = state.all.count
            let ready = state.waiting.filter { $0.count <= count }
            state.waiting.removeAll { $0.count <= count }
            return ready
        }
        for one in ready { one.continuation.resume() }
    }

    /// Returns once `count` outcomes have been told in all.
    func told(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                guard state.all.count < count else { return true }
                state.waiting.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }
}

/// The monotonic clock of a test.
final class Clock: TimeSource {
    // Read by webhook tasks, set by the test.
    private let instant = Mutex(MonotonicInstant(nanoseconds: 0))

    var now: MonotonicInstant {
        get { instant.withLock { $0 } }
        set { instant.withLock { $0 = newValue } }
    }

    var wallTime: WallTime { WallTime(nanoseconds: 0) }
}

/// Everything `Act` needs, made of fakes.
struct Stage {
    let publisher = FakePublisher()
    let server = FakeServer()
    let clock = Clock()
    let outcomes = Outcomes()
    let act: Act

    init(options: ActOptions = ActOptions()) {
        act = Act(
            publisher: publisher,
            http: server,
            time: clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            options: options
        )
    }

    func deliver(_ effects: Effect...) {
        act.deliver(effects) { [outcomes] in outcomes.add($0, $1) }
    }
}

func key(_ number: UInt64, effect: String = "alert") -> EffectKey {
    EffectKey(decision: DecisionID(high: 1, low: number), revision: 0, effect: effect)
}

func alert(_ number: UInt64, notAfter: Int64? = nil) -> Effect {
    Effect(
        key: key(number),
        target: .publish(topic: "alerts/\(number)", qualityOfService: 1, isRetained: false),
        device: "d",
        body: Array("{}".utf8),
        notAfter: notAfter.map { MonotonicInstant(nanoseconds: $0) }
    )
}

func hook(_ number: UInt64, device: String = "d", notAfter: Int64? = nil) -> Effect {
    Effect(
        key: key(number),
        target: .webhook(
            Webhook(
                url: "https://example.com/hook",
                headers: [Webhook.Header(name: "X-Plant", value: "4")],
                credential: "token"
            )
        ),
        device: device,
        body: Array("{}".utf8),
        notAfter: notAfter.map { MonotonicInstant(nanoseconds: $0) }
    )
}
