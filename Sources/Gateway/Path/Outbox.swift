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

    /// Sends everything off and is empty again.
    mutating func send(_ parts: PathParts) {
        if !effects.isEmpty {
            let (effects, obligations, entries) = (effects, obligations, entries)
            let (time, trail) = (parts.time, parts.trail)
            parts.act.deliver(effects) { index, outcome in
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
            let flights = flights
            let concluder = parts.concluder
            parts.escalate.ask(
                questions,
                answer: { question, result in
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
