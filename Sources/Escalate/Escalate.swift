// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import HTTP
public import Logging
import Synchronization
public import Vocabulary

/// Asks cloud endpoints about readings, and says in time when no answer is to be expected.
///
/// Every question gets exactly one answer; when that is the failure `deadline`, exactly one late outcome
/// follows, within the endpoint's timeout. Answers and late outcomes are delivered on Escalate's own thread, one at a
/// time and in order; what they call must not block, or deadlines are kept late.
public final class Escalate: Sendable {
    private let endpoints: [String: Endpoint]
    /// By the servers' names.
    private let budgets: [String: BudgetAccount]
    private let time: any TimeSource
    private let conductor: Conductor

    /// Makes a stage that asks `endpoints`; nothing is sent before `start`.
    ///
    /// `onUplinkChange` is called on the stage's thread with the new and the former state, `onRecovery` when one
    /// of the endpoints can be asked again. Budgets are kept in `budgetStore`.
    public init(
        endpoints: [EndpointOptions],
        http: HTTPClient,
        time: any TimeSource,
        logger: Logger,
        budgetStore: any BudgetStore = BudgetMemory(),
        onUplinkChange: (@Sendable (Uplink, Uplink) -> Void)? = nil,
        onRecovery: (@Sendable (Recovery) -> Void)? = nil
    ) {
        self.time = time
        var budgets: [String: BudgetAccount] = [:]
        for options in endpoints where budgets[options.server] == nil {
            guard let budget = options.budget, !budget.limits.isEmpty else { continue }
            budgets[options.server] = BudgetAccount(
                server: options.server,
                options: budget,
                store: budgetStore,
                time: time
            )
        }
        self.budgets = budgets
        let thread = AlarmThread(time: time)
        let all = endpoints.map { options in
            Endpoint(
                options: options,
                http: http,
                time: time,
                budget: budgets[options.server],
                wake: { thread.wake() }
            )
        }
        self.endpoints = Dictionary(all.map { ($0.options.name, $0) }) { first, _ in first }
        conductor = Conductor(
            endpoints: all,
            thread: thread,
            time: time,
            logger: logger,
            onUplinkChange: onUplinkChange,
            onRecovery: onRecovery
        )
    }

    deinit {
        conductor.requestStop()
        conductor.detach()
    }

    /// Starts the thread and the first probes.
    public func start() {
        conductor.start()
    }

    /// Fails what waits and what is on the wire with `unavailable`, delivers that, and ends the thread.
    ///
    /// Waits for it, so it must not be called from an answer.
    public func stop() {
        conductor.requestStop()
        // The thread delivers the failures, so one that never ran does so now.
        conductor.start()
        conductor.join()
        for budget in budgets.values { budget.close() }
    }

    /// Asks; any thread, returns at once, and never calls back on the thread that asks.
    ///
    /// Each question goes to the first of its endpoints that would take it now, and on to the next when that one
    /// fails or is slow; when none would take it, the answer is `unavailable` with the reason of the first.
    public func ask(
        _ questions: [Question],
        answer: @escaping @Sendable (Question, Result<Verdict, EscalationFailure>) -> Void,
        late: @escaping @Sendable (Question, Result<Verdict, EscalationFailure>) -> Void
    ) {
        let delivery = Delivery(answer: answer, late: late)
        conductor.asking {
            for question in questions { begin(question, delivery) }
        }
    }

    /// What conditions see of an endpoint, for who looks on; `absent` when there is none of that name.
    ///
    /// Cheap, and callable from any thread.
    public func facts(endpoint: String) -> CloudFacts {
        endpoints[endpoint]?.shownFacts ?? .absent
    }

    /// The state of an endpoint's circuit breaker; nil when there is none of that name.
    public func breaker(endpoint: String) -> CloudFacts.Breaker? { endpoints[endpoint]?.breaker }

    /// What conditions see of the first of `endpoints` that could be asked, or of the first when none could.
    public func facts(endpoints names: [String]) -> CloudFacts {
        var first: CloudFacts?
        for name in names {
            guard let facts = endpoints[name]?.facts else { continue }
            if facts.isUp { return facts }
            first = first ?? facts
        }
        return first ?? .absent
    }

    /// What an endpoint has done since the start; nil when there is none of that name.
    public func counts(endpoint: String) -> EscalateCounts? { endpoints[endpoint]?.counts }

    /// The state of the way to an endpoint; `offline` when there is none of that name.
    public func uplink(endpoint: String) -> Uplink { endpoints[endpoint]?.uplink ?? .offline }

    /// Why the last call to an endpoint, or the last look at it, came to nothing; nil where it did not.
    ///
    /// May hold what the server said, never a secret or what was asked.
    public func trouble(endpoint: String) -> String? { endpoints[endpoint]?.trouble }

    /// Why an endpoint answers no question though it can be reached, as three calls in a row have shown; nil
    /// since one was answered, and where it is away.
    public func failing(endpoint: String) -> String? { endpoints[endpoint]?.failing }

    /// How much of a server's budget is spent, limit by limit; empty when it has none.
    public func budget(server: String) -> [BudgetReport] { budgets[server]?.reports ?? [] }

    /// The best state of all endpoints.
    public var uplink: Uplink { conductor.uplink }

    /// Live questions that wait or are on the wire: what a drain must give way to.
    public var liveInFlight: Int { endpoints.values.reduce(0) { $0 + $1.liveQuestions } }

    private func begin(_ question: Question, _ delivery: Delivery) {
        let known = question.endpoints.compactMap { endpoints[$0] }
        if known.isEmpty, let name = question.endpoints.first {
            let unknown = EscalationFailure(
                .unavailable,
                "is not in the configuration",
                endpoint: name
            )
            return conductor.deliver(question, .failure(unknown), delivery)
        }
        let inquiry = Inquiry(
            question,
            delivery,
            endpoints: known,
            conductor: conductor,
            time: time
        )
        inquiry.begin()
    }
}
