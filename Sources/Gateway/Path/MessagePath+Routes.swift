// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Decide
import Decode
import Escalate
import FoundationEssentials
import Infer
import Spool
import Telemetry
import Vocabulary

/// What each route does with a reading.
extension MessagePath {
    /// A cloud that as a rule answers so soon, as one on the site does, is worth a commit's patience.
    private static let soon = Interval.milliseconds(10)

    /// Acts on the local answer; provisionally, when the rule wants the cloud's word afterwards.
    func act(_ verge: Verge) {
        holding = verge.actions()
        let firing =
            verge.runtime.hasHolds
            ? holds.admit(
                holding,
                policy: verge.policy,
                device: verge.row.device,
                at: verge.moment.now
            ) : holding
        guard !firing.isEmpty || verge.ruling.isProvisional || verge.audit != nil else {
            if verge.runtime.hasSinks { tellSinks(verge, decision(verge)) }
            return note(verge)
        }
        var decision = decision(verge)
        if let draw = verge.audit { audit(verge, draw, decision) }
        if verge.ruling.isProvisional, var question = openDecision(verge, decision) {
            decision.standing = .provisional
            question.standing = Decision.Standing.provisional.rawValue
            question.revisions = 1
            question.actedOn = decision.label ?? ""
            keep(question, verge.policy)
        }
        // What the rules have seen is text, which is made once somebody wants it.
        lazy var grounds = verge.grounds(inference?.engine)
        if verge.runtime.hasSinks { tellSinks(verge, decision, grounds.observed) }
        let isTold = firing.contains { verge.runtime.bound.actions[$0].body == nil }
        let subject = verge.subject(decision, isTold ? grounds.observed : [])
        var effects: [(effect: Effect, action: ActionSpec)] = []
        for index in firing {
            do throws(EffectWriter.Fault) {
                let effect = try parts.effects.effect(index, of: subject)
                effects.append((effect, verge.policy.actions[index]))
            } catch {
                let payload = verge.batch.payload(of: verge.message)
                let text = "action `\(error.action)`: \(error.message)"
                bury(verge.message, payload, code: .cannotAct, text)
            }
        }
        parts.trail.record(
            decision,
            grounds: grounds,
            fired: effects.map { FiredAction($0.action, $0.effect) },
            held: heldBack(verge, firing),
            latency: parts.time.now - verge.moment.arrival
        )
        for (effect, action) in effects { owe(effect, order: action.order, verge.policy) }
    }

    /// The names of the actions whose conditions hold and that are not done.
    private func heldBack(_ verge: Verge, _ firing: [Int]) -> [String] {
        holding.filter { !firing.contains($0) }.map { verge.policy.actions[$0].name }
    }

    /// Asks the cloud; the concluder finishes it when the answer, or the deadline, comes.
    func escalate(_ verge: Verge) {
        guard let question = openDecision(verge, decision(verge)) else {
            // Nobody can be asked; what the rule would have done without an answer is still due.
            if verge.ruling.fallback == .actProvisionally { act(verge) }
            return
        }
        let cloud = verge.moment.cloud
        let flight = Flight(
            question,
            obligation: open.owe(
                endsSoon: cloud.samples > 0 && cloud.p95 <= Self.soon,
                Self.entry(question, as: .escalation, verge.policy)
            ),
            bound: verge.runtime.bound,
            grounds: tellsGrounds(verge.runtime) ? verge.grounds(inference?.engine) : nil,
            holds: holds,
            reading: verge.readings.alone(verge.reading.row).map { readings in
                Subject.Reading(captures: verge.captures, readings: readings)
            },
            arrival: verge.moment.arrival,
            trace: tracing?.current
        )
        let key = question.questionKey
        outbox.questions.append(
            Question(
                key: key,
                endpoints: verge.runtime.bound.endpoints,
                outbound: question.outbound,
                deadline: verge.deadline?.expires,
                isLive: true,
                wantsLateAnswer: verge.ruling.fallback != .drop
            )
        )
        outbox.flights[key] = flight
    }

    /// True when somebody is told what the rules have seen: it costs as much as asking.
    private func tellsGrounds(_ runtime: PolicyRuntime) -> Bool {
        parts.trail.isTold || runtime.hasSinks || runtime.bound.actions.contains { $0.body == nil }
    }

    /// Keeps it until the cloud can be asked without haste.
    func postpone(_ verge: Verge) {
        let decision = decision(verge)
        guard let question = openDecision(verge, decision) else { return }
        lazy var grounds = verge.grounds(inference?.engine)
        if verge.runtime.hasSinks { tellSinks(verge, decision, grounds.observed) }
        parts.trail.record(
            decision,
            grounds: grounds,
            latency: parts.time.now - verge.moment.arrival
        )
        keep(question, verge.policy)
    }

    /// Does nothing more with it; counted.
    ///
    /// A reading that the model could not work on and no rule spoke of is not dropped because its policy
    /// wants no more of it: it is a dead letter.
    func drop(_ verge: Verge) {
        if verge.ruling.ruleIndex == nil,
            let reason = verge.situation.finding?.absence
        {
            let payload = verge.batch.payload(of: verge.message)
            bury(verge.message, payload, code: .noFinding, reason)
        } else {
            parts.trail.dropped(.policy)
        }
        note(verge)
    }

