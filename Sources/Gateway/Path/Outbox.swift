// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Escalate
import Spool
import Vocabulary

/// What a burst's decisions start: handed over once for all of them.
struct Outbox {
    var effects: [Effect] = []
    var obligations: [Obligation] = []
    var entries: [@Sendable () -> NewEntry] = []
    var questions: [Question] = []
    var flights: [EffectKey: Flight] = [:]
    /// The spans of what is traced, to be ended with the outcome.
    var spans: [EffectKey: OpenSpan] = [:]

    /// True when nothing is to be started.
    var isEmpty: Bool { effects.isEmpty && questions.isEmpty && spans.isEmpty }

    /// Sends everything off and is empty again.
    mutating func send(_ parts: PathParts) {
        if !effects.isEmpty {
            let (effects, obligations, entries) = (effects, obligations, entries)
            let (time, trail, spans) = (parts.time, parts.trail, spans)
            parts.act.deliver(effects) { index, outcome in
                spans[effects[index].key]?.end(outcome)
                obligations[index].end(
                    .init(
                        outcome,
                        effect: effects[index],
                        row: entries[index],
                        at: time.wallTime,
                        trail: trail
                    )
                )
            }
        }
        if !questions.isEmpty {
            let (flights, spans) = (flights, spans)
            let concluder = parts.concluder
            parts.escalate.ask(
                questions,
                answer: { question, result in
                    spans[question.key]?.end(result)
                    guard let flight = flights[question.key] else { return }
                    concluder.post(.answered(flight, result))
                },
                late: { question, result in
                    guard let flight = flights[question.key] else { return }
                    concluder.post(.late(flight, result))
                }
            )
        }
        self = Outbox()
    }
}
