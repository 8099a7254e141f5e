// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Trace
import Vocabulary

extension TraceDecision {
    /// The reading at `verge` as it was decided; copies its values out of the batch.
    init(
        _ verge: Verge,
        id: DecisionID,
        actions: [Int],
        audit: Double?,
        engine: CoreEngine?,
        at now: MonotonicInstant
    ) {
        let policy = verge.policy
        let row = verge.row
        let situation = verge.situation
        self.init(
            id: id,
            policy: policy.name,
            version: policy.version,
            topic: verge.message.topic.name,
            device: row.device,
            time: row.deviceTime ?? verge.moment.arrivalWallTime,
            isDeviceTime: row.deviceTime != nil,
            arrived: verge.moment.arrivalWallTime,
            fields: Self.fields(verge),
            finding: situation.finding.map { TraceFinding($0, engine) },
            rule: verge.ruling.ruleName,
            route: verge.ruling.route
        )
        sequence = row.sequence
        isRetained = situation.isRetained
        isWhole = !verge.runtime.bound.models.contains(where: \.isWindowed)
        cloud = situation.cloud
        if let left = situation.deadlineLeft, let total = policy.deadline {
            deadline = Deadline(total: total, left: left)
        }
        queue = situation.queue
        bound = situation.bound
        isProvisional = verge.ruling.isProvisional
        fallback = verge.ruling.fallback
        priority = verge.ruling.priority
        self.actions = actions.map { policy.actions[$0].name }
        self.audit = audit
        latency = now - verge.moment.arrival
    }

    private static func fields(_ verge: Verge) -> [TraceField] {
        let readings = verge.runtime.readings
        return verge.policy.reading.fields.enumerated().map { slot, field in
            let value: TraceValue =
                switch readings[verge.reading.row, slot] {
                // A file is not recorded.
                case .absent, .bytes: .absent
                case .number(let number): .number(number)
                case .text(let text): .text(text)
                case .flag(let flag): .flag(flag)
                case .samples(let range): .samples(Array(readings.samples[range]))
                }
            return TraceField(name: field.name, value: value)
        }
    }
}

extension TraceFinding {
    fileprivate init(_ finding: Finding, _ engine: CoreEngine?) {
        let description = engine?.models[finding.model]
        self.init(
            finding: finding,
            digest: description?.shortDigest,
            labels: description?.labels ?? []
        )
    }
}

extension TraceVerdict {
    /// The cloud's word on the decision `id`.
    init(
        _ verdict: Verdict,
        on id: DecisionID,
        source: Source = .cloud,
        isLate: Bool,
        at time: WallTime
    ) {
        self.init(
            id: id,
            label: verdict.label,
            confidence: verdict.confidence,
            endpoint: verdict.endpoint,
            model: verdict.model,
            latency: verdict.latency,
            source: source,
            isLate: isLate,
            time: time
        )
    }
}
