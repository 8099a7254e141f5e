// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Decide
import Escalate
import Telemetry
import Vocabulary

/// One span tree for each message that is traced: ingest, decode, infer, decide, act or escalate, spool.
extension MessagePath {
    /// Decides a reading while somebody looks on: it is recorded, or its message is traced.
    func decideWatched(_ verge: Verge) {
        let isTraced = isTracing && tracing?.decides(verge.row.message) == true
        let (questions, effects) = (outbox.questions.count, outbox.effects.count)
        decide(verge)
        if parts.recorder.isActive { recordTrace(verge) }
        guard isTraced else { return }
        follow(questions: questions, effects: effects)
        tracing?.decided { attributes(of: verge) }
    }

    /// The burst is worked through.
    func endTracing() {
        tracing?.end()
        isTracing = false
    }

    /// Opens spans of what the decision has started; they end with the outcome.
    private func follow(questions: Int, effects: Int) {
        guard let trace = tracing?.current else { return }
        for place in questions..<outbox.questions.count {
            let key = outbox.questions[place].key
            let span = trace.open("escalate", .client, key.decision)
            outbox.questions[place].traceparent = span.traceparent
            outbox.spans[key] = span
        }
        for place in effects..<outbox.effects.count {
            let key = outbox.effects[place].key
            let span = trace.open("act", .producer, key.decision)
            outbox.effects[place].traceparent = span.traceparent
            outbox.spans[key] = span
        }
    }

    /// What may be said of a decision outside the site (G8): names that the configuration gives, and its id.
    private func attributes(of verge: Verge) -> [(name: String, value: Span.Attribute)] {
        let id = id(of: verge)
        var attributes: [(name: String, value: Span.Attribute)] = [
            ("sluice.policy", .text(verge.policy.name)),
            ("sluice.policy_version", .text(verge.policy.version)),
            ("sluice.route", .text(verge.ruling.route.rawValue)),
            ("sluice.rule", .text(verge.ruling.ruleName)),
            ("sluice.decision_id", .text(id.description)),
        ]
        if let model = verge.situation.finding?.model {
            attributes.append(("sluice.model", .text(model.description)))
        }
        if let device = parts.tracer?.device(verge.row.device, verge.policy.privacy) {
            attributes.append(("sluice.device", .text(device)))
        }
        return attributes
    }
}
