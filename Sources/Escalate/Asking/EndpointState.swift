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
/// late. A call that is slow is sent again (`EndpointState+Hedging`), within limits.
struct EndpointState: Sendable {
    /// What the driver has to do.
    enum Action: Sendable {
        case call(Call)
        case probe
        /// To be given up: nobody waits for its outcome, which is ignored.
        case cancel(UInt64)
        case answer(Question, Delivery, Result<Verdict, EscalationFailure>)
        case late(Question, Delivery, Result<Verdict, EscalationFailure>)
        case note(Note)
    }

    /// What is worth a line in the log.
    enum Note: Equatable, Sendable {
        case breaker(CloudFacts.Breaker, reason: String)
        case uplink(Uplink)
        case refused(String)
        /// It had refused whatever it was asked, and does no more.
        case answersAgain
    }

    /// One request: questions that go together.
    struct Call: Sendable {
        var id: UInt64
        var questions: [Question]
        /// Less than the endpoint's where nobody wants a late answer.
        var timeout: Interval
    }

    /// What is particular about one way of taking a question in.
    struct Manner: Sendable {
        /// True when a failed call is tried again here; false when another endpoint is there for it.
        var ownsRetries = true
        /// True when it has failed here before: it waits a moment first.
        var isRepeat = false
    }

    /// What went wrong last.
    struct Trouble: Equatable, Sendable {
        var reason: String
        /// True where a call was told so, which no probe refutes.
        var isOfCall: Bool
        /// How many calls in a row came to nothing though the endpoint was reached.
        var calls = 0
        /// True where the endpoint said so itself; what it did not say may be over without a call to show it.
        var isReply = false
        var since = MonotonicInstant(nanoseconds: 0)
    }

    /// How many such calls make it an endpoint that fails.
    static let callsToFail = 3
    /// How long it is called failing for calls that it left without a reply, while nobody asks and it is ready.
    static let longestSilence = Interval.seconds(300)

    /// Why it answers no question though it can be reached; nil where it does, or is away.
    ///
    /// No probe ends it, one answer does: a gate that asks nobody who they are says nothing of one that does.
    var failing: String? {
        guard let trouble, trouble.isOfCall, trouble.calls >= Self.callsToFail else { return nil }
        return trouble.reason
    }

    struct CallUnderWay: Sendable {
        var ids: [UInt64]
        var isLive: Bool
        var permit: CircuitBreaker.Permit
        var started: MonotonicInstant
        /// When the oldest of its questions joined the line.
        var joined: MonotonicInstant
        /// The other call about the same questions, while both are under way.
        var twin: UInt64?
        /// True for the second of two.
        var isHedge = false
    }

    struct Pending: Sendable {
        enum Place { case line, backOff, wire }

        var question: Question
        var delivery: Delivery
        var shape: WaitingLine.Shape
        var asked: MonotonicInstant
        var joined: MonotonicInstant
        var attempts = 0
        var ownsRetries = true
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
        /// The time after which a call counts as slow.
        case hedge(call: UInt64)
    }

    let name: String
    let timeout: Interval
    let maximumInFlight: Int
    let maximumBatch: Int
    let maximumWaiting: Int
    let retry: RetryOptions
    let probe: ProbeOptions
    let hedging: HedgeOptions?
    /// How the server's budget stands; nil when it has none.
    let budget: @Sendable () -> BudgetAccount.Standing?
    /// Draws from 0..<1, for jitter.
    let random: @Sendable () -> Double

    var actions: [Action] = []
    var counts = EscalateCounts()
    var breaker: CircuitBreaker
    /// From joining the line to the answer: what a question must expect.
    var latency: LatencyQuantiles
    /// From leaving to the answer: what a call takes.
    var wire: LatencyQuantiles
    /// Hedges that may be sent now; grows a little with each call.
    var hedgeCredit = 0.0
    var uplink: Uplink.StateMachine
    /// What went wrong last; nil since the endpoint did what it was asked.
    var trouble: Trouble?
    var pending: [UInt64: Pending] = [:]
    var live = WaitingLine()
    var backlog = WaitingLine()
    var calls: [UInt64: CallUnderWay] = [:]
    var liveCalls = 0
    /// Live questions that wait or are on the wire.
    var liveQuestions = 0
    var alarms = AlarmHeap<Alarm>()
    /// Different questions refused since the last one was answered, as many as make a doubt at most.
    var refused: Set<EffectKey> = []
    /// Until when the endpoint has asked to be left alone.
    var heldUntil: MonotonicInstant?
    var nextProbe: MonotonicInstant
    var isProbing = false
    var isStopped = false
    private var lastID: UInt64 = 0

    init(
        options: EndpointOptions,
        now: MonotonicInstant,
        random: @escaping @Sendable () -> Double = Jitter().next,
        budget: @escaping @Sendable () -> BudgetAccount.Standing? = { nil }
    ) {
        name = options.name
        timeout = options.timeout
        maximumInFlight = options.maximumInFlight
        maximumBatch = options.maximumBatch
        maximumWaiting = options.maximumWaiting
        retry = options.retry
        probe = options.probe
        hedging = options.hedging
        self.budget = budget
        self.random = random
        breaker = CircuitBreaker(options: options.breaker)
        latency = LatencyQuantiles(initial: options.timeout)
        wire = LatencyQuantiles(initial: options.timeout)
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
        return facts(summary, at: now, budget())
    }

    /// The same, of quantiles and a budget that were asked for before.
    func facts(
        _ summary: LatencyQuantiles.Summary,
        at now: MonotonicInstant,
        _ budget: BudgetAccount.Standing?
    ) -> CloudFacts {
        CloudFacts(
            isUp: refusal(isLive: true, at: now, budget) == nil,
            p50: summary.p50,
            p95: summary.p95,
            samples: summary.samples,
            inFlight: calls.count,
            breaker: breaker.state,
            budgetLeft: budget?.share ?? 1,
            moneyLeft: budget?.money,
            callsLeft: budget?.calls
        )
    }

    /// Why a question would not be taken now; nil when it would.
    func refusal(
        isLive: Bool,
        at now: MonotonicInstant,
        _ budget: BudgetAccount.Standing?
    ) -> EscalationFailure? {
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
        if let refusal = budget?.refusal { return overBudget(refusal) }
        guard (isLive ? live : backlog).count < maximumWaiting else {
            return failure(.unavailable, "\(maximumWaiting) questions wait already")
        }
        return nil
    }

    /// What a spent budget says to who asks; the backlog looks again when it may have changed.
    func overBudget(_ refusal: BudgetLedger.Refusal) -> EscalationFailure {
        failure(
            .unavailable,
            "the budget of \(refusal.limit) is spent",
            retryAfter: min(refusal.wait, Self.longestBudgetWait)
        )
    }

    /// A window's turn may be weeks away, and the wall clock may be set before.
    static let longestBudgetWait = Interval.seconds(900)

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
