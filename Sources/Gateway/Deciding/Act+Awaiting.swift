// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Spool
import Synchronization
import Vocabulary

extension Act {
    /// Carries out `effects` and tells once what became of all of them, in their order.
    ///
    /// `whenAll` is called where the last outcome is heard, and must not block.
    func deliver(
        all effects: [Effect],
        whenAll: @escaping @Sendable ([DeliveryOutcome]) -> Void
    ) {
        let gathering = Gathering(count: effects.count)
        deliver(effects) { index, outcome in
            if let all = gathering.take(index, outcome) { whenAll(all) }
        }
    }
}

/// Outcomes that come one by one, on any thread.
private final class Gathering: Sendable {
    private let outcomes: Mutex<(some: [DeliveryOutcome?], left: Int)>

    init(count: Int) {
        outcomes = Mutex((Array(repeating: nil, count: count), count))
    }

    /// Notes an outcome; all of them once the last has come.
    func take(_ index: Int, _ outcome: DeliveryOutcome) -> [DeliveryOutcome]? {
        outcomes.withLock { outcomes in
            outcomes.some[index] = outcome
            outcomes.left -= 1
            return outcomes.left == 0 ? outcomes.some.compactMap(\.self) : nil
        }
    }
}

extension Effect {
    /// The dead letter of an effect that can never be delivered.
    func deadLetter(_ reason: String, at time: WallTime) -> DeadLetter {
        DeadLetter(
            time: time,
            input: "action",
            topic: key.description,
            payload: body,
            code: .rejected,
            text: reason
        )
    }
}

extension Obligation.End {
    /// How an action's obligation ends by what became of its effect; `row` is what it is kept as.
    init(
        _ outcome: DeliveryOutcome,
        effect: Effect,
        row: () -> NewEntry,
        at time: WallTime,
        trail: DecisionTrail
    ) {
        switch outcome {
        case .delivered: self.init(own: .met)
        case .undelivered: self.init(own: .kept(row(), countsAttempt: true))
        case .rejected(let reason):
            trail.buried("rejected", reason)
            self.init(own: .dead(effect.deadLetter(reason, at: time), row()))
        case .dropped(let reason):
            trail.dropped(reason)
            self.init(own: .dropped(reason))
        }
    }
}
