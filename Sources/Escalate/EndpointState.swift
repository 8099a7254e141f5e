// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Everything one endpoint knows: who waits, what is under way, how it has been doing.
///
/// Pure: questions, outcomes and the time go in; `actions` come out, to be carried out in order by the
/// driver. Nothing in here reads a clock, locks or calls out.
///
/// A question's way: line → call → answer, with detours through a back-off after a failure. Its deadline is
/// an alarm: while the question waits it is given up (`deadline`, then at once a late `unavailable`, so that
/// its row is released); while it is on the wire the caller hears `deadline` and gets the call's outcome
/// late.
struct EndpointState: Sendable {
    /// What the driver has to do.
    enum Action: Sendable {
        case call(Call)
        case probe
        case answer(Question, Delivery, Result<Verdict, EscalationFailure>)
        case late(Question, Delivery, Result<Verdict, EscalationFailure>)
        case note(Note)
    }

    /// What is worth a line in the log.
    enum Note: Equatable, Sendable {
        case breaker(CloudFacts.Breaker, reason: String)
        case uplink(Uplink)
        case refused(String)
    }

    /// One request: questions that go together.
    struct Call: Sendable {
        var id: UInt64
        var questions: [Question]
    }

    struct CallUnderWay: Sendable {
        var ids: [UInt64]
        var isLive: Bool
        var permit: CircuitBreaker.Permit
        var started: MonotonicInstant
        /// When the oldest of its questions joined the line.
        var joined: MonotonicInstant
    }

    struct Pending: Sendable {
        enum Place { case line, backOff, wire }

        var question: Question
        var delivery: Delivery
        var shape: WaitingLine.Shape
        var asked: MonotonicInstant
        var joined: MonotonicInstant
        var attempts = 0
        var place = Place.line
        /// True when it is not to share a request: one it shared was refused.
        var isAlone = false
        /// True when the caller has heard `deadline`.
        var isAnswered = false
    }

    enum Alarm: Sendable {
        case deadline(UInt64)
        /// The time a question without a deadline waits for room.
        case patience(UInt64)
        case retry(UInt64)
    }

    let name: String
    let timeout: Interval
    let maximumInFlight: Int
    let maximumBatch: Int
    let maximumWaiting: Int
    let retry: RetryOptions
    let probe: ProbeOptions
    /// Draws from 0..<1, for jitter.
    let random: @Sendable () -> Double

    var actions: [Action] = []
    var counts = EscalateCounts()
    var breaker: CircuitBreaker
    var latency: LatencyQuantiles
    var uplink: Uplink.StateMachine
    var pending: [UInt64: Pending] = [:]
    var live = WaitingLine()
    var backlog = WaitingLine()
    var calls: [UInt64: CallUnderWay] = [:]
    var liveCalls = 0
    /// Live questions that wait or are on the wire.
    var liveQuestions = 0
    var alarms = AlarmHeap<Alarm>()
    /// Until when the endpoint has asked to be left alone.
    var heldUntil: MonotonicInstant?
    var nextProbe: MonotonicInstant
    var isProbing = false
    var isStopped = false
    private var lastID: UInt64 = 0

    init(
        options: EndpointOptions,
        now: MonotonicInstant,
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        name = options.name
        timeout = options.timeout
        maximumInFlight = options.maximumInFlight
        maximumBatch = options.maximumBatch
        maximumWaiting = options.maximumWaiting
        retry = options.retry
        probe = options.probe
        self.random = random
        breaker = CircuitBreaker(options: options.breaker)
        latency = LatencyQuantiles(initial: options.timeout)
        let slowAbove = options.slowAbove ?? Interval(nanoseconds: timeout.nanoseconds / 2)
        uplink = Uplink.StateMachine(slowAbove: slowAbove)
        nextProbe = now
    }

    mutating func nextID() -> UInt64 {
        lastID += 1
        return lastID
    }

    func failure(
        _ kind: EscalationFailure.Kind,
        _ message: String,
        isRepeatable: Bool = true,
        retryAfter: Interval? = nil
    ) -> EscalationFailure {
        EscalationFailure(
            kind,
            message,
            endpoint: name,
            isRepeatable: isRepeatable,
            retryAfter: retryAfter
        )
    }

    /// The facts conditions see; working out the quantiles is remembered.
    mutating func facts(at now: MonotonicInstant) -> CloudFacts {
        let summary = latency.summary(at: now)
        return CloudFacts(
            isUp: refusal(isLive: true, at: now) == nil,
            p50: summary.p50,
            p95: summary.p95,
            samples: summary.samples,
            inFlight: calls.count,
            breaker: breaker.state,
            budgetLeft: 1
        )
    }

    /// Why a question would not be taken now; nil when it would.
    func refusal(isLive: Bool, at now: MonotonicInstant) -> EscalationFailure? {
        if isStopped { return failure(.unavailable, "shutting down") }
        if let heldUntil, now < heldUntil {
            let wait = heldUntil - now
            return failure(.unavailable, "asks to be left alone for a while", retryAfter: wait)
        }
        switch breaker.phase {
        case .open:
            return failure(.unavailable, "the circuit breaker is open")
        case .halfOpen where live.count + backlog.count >= breaker.room:
            return failure(.unavailable, "the circuit breaker is half open and its trials run")
        case .closed, .halfOpen:
            break
        }
        guard (isLive ? live : backlog).count < maximumWaiting else {
            return failure(.unavailable, "\(maximumWaiting) questions wait already")
        }
        return nil
    }

    /// When `advance` is next needed, if nothing else happens before.
    var nextWake: MonotonicInstant? {
        guard !isStopped else { return nil }
        var wake = alarms.first
        if !isProbing { wake = min(wake ?? nextProbe, nextProbe) }
        if let heldUntil, !(live.isEmpty && backlog.isEmpty) {
            wake = min(wake ?? heldUntil, heldUntil)
        }
        return wake
    }
}
