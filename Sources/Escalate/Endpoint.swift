// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import HTTP
import Synchronization
import Vocabulary

/// Drives one endpoint's state: makes its calls and probes and feeds the outcomes back.
final class Endpoint: Sendable {
    let options: EndpointOptions
    private let cloud: any CloudProtocol
    private let transport: any CloudTransport
    private let time: any TimeSource
    /// Held for moments only, never while calling out: lane threads read facts through it.
    private let state: Mutex<EndpointState>
    /// The calls under way, to be cancelled when the endpoint is stopped.
    private let tasks = Mutex<[UInt64: Task<Void, Never>]>([:])

    init(options: EndpointOptions, http: HTTPClient, time: any TimeSource) {
        self.time = time
        cloud = options.makeProtocol()
        var options = options
        options.maximumBatch = min(options.maximumBatch, cloud.maximumQuestions)
        self.options = options
        transport = HTTPTransport(options: options, http: http, time: time)
        state = Mutex(EndpointState(options: options, now: time.now))
    }

    func accept(_ question: Question, delivery: Delivery) -> EscalationFailure? {
        state.withLock { $0.accept(question, delivery: delivery, at: time.now) }
    }

    var facts: CloudFacts { state.withLock { $0.facts(at: time.now) } }
    var counts: EscalateCounts { state.withLock { $0.counts } }
    var uplink: Uplink { state.withLock { $0.uplink.state } }
    /// Questions of live traffic that wait or are on the wire.
    var liveQuestions: Int { state.withLock { $0.liveQuestions } }

    /// Moves on to now; what is to be done, and when to come again.
    func advance() -> (actions: [EndpointState.Action], nextWake: MonotonicInstant?) {
        state.withLock { state in
            state.advance(to: time.now)
            defer { state.actions.removeAll() }
            return (state.actions, state.nextWake)
        }
    }

    /// Gives up what waits and cancels what is on the wire.
    func stop() {
        state.withLock { $0.stop() }
        for task in tasks.withLock({ Array($0.values) }) { task.cancel() }
        transport.stop()
    }

    /// True when nothing waits and nothing is on the wire.
    var isIdle: Bool { state.withLock { $0.pending.isEmpty && $0.actions.isEmpty } }

    /// Begins a call; `whenDone` is called when its outcome is in the state.
    func begin(_ call: EndpointState.Call, whenDone: @escaping @Sendable () -> Void) {
        tasks.withLock { tasks in
            tasks[call.id] = Task {
                let outcome = await exchange(call.questions)
                state.withLock { $0.finished(call.id, outcome, at: time.now) }
                self.tasks.withLock { $0[call.id] = nil }
                whenDone()
            }
        }
    }

    /// Begins a probe; `whenDone` is called when its outcome is in the state.
    func beginProbe(whenDone: @escaping @Sendable () -> Void) {
        tasks.withLock { tasks in
            // Call numbers begin at 1.
            tasks[0] = Task {
                let started = time.now
                let isReady = await transport.probe(cloud.readiness)
                let now = time.now
                state.withLock { $0.probed(isReady: isReady, in: now - started, at: now) }
                whenDone()
            }
        }
    }

    private func exchange(_ questions: [Question]) async -> Result<CloudAnswers, CallFailure> {
        do throws(CallFailure) {
            let request = try cloud.request(for: questions)
            let reply = try await transport.exchange(request)
            let (sent, received) = (request.body.count, reply.body.count)
            state.withLock { state in
                state.counts.bytesSent += sent
                state.counts.bytesReceived += received
            }
            guard (200..<300).contains(reply.status) else {
                throw cloud.failure(of: reply, at: time.wallTime)
            }
            return .success(try cloud.answers(in: reply, to: questions))
        } catch {
            return .failure(error)
        }
    }
}
