// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Decide
import Synchronization
import Vocabulary

/// What holds the alarms of one lane back, shared by the lane and by those who finish its decisions.
final class HoldDesk: Sendable {
    // The lane counts whole bursts, the concluder single verdicts; held for table look-ups only.
    private let table = Mutex(HoldTable())

    /// The actions that are to be done for a reading of `device`, rising.
    ///
    /// Counts the reading for every action of `policy`; `holding` are those whose condition held.
    func admit(
        _ holding: [Int],
        policy: Policy,
        device: String,
        at now: MonotonicInstant
    ) -> [Int] {
        guard policy.actions.contains(where: { $0.hold != nil }) else { return holding }
        return table.withLock { table in
            policy.actions.filter { action in
                let held = holding.contains(action.index)
                guard let hold = action.hold else { return held }
                let answer = table.count(
                    .init(policy: policy.name, action: action.name, device: device),
                    held: held,
                    rule: .init(of: hold.of, atLeast: hold.atLeast, quiet: hold.quiet),
                    at: now
                )
                return answer == .fires
            }.map(\.index)
        }
    }

    func settled() { table.withLock { $0.settled() } }
    func rolledBack() { table.withLock { $0.rolledBack() } }
}
