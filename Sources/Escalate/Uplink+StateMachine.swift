// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

extension Uplink {
    /// Follows an endpoint through its answers and failures, with hysteresis so that it does not flap.
    ///
    /// | from | to | on |
    /// |---|---|---|
    /// | probing | online | `answersToTrust` answers in a row |
    /// | probing | offline | one failure |
    /// | online, slow | offline | `failuresToGiveUp` failures in a row |
    /// | offline | probing | one answer |
    /// | online | slow | `answersToTurn` answers in a row above `slowAbove` |
    /// | slow | online | `answersToTurn` answers in a row below 70 % of `slowAbove` |
    ///
    /// Pure: what happened goes in, the state is read out.
    struct StateMachine: Sendable {
        private(set) var state = Uplink.probing
        private let slowAbove: Interval
        private let answersToTrust: Int
        private let failuresToGiveUp: Int
        private let answersToTurn: Int
        /// Failures, or answers that speak for a change, in a row.
        private var failures = 0
        private var votes = 0

        init(
            slowAbove: Interval,
            answersToTrust: Int = 2,
            failuresToGiveUp: Int = 3,
            answersToTurn: Int = 3
        ) {
            self.slowAbove = slowAbove
            self.answersToTrust = answersToTrust
            self.failuresToGiveUp = failuresToGiveUp
            self.answersToTurn = answersToTurn
        }

        /// Takes in an answer, to a question or to a probe.
        mutating func answered(in latency: Interval) {
            failures = 0
            switch state {
            case .offline:
                turn(to: .probing)
                vote(true, for: .online, of: answersToTrust)
            case .probing:
                vote(true, for: .online, of: answersToTrust)
            case .online:
                vote(latency > slowAbove, for: .slow, of: answersToTurn)
            case .slow:
                let isFast = latency.nanoseconds < slowAbove.nanoseconds / 10 * 7
                vote(isFast, for: .online, of: answersToTurn)
            }
        }

        /// Takes in a call or a probe without an answer.
        mutating func failed() {
            votes = 0
            failures += 1
            switch state {
            case .probing:
                turn(to: .offline)
            case .online, .slow:
                if failures >= failuresToGiveUp { turn(to: .offline) }
            case .offline:
                break
            }
        }

        private mutating func vote(_ isFor: Bool, for next: Uplink, of needed: Int) {
            votes = isFor ? votes + 1 : 0
            if votes >= needed { turn(to: next) }
        }

        private mutating func turn(to next: Uplink) {
            state = next
            votes = 0
            failures = 0
        }
    }
}
