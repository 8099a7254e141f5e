// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Decide
import Escalate
import Logging
import Spool
import Sync
import Synchronization
import Vocabulary

/// Concludes decisions: by the cloud's answer in time, by the rule's fallback when there is none, and by
/// the late word that confirms or corrects what was done meanwhile.
///
/// Any thread may post; what belongs to one flight happens one after the other, flights side by side.
final class Concluder: Sendable {
    /// What has happened to a flight.
    enum Event: Sendable {
        /// The one first answer.
        case answered(Flight, Result<Verdict, EscalationFailure>)
        /// The one outcome after a deadline.
        case late(Flight, Result<Verdict, EscalationFailure>)
    }

    let spool: SpoolStore
    let act: Act
    let writer: EffectWriter
    let trail: DecisionTrail
    let board: PolicyBoard
    let bounds: BoundBoard
    let versions: VersionWatch
    let gauge: LiveGauge?
    let time: any TimeSource
    /// Alarms of decisions that an earlier run began.
    let lateHolds = HoldDesk()
    private let open = Atomic<Int>(0)
    private let answers = Mutex(Answers())

    private static let answersInTurn = 256

    /// Answers in time that nobody has looked at yet.
    private struct Answers {
        var waiting: [(flight: Flight, verdict: Verdict)] = []
        /// True while a task takes them.
        var areTaken = false
    }

    /// How many events are being dealt with.
    var underWay: Int { open.load(ordering: .acquiring) }

    init(
        spool: SpoolStore,
        act: Act,
        writer: EffectWriter,
        trail: DecisionTrail,
        board: PolicyBoard,
        bounds: BoundBoard,
        versions: VersionWatch = VersionWatch(),
        gauge: LiveGauge? = nil,
        time: any TimeSource
    ) {
        self.spool = spool
        self.act = act
        self.writer = writer
        self.trail = trail
        self.board = board
        self.bounds = bounds
        self.versions = versions
        self.gauge = gauge
        self.time = time
    }

    /// Takes note of an event; never blocks.
    func post(_ event: Event) {
        open.wrappingAdd(1, ordering: .acquiringAndReleasing)
        switch event {
        case .answered(let flight, .success(let verdict)):
            // Nothing comes before it, nothing comes after it.
            let isFirst = answers.withLock { answers in
                answers.waiting.append((flight, verdict))
                defer { answers.areTaken = true }
                return !answers.areTaken
            }
            if isFirst { Task { await concludeAnswers() } }
        case .answered(let flight, .failure(let failure)):
            flight.next { [self] in
                await unanswered(flight, failure)
                closed()
            }
        case .late(let flight, let result):
            flight.next { [self] in
                await late(flight, result)
                closed()
            }
        }
    }

    /// Takes answers until there are no more: those of one request come together, and a task for each would
    /// wake a thread for each.
    private func concludeAnswers() async {
        var turn = 0
        while true {
            let some = answers.withLock { answers in
                defer { answers.waiting = [] }
                answers.areTaken = !answers.waiting.isEmpty
                return answers.waiting
            }
            guard !some.isEmpty else { return }
            for (flight, verdict) in some { conclude(flight, verdict) }
            // Other tasks get their turn, though not after a few answers: to change over costs as much as one.
            turn += some.count
            guard turn >= Self.answersInTurn else { continue }
            turn = 0
            await Task.yield()
        }
    }

    private func closed() {
        open.wrappingSubtract(1, ordering: .acquiringAndReleasing)
    }

    // MARK: - In time, or not

    private func unanswered(_ flight: Flight, _ failure: EscalationFailure) async {
        guard !flight.obligation.isVoid else { return }
        guard failure.kind == .deadline else {
            let change = await fallBack(flight)
            return flight.obligation.end(ending(flight, failure, also: change))
        }
        gauge?.note(time.now - flight.arrival)
        // The late outcome ends the obligation, unless there is nothing to wait for.
        let change = await fallBack(flight)
        if flight.question.fallback == .drop {
            flight.obligation.end(.init(own: .dropped(.fallback), also: change))
        } else if !change.isEmpty {
            spool.submitPersistently(change)
        }
    }

