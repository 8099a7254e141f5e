// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Decode
import FoundationEssentials
import Vocabulary

/// Deciding what was put aside.
extension MessagePath {
    /// Decides the readings of one message for the policy that it was put aside for.
    ///
    /// A policy that is gone meanwhile leaves a dead letter; readings that no longer decode leave one too.
    func decide(_ pending: PendingMessage) {
        adoptPolicies()
        let batch = Batch()
        let now = parts.time.now
        batch.arrivalWallTime = WallTime(nanoseconds: pending.arrival)
        // Its deadline went on while it waited; a wall clock that was set back must not lengthen it.
        batch.arrival = now + min(.zero, batch.arrivalWallTime - parts.time.wallTime)
        let topic = Topic(name: pending.topic, index: 0, generation: 0)
        pending.payload.withUnsafeBytes { payload in
            batch.append(
                topic: topic,
                payload: payload,
                qualityOfService: 1,
                isRetained: pending.isRetained,
                isDuplicate: false
            )
        }
        open.opened(at: now)
        guard let runtime = runtimes.first(where: { $0.policy.name == pending.policy }),
            let captures = runtime.policy.match.captures(in: pending.topic)
        else {
            return bury(
                batch.messages[0],
                Array(pending.payload),
                code: "no_policy",
                "policy `\(pending.policy)`, for which it waited, is gone"
            )
        }
        runtime.ids = pending.ids.compactMapValues { DecisionID($0) }
        runtime.waiting.append(.init(message: 0, captures: captures))
        decideWaiting(batch)
        runtime.ids = nil
    }
}
