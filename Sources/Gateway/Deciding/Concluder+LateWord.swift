// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Decide
import Spool
import Vocabulary

/// The cloud's word after something was done, or not done, without it.
extension Concluder {
    /// Publishes the next revision of a decision and does what a correction calls for.
    ///
    /// An action is done late only where it has a `max_age` and the reading is not older, and only if it
    /// was not done for the label acted on before. What must go to disk with it is returned.
    func lateWord(
        _ question: OpenDecision,
        _ bound: BoundPolicy,
        _ verdict: Verdict,
        _ holds: HoldDesk,
        trace: MessageTrace? = nil
    ) async -> SpoolChange {
        bounds.answered(question.policy, by: verdict.model)
        versions.verdict(verdict, on: question)
        var decision = question.decision(verdict)
        decision.revision = max(1, question.revisions)
        let label = question.actedOn ?? question.local.label
        decision.standing = label == verdict.label ? .confirmed : .corrected
        let latency = time.wallTime - question.timeOfReading
        var change = SpoolChange()
        let subject = Subject(question, bound)
        var effects: [Effect] = []
        if let event = writer.verdictEvent(of: subject.described(decision, [], verdict)) {
            effects.append(event)
        } else {
            let text = "the cloud's word cannot be published: its topic cannot be made"
            trail.buried(DeadLetterCode.cannotAct.rawValue, text)
            change.deadLetters.append(
                DeadLetter(
                    time: time.wallTime,
                    input: "verdict",
                    topic: question.topic,
                    payload: Array(question.payload),
                    code: .cannotAct,
                    text: text
                )
            )
        }
        let former =
            question.actedOn == nil ? [] : Set(subject.actions(verdict: nil, at: time))
        let age = time.wallTime - question.timeOfReading
        let due = subject.actions(verdict: verdict, at: time).filter { index in
            guard !former.contains(index), let limit = bound.policy.actions[index].maximumAge else {
                return false
            }
            return age <= limit
        }
        let firing = holds.admitLate(
            due,
            policy: bound.policy,
            device: question.device,
            at: time.now
        )
        let described = subject.described(decision, [], verdict)
        tellSinks(described, &change)
        let done = self.effects(firing, of: described, question, &change)
        trail.record(
            decision,
            verdict: verdict,
            fired: done.fired,
            held: Self.names(due, without: firing, bound.policy),
            latency: latency
        )
        effects += done.atOnce
        await deliver(effects, bound.policy, &change, trace: trace)
        return change
    }
}

/// What an earlier run left in the air.
extension Concluder {
    /// Applies the fallback of an escalation whose run ended before it could; what must go to disk.
    ///
    /// Its actions become rows, in one transaction with the first word itself. They have the keys that
    /// the earlier run would have given them, so that doing it twice is doing it once.
    func resume(_ question: OpenDecision, _ bound: BoundPolicy, row: Int64) -> SpoolChange {
        var word = firstWord(
            question,
            bound,
            grounds: nil,
            holds: lateHolds,
            latency: time.wallTime - question.timeOfReading
        )
        guard question.fallback != .drop else {
            word.change.drops.append(.init(id: row, reason: .fallback))
            return word.change
        }
        for effect in word.effects { keep(effect, bound.policy, in: &word.change) }
        word.change.replacements.append(
            .init(id: row, kind: .deferral, body: word.question.encoded())
        )
        return word.change
    }
}