    private func late(_ flight: Flight, _ result: Result<Verdict, EscalationFailure>) async {
        // What was dropped has had its last word.
        guard flight.question.fallback != .drop, !flight.obligation.isVoid else { return }
        switch result {
        case .success(let verdict):
            let change = await lateWord(
                flight.question,
                flight.bound,
                verdict,
                flight.holds,
                trace: flight.trace
            )
            flight.obligation.end(.init(own: .met, also: change))
        case .failure(let failure):
            flight.obligation.end(ending(flight, failure, also: SpoolChange()))
        }
    }

    /// What becomes of a question that could not be answered.
    private func ending(
        _ flight: Flight,
        _ failure: EscalationFailure,
        also change: SpoolChange
    ) -> Obligation.End {
        let question = flight.question
        if question.fallback == .drop {
            return .init(own: .dropped(.fallback), also: change)
        }
        let entry = MessagePath.entry(question, as: .deferral, flight.bound.policy)
        return .init(
            own: .kept(
                entry(),
                delay: failure.retryAfter ?? .zero,
                countsAttempt: failure.kind == .refused
            ),
            also: change
        )
    }

    /// The cloud answered in time: its label is acted on, and nothing more is to come.
    private func conclude(_ flight: Flight, _ verdict: Verdict) {
        guard !flight.obligation.isVoid else { return closed() }
        gauge?.note(verdict.latency)
        let question = flight.question
        bounds.answered(question.policy, by: verdict.model)
        versions.verdict(verdict, on: question)
        var decision = question.decision(verdict)
        decision.standing = .final
        let arrival = flight.arrival
        let latency = time.now - arrival
        var change = SpoolChange()
        let subject = Subject(question, flight.bound, flight.reading)
        let holding = subject.actions(verdict: verdict, at: time)
        let firing = flight.holds.admitVerdict(
            holding,
            policy: flight.bound.policy,
            device: decision.device,
            at: time.now
        )
        var effects = Effects()
        if !firing.isEmpty || !flight.bound.policy.sinks.isEmpty {
            let observed = flight.grounds?.observed ?? []
            let described = subject.described(decision, observed, verdict)
            tellSinks(described, &change)
            effects = self.effects(firing, of: described, question, &change)
        }
        trail.record(
            decision,
            grounds: flight.grounds,
            verdict: verdict,
            fired: effects.fired,
            held: Self.names(holding, without: firing, flight.bound.policy),
            latency: latency
        )
        deliver(effects.atOnce, flight.bound.policy, change, trace: flight.trace) { change in
            flight.obligation.end(.init(own: .met, also: change))
            self.closed()
        }
    }

    /// Does what the rule says for the case that no answer comes in time; what must go to disk with it.
    private func fallBack(_ flight: Flight) async -> SpoolChange {
        guard flight.question.standing == nil else { return SpoolChange() }
        var word = firstWord(
            flight.question,
            flight.bound,
            grounds: flight.grounds,
            holds: flight.holds,
            latency: time.now - flight.arrival
        )
        await deliver(word.effects, flight.bound.policy, &word.change, trace: flight.trace)
        flight.question = word.question
        return word.change
    }

    /// The first word on a decision without the cloud, by its rule's fallback: what is kept of it, what
    /// is delivered at once, and what goes to disk with it.
    func firstWord(
        _ question: OpenDecision,
        _ bound: BoundPolicy,
        grounds: Grounds?,
        holds: HoldDesk,
        latency: Interval
    ) -> (question: OpenDecision, effects: [Effect], change: SpoolChange) {
        var question = question
        var change = SpoolChange()
        var effects = Effects()
        guard let fallback = question.fallback else { return (question, [], change) }
        var decision = question.decision(nil)
        decision.standing = fallback == .drop ? .final : .provisional
        var held: [String] = []
        if fallback != .drop, !bound.policy.sinks.isEmpty {
            let subject = Subject(question, bound)
            tellSinks(subject.described(decision, grounds?.observed ?? [], nil), &change)
        }
        if fallback == .actProvisionally {
            let subject = Subject(question, bound)
            let holding = subject.actions(verdict: nil, at: time)
            let firing = holds.admitVerdict(
                holding,
                policy: bound.policy,
                device: decision.device,
                at: time.now
            )
            effects = self.effects(
                firing,
                of: subject.described(decision, grounds?.observed ?? [], nil),
                question,
                &change
            )
            held = Self.names(holding, without: firing, bound.policy)
            question.actedOn = question.local.label ?? ""
        }
        trail.record(
            decision,
            grounds: grounds,
            fired: effects.fired,
            held: held,
            latency: latency
        )
        if fallback == .drop { trail.dropped(.fallback) }
        question.standing = decision.standing.rawValue
        question.revisions = 1
        return (question, effects.atOnce, change)
    }

