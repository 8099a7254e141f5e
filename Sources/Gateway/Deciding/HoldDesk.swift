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
    /// Counts the reading for every action of `policy`; `holding` are those whose condition held. The
    /// count belongs to the lane's open batch: it stands once that is settled.
    func admit(
        _ holding: [Int],
        policy: Policy,
        device: String,
        at now: MonotonicInstant
    ) -> [Int] {
        admit(holding, policy, device) { table, key, held, rule in
            table.count(key, held: held, rule: rule, at: now)
        }
    }

    /// The same for a reading that is decided after its batch: what is counted stands at once.
    func admitVerdict(
        _ holding: [Int],
        policy: Policy,
        device: String,
        at now: MonotonicInstant
    ) -> [Int] {
        admit(holding, policy, device) { table, key, held, rule in
            table.count(key, held: held, rule: rule, at: now, isSettled: true)
        }
    }

    /// The actions that a late word calls for, less those that are silent now.
    ///
    /// The reading was counted when it was first decided; a late word rings by itself, because it is the
    /// cloud's, and then keeps the action's quiet time.
    func admitLate(
        _ due: [Int],
        policy: Policy,
        device: String,
        at now: MonotonicInstant
    ) -> [Int] {
        admit(due, policy, device) { table, key, held, rule in
            held ? table.ring(key, rule: rule, at: now) : .waits
        }
    }

    private func admit(
        _ holding: [Int],
        _ policy: Policy,
        _ device: String,
        count: (inout HoldTable, HoldTable.Key, Bool, HoldTable.Rule) -> HoldTable.Answer
    ) -> [Int] {
        guard policy.actions.contains(where: { $0.hold != nil }) else { return holding }
        return table.withLock { table in
            policy.actions.filter { action in
                let held = holding.contains(action.index)
                guard let hold = action.hold else { return held }
                let answer = count(
                    &table,
                    .init(policy: policy.name, action: action.name, device: device),
                    held,
                    .init(of: hold.of, atLeast: hold.atLeast, quiet: hold.quiet)
                )
                return answer == .fires
            }.map(\.index)
        }
    }

    func settled() { table.withLock { $0.settled() } }
    func rolledBack() { table.withLock { $0.rolledBack() } }
}
