// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// A line of a trace that may leave the site: made in one place, from the policy's allow-list.
///
/// A writer of scope `outbound` accepts only this type, so that a field the policy does not name cannot
/// get into it by mistake (guarantee G8). It is built of what may leave rather than stripped of what may
/// not: what is added to `TraceDecision` later stays inside until it is named here.
public struct ReleasedLine: TraceEntry {
    /// What one policy lets out of its readings.
    public struct Allowance: Sendable {
        /// The fields of its readings, in order.
        public var fields: [String]
        /// Those of them that may leave.
        public var send: Set<String>
        /// Those whose text may leave as a hash.
        public var hashed: Set<String>
        /// The steps that the numbers of some are rounded to.
        public var rounded: [String: Double]

        /// Makes an allowance.
        public init(
            fields: [String],
            send: Set<String>,
            hashed: Set<String> = [],
            rounded: [String: Double] = [:]
        ) {
            self.fields = fields
            self.send = send
            self.hashed = hashed
            self.rounded = rounded
        }

        /// A field as it may leave; nil when it may not.
        func released(_ field: TraceField, hash: (String) -> String) -> TraceField? {
            if hashed.contains(field.name) {
                guard case .text(let text) = field.value else { return nil }
                return TraceField(name: field.name, value: .text(hash(text)))
            }
            guard send.contains(field.name) else { return nil }
            guard let step = rounded[field.name] else { return field }
            func near(_ number: Double) -> Double {
                number.isFinite ? (number / step).rounded() * step : number
            }
            switch field.value {
            case .number(let number):
                return TraceField(name: field.name, value: .number(near(number)))
            case .samples(let samples):
                return TraceField(name: field.name, value: .samples(samples.map(near)))
            case .absent, .text, .flag: return field
            }
        }
    }

    /// What may leave is `outbound`.
    public static var scope: TraceScope { .outbound }

    /// What is written.
    public let line: TraceLine

    /// Releases what `allowance` lets out of `decision`; topic and device become what `hash` makes of them.
    ///
    /// `hash` is keyed by the site: without the key nobody can tell which device a hash stands for. What
    /// the models found is derived and may leave, but not the words of a failure.
    public init(
        _ decision: TraceDecision,
        allowance: Allowance,
        hash: (String) -> String
    ) {
        var released = TraceDecision(
            id: decision.id,
            policy: decision.policy,
            version: decision.version,
            topic: hash(decision.topic),
            device: hash(decision.device),
            time: decision.time,
            isDeviceTime: decision.isDeviceTime,
            arrived: decision.arrived,
            fields: decision.fields.compactMap { allowance.released($0, hash: hash) },
            finding: decision.finding.map(Self.released),
            rule: decision.rule,
            route: decision.route
        )
        released.withheld = allowance.fields.filter {
            !allowance.send.contains($0) && !allowance.hashed.contains($0)
        }
        released.isRetained = decision.isRetained
        released.isWhole = decision.isWhole
        released.earlier = decision.earlier.map(Self.released)
        released.cloud = decision.cloud
        released.deadline = decision.deadline
        released.queue = decision.queue
        released.bound = decision.bound
        released.isProvisional = decision.isProvisional
        released.fallback = decision.fallback
        released.priority = decision.priority
        released.actions = decision.actions
        released.audit = decision.audit
        released.latency = decision.latency
        line = .decision(released)
    }

    /// Releases a verdict: labels and figures about a decision, nothing of the reading.
    public init(_ verdict: TraceVerdict) {
        line = .verdict(
            TraceVerdict(
                id: verdict.id,
                label: verdict.label,
                confidence: verdict.confidence,
                probabilities: verdict.probabilities,
                endpoint: verdict.endpoint,
                model: verdict.model,
                latency: verdict.latency,
                source: verdict.source,
                isLate: verdict.isLate,
                time: verdict.time
            )
        )
    }

    private static func released(_ recorded: TraceFinding) -> TraceFinding {
        var recorded = recorded
        switch recorded.finding.outcome {
        case .failed: recorded.finding.outcome = .failed(reason: "withheld")
        case .skipped: recorded.finding.outcome = .skipped(reason: "withheld")
        case .classification, .value, .detections: break
        }
        return recorded
    }
}
