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
    private let budget: BudgetAccount?
    private let time: any TimeSource
    /// Held for moments only, never while calling out: lane threads read facts through it.
    private let state: Mutex<EndpointState>
    /// Makes the calls that need a task of their own.
    private let tasks = Mutex<[UInt64: Task<Void, Never>]>([:])
    /// Makes those that need none; nil where all do.
    private let direct: DirectCalls?
    /// Has the conductor look here soon; any thread.
    private let wake: @Sendable () -> Void

    /// What a call came to, and when.
    private struct Ended {
        var call: UInt64
        var outcome: Result<CloudAnswers, CallFailure>
        var at: MonotonicInstant
    }

    init(
        options: EndpointOptions,
        http: HTTPClient,
        time: any TimeSource,
        budget: BudgetAccount? = nil,
        wake: @escaping @Sendable () -> Void
    ) {
        self.time = time
        self.wake = wake
        self.budget = budget
        cloud = options.makeProtocol()
        var options = options
        options.maximumBatch = min(options.maximumBatch, cloud.maximumQuestions)
        self.options = options
        transport = options.makeTransport(http: http, time: time)
        direct =
            budget == nil
            ? DirectCalls(options: options, http: http, time: time, whenHeard: wake) : nil
        state = Mutex(
            EndpointState(options: options, now: time.now, budget: { budget?.standing })
        )
    }

    func accept(
        _ question: Question,
        delivery: Delivery,
        manner: EndpointState.Manner
    ) -> Result<UInt64, EscalationFailure> {
        state.withLock { state in
            state.accept(question, delivery: delivery, manner: manner, at: time.now)
        }
    }

    /// Lets go of a question that somebody else has answered; the conductor's next step cancels its call.
    func withdraw(_ ticket: UInt64) {
        state.withLock { $0.withdraw(ticket, at: time.now) }
    }

    /// Counts a question that another endpoint was asked as well because this one was slow.
    func passedOn() {
        state.withLock { $0.counts.passedOn += 1 }
    }

    /// What conditions see.
    var facts: CloudFacts {
        let (now, standing) = (time.now, budget?.standing)
        return state.withLock { state in
            let summary = state.latency.summary(at: now)
            return state.facts(summary, at: now, standing)
        }
    }

    /// The same for who looks on: quantiles are worked out on a copy, so that no lane waits for that.
    var shownFacts: CloudFacts {
        let (now, standing) = (time.now, budget?.standing)
        var latency = state.withLock { $0.latency }
        let summary = latency.summary(at: now)
        return state.withLock { $0.facts(summary, at: now, standing) }
    }

    var breaker: CloudFacts.Breaker { state.withLock { $0.breaker.state } }
    var counts: EscalateCounts { state.withLock { $0.counts } }
    var uplink: Uplink { state.withLock { $0.uplink.state } }
    /// Why the last call, or the last probe where none was made since, came to nothing; nil where it did not.
    var trouble: String? { state.withLock { $0.trouble?.reason } }
    /// Why it answers no question though it can be reached; nil where it does, or is away.
    var failing: String? { state.withLock { $0.failing } }
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
        direct?.cancelAll()
        transport.stop()
    }

    /// True when nothing waits and nothing is on the wire.
    var isIdle: Bool { state.withLock { $0.pending.isEmpty && $0.actions.isEmpty } }

    /// Begins calls; the conductor is woken when there are outcomes of theirs.
    func begin(_ calls: [EndpointState.Call]) {
        guard !calls.isEmpty else { return }
        var plain: [DirectCalls.Call] = []
        plain.reserveCapacity(calls.count)
        for call in calls {
            guard let direct, direct.takes(call) else {
                beginTask(call)
                continue
            }
            do throws(CallFailure) {
                plain.append(DirectCalls.Call(call, try request(for: call)))
            } catch {
                finished([Ended(call: call.id, outcome: .failure(error), at: time.now)])
                wake()
            }
        }
        direct?.begin(plain)
    }

    /// Reads the replies that have come since the last time, and feeds them to the state.
    ///
    /// On the conductor's thread, which has the time: the client's is kept free for the wire.
    func readReplies() {
        guard let outcomes = direct?.takeHeard(), !outcomes.isEmpty else { return }
        var judged: [Ended] = []
        judged.reserveCapacity(outcomes.count)
        for outcome in outcomes {
            // Whatever takes long to read must not hold back answers to others.
            if outcome.replyBytes > DirectCalls.mostReplyBytes {
                Task {
                    finished([judge(outcome)])
                    wake()
                }
            } else {
                judged.append(judge(outcome))
            }
        }
        finished(judged)
    }

    /// Begins a call that may have to wait for something before it is sent.
    private func beginTask(_ call: EndpointState.Call) {
        tasks.withLock { tasks in
            tasks[call.id] = Task {
                let outcome = await exchange(call)
                self.tasks.withLock { $0[call.id] = nil }
                finished([Ended(call: call.id, outcome: outcome, at: time.now)])
                wake()
            }
        }
    }

    private func finished(_ ended: [Ended]) {
        guard !ended.isEmpty else { return }
        state.withLock { state in
            for end in ended { state.finished(end.call, end.outcome, at: end.at) }
        }
    }

    /// Ends a call that nobody waits for any more; the state has forgotten it already.
    func cancel(_ call: UInt64) {
        tasks.withLock { $0[call] }?.cancel()
        direct?.cancel(call)
    }

    /// Begins a probe; the conductor is woken when its outcome is in the state.
    func beginProbe() {
        tasks.withLock { tasks in
            // Call numbers begin at 1.
            tasks[0] = Task {
                let started = time.now
                var failure: CallFailure?
                do throws(CallFailure) {
                    try await transport.probe(cloud.readiness)
                } catch {
                    failure = error
                }
                let (now, reason) = (time.now, failure?.message)
                state.withLock { state in
                    let isReady = reason == nil
                    state.probed(isReady: isReady, because: reason, in: now - started, at: now)
                }
                wake()
            }
        }
    }

    private func request(for call: EndpointState.Call) throws(CallFailure) -> CloudRequest {
        var request = try cloud.request(for: call.questions)
        request.timeout = call.timeout
        request.handOn(traceOf: call.questions)
        return request
    }

    /// What a call without a task came to.
    private func judge(_ outcome: DirectCalls.Outcome) -> Ended {
        let result: Result<CloudAnswers, CallFailure>
        do throws(CallFailure) {
            let reply = try outcome.reply.get()
            let sent = outcome.sentBytes
            result = .success(try answers(in: reply, to: outcome.call.questions, of: sent))
        } catch {
            result = .failure(error)
        }
        return Ended(call: outcome.call.id, outcome: result, at: outcome.at)
    }

    /// Counts a reply and reads it.
    private func answers(
        in reply: CloudReply,
        to questions: [Question],
        of sent: Int
    ) throws(CallFailure) -> CloudAnswers {
        let received = reply.body.count
        state.withLock { state in
            state.counts.bytesSent += sent
            state.counts.bytesReceived += received
        }
        guard (200..<300).contains(reply.status) else {
            throw cloud.failure(of: reply, at: time.wallTime)
        }
        return try cloud.answers(in: reply, to: questions)
    }

    private func exchange(
        _ call: EndpointState.Call
    ) async -> Result<CloudAnswers, CallFailure> {
        do throws(CallFailure) {
            var request = try request(for: call)
            let toll = budget.map { BudgetToll($0, body: request.body.count, options: options) }
            if let toll {
                // libcurl would send a request again by itself, and nobody would count it.
                request.isSentOnce = true
                request.maximumReplyBytes = try await toll.pay()
                request.beforeRepeat = { () async throws(CallFailure) in _ = try await toll.pay() }
            }
            let reply: CloudReply
            do throws(CallFailure) {
                reply = try await transport.exchange(request)
            } catch {
                toll?.settle(reply: nil, wasSent: error.mayHaveBeenSent)
                throw error
            }
            toll?.settle(reply: reply.body.count, wasSent: true)
            let sent = request.body.count
            return .success(try answers(in: reply, to: call.questions, of: sent))
        } catch {
            return .failure(error)
        }
    }
}

extension CloudRequest {
    /// Names the trace that the call belongs to (W3C Trace Context): it has one parent, the first of its
    /// questions that is traced.
    mutating func handOn(traceOf questions: [Question]) {
        guard let parent = questions.lazy.compactMap(\.traceparent).first else { return }
        headers.append(("traceparent", parent))
    }
}
