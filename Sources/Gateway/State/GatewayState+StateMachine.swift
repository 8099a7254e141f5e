// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension GatewayState {
    /// Follows the gateway through its conditions, with hysteresis so that the state does not flap.
    ///
    /// A condition is entered when it has held for its patience, and left when it has clearly not held for
    /// `calm`. Between the two limits of a condition (80 % and 70 % of the cap, for instance) nothing changes.
    ///
    /// | condition | patience | entered | left |
    /// |---|---|---|---|
    /// | slow uplink | none (the endpoint's own state has hysteresis) | an endpoint is slow, or one of several offline | all online |
    /// | offline | 5 s | no endpoint, or not the broker | one endpoint and the broker |
    /// | storage low | 1 s | 80 % of the cap, 6 h of room, or a disk with a tenth of the promised room | 70 %, 12 h, a fifth |
    /// | storage full | none | a row was dropped or refused for room, or 99 % | 95 %, nothing dropped |
    /// | paused | none | an input stands still | all flow |
    /// | read-only | none | the disk is mounted so | it is not |
    ///
    /// Pure: facts and time go in, the state is read out.
    struct StateMachine: Sendable {
        /// A change of the state.
        struct Change: Equatable {
            var from: GatewayState
            var to: GatewayState
            /// How long the former one lasted.
            var lasted: Interval
        }

        /// How long a condition must have been gone.
        static let calm = Interval.seconds(10)

        private(set) var state = GatewayState.healthy
        private(set) var since: MonotonicInstant
        private var conditions: [GatewayState: Condition] = [:]
        private var dropped: Int?

        init(at now: MonotonicInstant) {
            since = now
        }

        /// The conditions that hold, the gravest first.
        var entered: [GatewayState] {
            GatewayState.allCases.filter { conditions[$0]?.isEntered == true }.reversed()
        }

        static func patience(of state: GatewayState) -> Interval {
            switch state {
            case .offline: .seconds(5)
            case .storageLow: .seconds(1)
            case .healthy, .slowUplink, .paused, .storageFull, .readOnly: .zero
            }
        }

        /// Takes in the facts; answers the change when the state is another one now.
        mutating func advance(_ facts: GatewayFacts, at now: MonotonicInstant) -> Change? {
            for state in GatewayState.allCases where state != .healthy {
                // Rows that were dropped by earlier runs say nothing of this one.
                let sign = facts.sign(of: state, dropped: dropped ?? facts.storage.dropped)
                conditions[state, default: Condition()].take(sign, Self.patience(of: state), now)
            }
            dropped = facts.storage.dropped
            let gravest = entered.first ?? .healthy
            guard gravest != state else { return nil }
            defer { (state, since) = (gravest, now) }
            return Change(from: state, to: gravest, lasted: now - since)
        }
    }
}

/// One condition of the gateway's, on its way in and out.
private struct Condition {
    /// Since when it has held without a break, before it is entered.
    var heldSince: MonotonicInstant?
    /// Since when it has not held, while it is entered.
    var goneSince: MonotonicInstant?
    var isEntered = false

    mutating func take(
        _ sign: GatewayFacts.Sign,
        _ patience: Interval,
        _ now: MonotonicInstant
    ) {
        switch (isEntered, sign) {
        case (false, .holds):
            let since = heldSince ?? now
            heldSince = since
            isEntered = now - since >= patience
        case (false, _):
            heldSince = nil
        case (true, .doesNot):
            let since = goneSince ?? now
            goneSince = since
            guard now - since >= GatewayState.StateMachine.calm else { return }
            self = Self()
        case (true, _):
            goneSince = nil
        }
    }
}