    // MARK: - Pieces shared with late words

    /// What actions came to.
    struct Effects {
        /// What is delivered at once.
        var atOnce: [Effect] = []
        /// All that could be made.
        var fired: [FiredAction] = []
    }

    /// The names of the actions in `holding` that are not in `firing`.
    static func names(_ holding: [Int], without firing: [Int], _ policy: Policy) -> [String] {
        holding.filter { !firing.contains($0) }.map { policy.actions[$0].name }
    }

    /// The effects that are delivered at once; those that must be safe on disk first become rows of
    /// `change`, which the drain delivers, and those that cannot be made become dead letters.
    func effects(
        _ firing: [Int],
        of subject: EffectWriter.Subject,
        _ question: OpenDecision,
        _ change: inout SpoolChange
    ) -> Effects {
        var effects = Effects()
        for index in firing {
            do throws(EffectWriter.Fault) {
                let effect = try writer.effect(index, of: subject)
                let action = subject.bound.policy.actions[index]
                effects.fired.append(FiredAction(action, effect))
                switch action.order {
                case .fast: effects.atOnce.append(effect)
                case .durable: keep(effect, subject.bound.policy, in: &change)
                }
            } catch {
                let text = "action `\(error.action)`: \(error.message)"
                trail.buried("cannot_act", text)
                change.deadLetters.append(
                    DeadLetter(
                        time: time.wallTime,
                        input: "action",
                        topic: question.topic,
                        payload: Array(question.payload),
                        code: .cannotAct,
                        text: text
                    )
                )
            }
        }
        return effects
    }

    /// Makes an effect a row of `change`.
    func keep(_ effect: Effect, _ policy: Policy, in change: inout SpoolChange) {
        var entry = effect.entry(RowOrigin(policy), time: time)
        entry.id = spool.reserveIDs(1).lowerBound
        change.inserts.append(entry)
    }

    /// Delivers effects and adds to `change` the rows of those that could not be.
    func deliver(
        _ effects: [Effect],
        _ policy: Policy,
        _ change: inout SpoolChange,
        trace: MessageTrace? = nil
    ) async {
        guard !effects.isEmpty else { return }
        let begun = change
        change = await withCheckedContinuation { continuation in
            deliver(effects, policy, begun, trace: trace) { continuation.resume(returning: $0) }
        }
    }

    /// The same for whoever does not wait: `then` is given the change once, on any thread, and must not block.
    private func deliver(
        _ effects: [Effect],
        _ policy: Policy,
        _ change: SpoolChange,
        trace: MessageTrace?,
        then: @escaping @Sendable (SpoolChange) -> Void
    ) {
        guard !effects.isEmpty else { return then(change) }
        let (effects, spans) = trace?.opening(effects) ?? (effects, [])
        act.deliver(all: effects) { [self] outcomes in
            for (span, outcome) in zip(spans, outcomes) { span.end(outcome) }
            var change = change
            for (effect, outcome) in zip(effects, outcomes) {
                note(outcome, of: effect, policy, in: &change)
            }
            then(change)
        }
    }

    private func note(
        _ outcome: DeliveryOutcome,
        of effect: Effect,
        _ policy: Policy,
        in change: inout SpoolChange
    ) {
        switch outcome {
        case .delivered: break
        case .dropped(let reason): trail.dropped(reason)
        case .undelivered: keep(effect, policy, in: &change)
        case .rejected(let reason):
            trail.buried("rejected", reason)
            var entry = effect.entry(RowOrigin(policy), time: time)
            entry.id = spool.reserveIDs(1).lowerBound
            let letter = effect.deadLetter(reason, at: time.wallTime)
            change.bury(entry, as: letter, delay: DrainOptions.letterRoom)
        }
    }
}
