// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Vocabulary

/// One question under way through its endpoints: carries out what its `Tiers` decide.
///
/// Begun on the caller's thread, moved on by the conductor's alone.
final class Inquiry: Sendable {
    let question: Question
    private let delivery: Delivery
    /// Those of the question's endpoints that exist, in its order.
    private let endpoints: [Endpoint]
    private let conductor: Conductor
    private let time: any TimeSource
    private let state: Mutex<State>

    private struct State {
        var tiers: Tiers
        /// The number an endpoint knows the question by.
        var tickets: [UInt64?]
    }

    init(
        _ question: Question,
        _ delivery: Delivery,
        endpoints: [Endpoint],
        conductor: Conductor,
        time: any TimeSource
    ) {
        self.question = question
        self.delivery = delivery
        self.endpoints = endpoints
        self.conductor = conductor
        self.time = time
        let tickets = [UInt64?](repeating: nil, count: endpoints.count)
        state = Mutex(State(tiers: Tiers(count: endpoints.count), tickets: tickets))
    }

    /// Asks the first endpoint that takes it; what is to be delivered goes over the conductor.
    func begin() {
        perform(state.withLock { $0.tiers.begin() }, isCaller: true)
    }

    /// An endpoint's share of the time is over.
    func becameImpatient(with tier: Int) {
        let actions = state.withLock { $0.tiers.becameImpatient(with: tier) }
        if !actions.isEmpty { endpoints[tier].passedOn() }
        perform(actions, isCaller: false)
    }

    private func heard(_ tier: Int, _ result: Result<Verdict, EscalationFailure>) {
        perform(state.withLock { $0.tiers.heard(tier, result) }, isCaller: false)
    }

    private func perform(_ actions: [Tiers.Action], isCaller: Bool) {
        var actions = actions[...]
        while let action = actions.popFirst() {
            switch action {
            case .ask(let tier, let ownsRetries, let isRepeat):
                if let refusal = ask(tier, ownsRetries: ownsRetries, isRepeat: isRepeat) {
                    actions += state.withLock { $0.tiers.refused(tier, refusal) }
                } else if !isCaller {
                    conductor.wake()
                }
            case .withdraw(let tier):
                let ticket = state.withLock { $0.tickets[tier] }
                if let ticket { endpoints[tier].withdraw(ticket) }
            case .answer(let result) where isCaller:
                // Nobody is called back on the thread that asks.
                conductor.deliver(question, result, delivery)
            case .answer(let result): delivery.answer(question, result)
            case .late(let result): delivery.late(question, result)
            }
        }
    }

    /// Hands the question to an endpoint; why it does not take it.
    private func ask(_ tier: Int, ownsRetries: Bool, isRepeat: Bool) -> EscalationFailure? {
        let hear = { @Sendable [self] (_: Question, result: Result<Verdict, EscalationFailure>) in
            heard(tier, result)
        }
        let answer = endpoints[tier].accept(
            question,
            delivery: Delivery(answer: hear, late: hear),
            manner: .init(ownsRetries: ownsRetries, isRepeat: isRepeat)
        )
        switch answer {
        case .failure(let refusal): return refusal
        case .success(let ticket):
            let others = state.withLock { state in
                state.tickets[tier] = ticket
                return state.tiers.untried
            }
            if others > 0, let deadline = question.deadline {
                // Each that is left may need as much.
                let now = time.now
                let left = max(.zero, deadline - now)
                let share = Interval(nanoseconds: left.nanoseconds / Int64(others + 1))
                conductor.remind(self, of: tier, at: now + share)
            }
            return nil
        }
    }
}
