// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Asks over a broker and waits for the response: response topic and correlation data of MQTT 5.
///
/// A connection and a thread of its own. Nothing is kept across connections: what waits when the connection ends
/// fails, and whoever asked decides whether to ask again. Responses may come in any order; one that nobody waits
/// for (late, or of another life of ours) is thrown away.
public final class MQTTRequester: Sendable {
    let options: MQTTOptions
    let responseTopic: String
    let wake = WakeSignal()
    // Callers put requests in, the loop takes them out; held for moments only.
    let inbox = Mutex(RequesterInbox())
    private let thread = Mutex<LoopThread?>(nil)

    /// Makes a requester; nothing happens before `start`.
    ///
    /// `responseTopic` must be ours alone. The session is forgotten with the connection whatever `options` say.
    public init(options: MQTTOptions, responseTopic: String) {
        var options = options
        options.version = .v5
        options.cleanStart = true
        options.sessionExpiry = 0
        self.options = options
        self.responseTopic = responseTopic
    }

    /// Starts the thread; once.
    public func start() {
        thread.withLock { thread in
            guard thread == nil, !inbox.withLock({ $0.isStopping }) else { return }
            thread = LoopThread(name: "mqtt-ask") { [self] in
                RequesterLoop(self).run()
            }
        }
    }

    /// Fails what waits with `stopped` and ends the thread, which is waited for at most two seconds.
    public func stop() {
        inbox.withLock { $0.isStopping = true }
        wake.raise()
        if let thread = thread.withLock({ $0 }) { _ = thread.waitUntilFinished(within: 2) }
    }

    /// True while we are connected and our response topic is subscribed to.
    public var isReady: Bool { inbox.withLock { $0.isReady } }

    /// Why it is not ready; the broker's address and reasons, never a password.
    public var reason: String { inbox.withLock { $0.reason } }

    /// Asks and waits at most `seconds`; any number may be under way at once.
    ///
    /// Without a connection it fails at once. Cancelling the task ends the wait.
    public func response(
        to request: MQTTRequest,
        within seconds: Double
    ) async throws(MQTTRequestFailure) -> MQTTResponse {
        let waiting = RequestWaiting(
            request: request,
            deadline: MonotonicClock.now &+ Int64(min(max(seconds, 0.001), 86_400) * 1e9)
        )
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                waiting.whenDone.withLock { $0 = { continuation.resume(returning: $0) } }
                let refusal = inbox.withLock { $0.take(waiting) }
                if let refusal { return waiting.finish(.failure(refusal)) }
                // One that was cancelled before there was anything to finish.
                if Task.isCancelled { return waiting.finish(.failure(.cancelled)) }
                wake.raise()
            }
        } onCancel: {
            waiting.finish(.failure(.cancelled))
        }
        return try result.get()
    }
}

/// One request on its way.
final class RequestWaiting: Sendable {
    let request: MQTTRequest
    let deadline: Int64
    // Called once, by whoever is first: the loop, a cancelled task, or the caller who is refused.
    let whenDone = Mutex<(@Sendable (Result<MQTTResponse, MQTTRequestFailure>) -> Void)?>(nil)

    init(request: MQTTRequest, deadline: Int64) {
        self.request = request
        self.deadline = deadline
    }

    func finish(_ result: Result<MQTTResponse, MQTTRequestFailure>) {
        let report = whenDone.withLock { whenDone in
            defer { whenDone = nil }
            return whenDone
        }
        report?(result)
    }

    /// True when nobody waits any more.
    var isOver: Bool { whenDone.withLock { $0 == nil } }
}

/// What callers have handed over and the loop has not taken yet.
struct RequesterInbox {
    var isReady = false
    var isStopping = false
    var isClosed = false
    var reason = "not started"
    private var entries: [RequestWaiting] = []

    /// Takes a request in, or says why not.
    mutating func take(_ waiting: RequestWaiting) -> MQTTRequestFailure? {
        guard !isStopping, !isClosed else { return .stopped }
        guard isReady else { return .notConnected }
        entries.append(waiting)
        return nil
    }

    mutating func drain() -> [RequestWaiting] {
        defer { entries = [] }
        return entries
    }
}