    /// Sets a message aside for a person, with the reason.
    func bury(_ message: Message, _ payload: [UInt8], code: DeadLetterCode, _ text: String) {
        open.change.deadLetters.append(
            DeadLetter(
                time: parts.time.wallTime,
                // Sent again once more, its identity is sought by the lane it came by.
                input: formerLanes[message.payload] ?? name,
                topic: message.topic.name,
                payload: payload,
                code: code,
                text: text
            )
        )
        parts.trail.buried(code.rawValue, text)
    }

    // MARK: - Pieces

    /// The decision's id: given, for a row put aside earlier, or hashed from the input's identity.
    func id(
        of reading: PolicyRuntime.Case,
        _ topic: Topic,
        _ runtime: PolicyRuntime
    ) -> DecisionID {
        if let id = reading.id { return id }
        let row = runtime.readings.rows[reading.row]
        var identity: [UInt8] = []
        if let mark = reading.mark {
            InputIdentity(device: row.device, topic: topic.name, mark: mark)
                .write(into: &identity)
        }
        return parts.key.decisionID(
            identity: identity,
            index: row.index,
            policy: runtime.name
        )
    }

    func id(of verge: Verge) -> DecisionID {
        id(of: verge.reading, verge.message.topic, verge.runtime)
    }

    private func decision(_ verge: Verge) -> Decision {
        Decision(
            id: id(of: verge),
            policy: verge.policy,
            row: verge.row,
            finding: verge.situation.finding,
            ruling: verge.ruling,
            arrival: verge.moment.arrivalWallTime
        )
    }

    /// What is kept of a decision whose last word is out; nil, and a dead letter, when the reading lacks
    /// a field the cloud's model wants.
    private func openDecision(_ verge: Verge, _ decision: Decision) -> OpenDecision? {
        do throws(FeatureFailure) {
            return OpenDecision(
                decision,
                verge: verge,
                outbound: try verge.runtime.outbound(row: verge.reading.row)
            )
        } catch {
            bury(
                verge.message,
                verge.batch.payload(of: verge.message),
                code: .cannotAsk,
                "the cloud's model cannot be asked: \(error.reason)"
            )
            return nil
        }
    }

    private func keep(_ question: OpenDecision, _ policy: Policy) {
        open.keep(Self.entry(question, as: .deferral, policy)())
    }

    private func owe(_ effect: Effect, order: ActionSpec.Order, _ policy: Policy) {
        let (time, trail) = (parts.time, parts.trail)
        let origin = RowOrigin(policy)
        let entry: @Sendable () -> NewEntry = { effect.entry(origin, time: time) }
        let obligation = open.owe(endsSoon: order == .fast && !effect.isCall, entry)
        switch order {
        case .fast:
            outbox.effects.append(effect)
            outbox.obligations.append(obligation)
            outbox.entries.append(entry)
        case .durable:
            let act = parts.act
            var effect = effect
            let span = tracing?.current?.open("act", .producer, effect.key.decision)
            effect.traceparent = span?.traceparent
            open.whenCommitted { [effect] in
                act.deliver([effect]) { _, outcome in
                    span?.end(outcome)
                    obligation.end(
                        .init(
                            outcome,
                            effect: effect,
                            row: entry,
                            at: time.wallTime,
                            trail: trail
                        )
                    )
                }
            }
        }
    }

    /// Puts the reading into the traces that are being recorded.
    func recordTrace(_ verge: Verge) {
        parts.recorder.decided(
            verge,
            id: id(of: verge),
            actions: holding,
            audit: verge.ruling.asksCloud ? 1 : verge.audit?.propensity(),
            engine: inference?.engine
        )
    }

    /// Notes a decision that leaves nothing behind.
    private func note(_ verge: Verge) {
        parts.trail.sampled(
            DecisionFeed.Subject(
                policy: verge.runtime.name,
                route: verge.ruling.route.rawValue,
                device: verge.row.device
            ),
            { self.decision(verge) },
            grounds: { verge.grounds(self.inference?.engine) },
            held: { heldBack(verge, []) },
            latency: verge.moment.now - verge.moment.arrival
        )
    }

    static func entry(
        _ question: OpenDecision,
        as kind: EntryKind,
        _ policy: Policy
    ) -> @Sendable () -> NewEntry {
        let origin = RowOrigin(policy)
        let threshold = policy.thresholds.first?.value
        return {
            var entry = NewEntry(
                id: 0,
                key: question.questionKey.description,
                kind: kind,
                priority: question.priority,
                device: question.device,
                policy: question.policy,
                policyVersion: question.policyVersion,
                timeToLive: origin.timeToLive,
                body: question.encoded()
            )
            entry.value = EntryValue.question(
                confidence: question.local.confidence,
                threshold: threshold
            )
            return entry
        }
    }
}

extension Verge {
    /// What templates may ask of it.
    func subject(
        _ decision: Decision,
        _ observed: [(variable: String, value: String)]
    ) -> EffectWriter.Subject {
        EffectWriter.Subject(
            decision,
            runtime: runtime,
            row: reading.row,
            topic: message.topic.name,
            captures: captures,
            finding: situation.finding,
            observed: observed
        )
    }
}

extension Effect {
    /// True for a call to a web server, which nobody knows the speed of; a broker is near.
    fileprivate var isCall: Bool {
        if case .webhook = target { true } else { false }
    }
}
