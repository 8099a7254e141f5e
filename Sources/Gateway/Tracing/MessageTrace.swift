// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Escalate
import Telemetry
import Vocabulary

/// The trace of one message: one that is kept here, or one that is only handed on.
struct MessageTrace: Sendable {
    let tracer: SpanTracer
    /// With the message's own span; of a trace that is only handed on, as it came.
    let context: TraceContext
    /// The span it came with.
    let parent: UInt64?
    /// True where spans are made of it.
    let isKept: Bool
    let bytes: Int
    let qualityOfService: UInt8
    /// When its burst was read.
    let arrival: WallTime

    /// What it is known by to those it is handed on to.
    var onward: String { context.traceparent }

    /// A span of its own below the message's.
    func span(
        _ name: String,
        _ start: WallTime,
        _ end: WallTime,
        kind: Span.Kind = .inside,
        _ attributes: [(name: String, value: Span.Attribute)] = []
    ) -> Span {
        var child = context
        child.span = UInt64.random(in: 1 ... .max)
        return Span(
            name,
            context: child,
            parent: context.span,
            kind: kind,
            start: start,
            end: end,
            attributes: attributes
        )
    }

    /// Begins the span of something whose outcome is still to come.
    func open(_ name: String, _ kind: Span.Kind, _ decision: DecisionID) -> OpenSpan {
        guard isKept else { return OpenSpan(tracer: tracer, traceparent: onward, span: nil) }
        let now = tracer.now
        let span = span(
            name,
            now,
            now,
            kind: kind,
            [("sluice.decision_id", .text(decision.description))]
        )
        return OpenSpan(tracer: tracer, traceparent: span.context.traceparent, span: span)
    }

    /// Begins a span for each of `effects`, which hand it on.
    func opening(_ effects: [Effect]) -> ([Effect], [OpenSpan]) {
        let spans = effects.map { open("act", .producer, $0.key.decision) }
        var effects = effects
        for index in effects.indices { effects[index].traceparent = spans[index].traceparent }
        return (effects, spans)
    }
}

/// A span whose end is still to come, on whichever thread.
struct OpenSpan: Sendable {
    let tracer: SpanTracer
    /// What hands it on.
    let traceparent: String
    /// Nil of a trace that is only handed on.
    let span: Span?

    /// Ends the span of an action with what became of it.
    func end(_ outcome: DeliveryOutcome) {
        switch outcome {
        case .delivered: end(failure: nil)
        case .undelivered: end(failure: "undelivered")
        case .rejected: end(failure: "rejected")
        case .dropped: end(failure: "dropped")
        }
    }

    /// Ends the span of a question with what became of it.
    func end(_ result: Result<Verdict, EscalationFailure>) {
        switch result {
        case .success(let verdict):
            end(
                failure: nil,
                [
                    ("sluice.endpoint", .text(verdict.endpoint)),
                    ("sluice.model", .text(verdict.model.description)),
                ]
            )
        case .failure(let failure): end(failure: failure.kind.rawValue)
        }
    }

    /// `failure` says in a word why it came to nothing; never in words of somebody else's.
    private func end(
        failure: String?,
        _ more: [(name: String, value: Span.Attribute)] = []
    ) {
        guard var span else { return }
        span.end = tracer.now
        span.failure = failure
        span.attributes += more
        tracer.queue.append([span])
    }
}
