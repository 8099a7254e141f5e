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
    private let conductor: Conductor

    /// Makes a stage that asks `endpoints`; nothing is sent before `start`.
    ///
    /// `onUplinkChange` is called on the stage's thread with the new and the former state.
    public init(
        endpoints: [EndpointOptions],
        http: HTTPClient,
        time: any TimeSource,
        logger: Logger,
        onUplinkChange: (@Sendable (Uplink, Uplink) -> Void)? = nil
    ) {
        let all = endpoints.map { Endpoint(options: $0, http: http, time: time) }
        self.endpoints = Dictionary(all.map { ($0.options.name, $0) }) { first, _ in first }
        conductor = Conductor(
            endpoints: all,
            time: time,
            logger: logger,
            onUplinkChange: onUplinkChange
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
    }

    /// Asks; any thread, returns at once, and never calls back on the thread that asks.
    ///
    /// Each question goes to the first of its endpoints that would take it now; when none would, the
    /// answer is `unavailable` with the reason of the first.
    public func ask(
        _ questions: [Question],
        answer: @escaping @Sendable (Question, Result<Verdict, EscalationFailure>) -> Void,
        late: @escaping @Sendable (Question, Result<Verdict, EscalationFailure>) -> Void
    ) {
        let delivery = Delivery(answer: answer, late: late)
        for question in questions {
            if let failure = place(question, delivery) {
                conductor.refuse(question, delivery, failure)
            }
        }
        conductor.wake()
    }

    /// What conditions see of an endpoint; `absent` when there is none of that name.
    ///
    /// Cheap, and callable from any thread.
    public func facts(endpoint: String) -> CloudFacts {
        endpoints[endpoint]?.facts ?? .absent
    }

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

    /// The best state of all endpoints.
    public var uplink: Uplink { conductor.uplink }

    /// Live questions that wait or are on the wire: what a drain must give way to.
    public var liveInFlight: Int { endpoints.values.reduce(0) { $0 + $1.liveQuestions } }

    /// Hands the question to an endpoint, or says why none takes it.
    private func place(_ question: Question, _ delivery: Delivery) -> EscalationFailure? {
        var first: EscalationFailure?
        for name in question.endpoints {
            guard let endpoint = endpoints[name] else {
                let unknown = EscalationFailure(
                    .unavailable,
                    "is not in the configuration",
                    endpoint: name
                )
                first = first ?? unknown
                continue
            }
            guard let refusal = endpoint.accept(question, delivery: delivery) else { return nil }
            first = first ?? refusal
        }
        return first ?? EscalationFailure(.unavailable, "the question names no endpoint")
    }
}
