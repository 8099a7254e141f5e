// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Decode
import FoundationEssentials
import Spool
import Vocabulary

/// Deciding what was put aside.
extension MessagePath {
    /// Decides the readings of messages for the policies that they were put aside for, those that want
    /// one model in one run.
    ///
    /// A policy that is gone meanwhile leaves a dead letter; readings that no longer decode leave one too.
    func decide(_ pending: [PendingMessage]) {
        adoptPolicies()
        let batch = Batch()
        let (now, wallTime) = (parts.time.now, parts.time.wallTime)
        batch.arrivalWallTime = wallTime
        batch.arrival = now
        open.opened(at: now)
        for (index, message) in pending.enumerated() {
            let topic = Topic(name: message.topic, index: 0, generation: 0)
            message.payload.withUnsafeBytes { payload in
                batch.append(
                    topic: topic,
                    payload: payload,
                    qualityOfService: 1,
                    isRetained: message.isRetained,
                    isDuplicate: false
                )
            }
            if let trace = message.traceparent.flatMap({ TraceContext(traceparent: $0) }) {
                batch.note(trace)
            }
            if let requeued = message.requeued {
                formerLanes[batch.messages[index].payload] = requeued.lane
                admit(message, requeued, at: index, of: batch)
                continue
            }
            guard let runtime = runtimes.first(where: { $0.policy.name == message.policy }),
                let captures = runtime.policy.match.captures(in: message.topic)
            else {
                bury(
                    batch.messages[index],
                    Array(message.payload),
                    code: .noPolicy,
                    "policy `\(message.policy)`, for which it waited, is gone"
                )
                continue
            }
            let arrival = WallTime(nanoseconds: message.arrival)
            let aside = PolicyRuntime.Aside(
                // Its deadline went on while it waited; a clock that was set back must not lengthen it.
                arrival: now + min(.zero, arrival - wallTime),
                arrivalWallTime: arrival,
                ids: message.ids.compactMapValues { DecisionID($0) },
                inputs: message.inputs ?? [:],
                joined: message.joined ?? [:]
            )
            runtime.waiting.append(.init(message: index, captures: captures, aside: aside))
        }
        if let tracing { isTracing = tracing.begin(batch) }
        decideWaiting(batch)
        if isTracing { endTracing() }
        formerLanes = [:]
    }
}
