// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Decide
import Spool
import Synchronization
import Vocabulary

/// The running bounds of all policies: written by whoever gets an audit's verdict, read by every lane.
final class BoundBoard: Sendable {
    /// How many of the cloud's models one policy's evidence is kept apart for.
    private static let cloudsPerPolicy = 4

    private struct State {
        /// By policy, then the cloud's model.
        var bounds: [String: [String: RunningBound]] = [:]
        /// What lanes see, so that no interval is worked out for a reading.
        var seen: [String: Seen] = [:]
        /// The cloud's model that answered last, by policy.
        var answering: [String: Answering] = [:]
    }

    private struct Answering {
        var model: ModelReference
        /// What conditions know it by; made once, and not for every answer.
        var name: String
    }

    private struct Seen {
        var version: String
        var model: String?
        var facts: BoundFacts
    }

    // Held for look-ups by lanes, once a burst, and for some microseconds a verdict.
    private let state: Mutex<State>

    /// An empty board.
    init() {
        state = Mutex(State())
    }

    /// What earlier runs stored; evidence about policies that are no more is removed.
    init(from spool: SpoolStore, policies: Set<String>) throws(SpoolError) {
        var state = State()
        var gone = SpoolChange()
        for (key, value) in try spool.meta(prefix: RunningBound.prefix) {
            guard let bound = RunningBound.decoded(value), policies.contains(bound.subject.policy)
            else {
                gone.meta.append(.init(key: key, value: nil))
                continue
            }
            state.bounds[bound.subject.policy, default: [:]][bound.subject.cloud] = bound
        }
        for policy in state.bounds.keys { Self.look(policy, &state) }
        self.state = Mutex(state)
        if !gone.isEmpty { spool.submitPersistently(gone) }
    }

    /// What conditions of `policy` see.
    func facts(of policy: Policy) -> BoundFacts {
        guard policy.audit > 0 || !policy.thresholds.isEmpty else { return .unknown }
        return state.withLock { state in
            var facts = BoundFacts.unknown
            if let seen = state.seen[policy.name], seen.version == policy.version,
                seen.model == policy.modelDigest
            {
                facts = seen.facts
            }
            facts.cloud = state.answering[policy.name]?.name
            return facts
        }
    }

    /// Takes note that `cloud` answered a question of policy `name`.
    ///
    /// From the next burst on, the thresholds tuned for it are in force. Not kept over a restart: the
    /// first answer tells again.
    func answered(_ name: String, by cloud: ModelReference) {
        state.withLock { state in
            guard state.answering[name]?.model != cloud else { return }
            state.answering[name] = Answering(model: cloud, name: cloud.description)
        }
    }

    /// The evidence in force for `policy`, the cloud's models that answered last first.
    func bounds(of policy: Policy) -> [RunningBound] {
        // Sorted outside: lanes look up here.
        let all = state.withLock { $0.bounds[policy.name] } ?? [:]
        return all.values.filter { bound in
            bound.subject.policyVersion == policy.version
                && bound.subject.model == policy.modelDigest
        }.sorted { ($0.latest ?? 0) > ($1.latest ?? 0) }
    }

    /// Counts the verdict on an audited reading of `policy`, which is in force; what must be on disk
    /// together with the reading's row, nothing when it was counted before.
    func count(
        _ question: OpenDecision,
        differs: Bool,
        propensity: Double,
        cloud: ModelReference,
        policy: Policy,
        at time: WallTime
    ) -> [SpoolChange.MetaValue] {
        let subject = RunningBound.Subject(
            policy: policy.name,
            policyVersion: policy.version,
            model: policy.modelDigest,
            cloud: cloud.description
        )
        answered(policy.name, by: cloud)
        let threshold = policy.threshold(for: policy.modelDigest, cloud: subject.cloud)
        return state.withLock { state in
            var bounds = state.bounds[policy.name] ?? [:]
            let former = bounds[subject.cloud].flatMap { $0.subject == subject ? $0 : nil }
            var bound =
                former
                ?? RunningBound(
                    subject,
                    rate: policy.audit,
                    certainty: threshold?.certainty ?? 0.95,
                    at: time
                )
            let isNew = bound.count(
                question.decisionID,
                differs: differs,
                propensity: propensity,
                bound: threshold?.bound,
                at: time
            )
            guard isNew else { return [] }
            bounds[subject.cloud] = bound
            var changes = [SpoolChange.MetaValue(key: bound.key, value: bound.encoded())]
            if bounds.count > Self.cloudsPerPolicy,
                let oldest = bounds.values.min(by: { ($0.latest ?? 0) < ($1.latest ?? 0) })
            {
                bounds[oldest.subject.cloud] = nil
                changes.append(.init(key: oldest.key, value: nil))
            }
            state.bounds[policy.name] = bounds
            Self.look(policy.name, &state)
            return changes
        }
    }

    /// Works out what lanes see of a policy: of several of the cloud's models, the worst.
    private static func look(_ policy: String, _ state: inout State) {
        let all = (state.bounds[policy] ?? [:]).values
        guard let latest = all.max(by: { ($0.latest ?? 0) < ($1.latest ?? 0) }) else { return }
        let (version, model) = (latest.subject.policyVersion, latest.subject.model)
        let same = all.filter {
            $0.subject.policyVersion == version && $0.subject.model == model
        }.map(\.facts)
        var facts = latest.facts
        for other in same {
            facts.isBroken = facts.isBroken || other.isBroken
            facts.estimate = max(facts.estimate, other.estimate)
            facts.lower = max(facts.lower, other.lower)
            facts.upper = max(facts.upper, other.upper)
            facts.samples = min(facts.samples, other.samples)
            if other.verifiedSince == nil { facts.verifiedSince = nil }
        }
        state.seen[policy] = Seen(version: version, model: model, facts: facts)
        show(facts, policy)
    }

    private static func show(_ facts: BoundFacts, _ policy: String) {
        let values = [
            ("estimate", facts.estimate), ("lower", facts.lower), ("upper", facts.upper),
            ("samples", Double(facts.samples)), ("broken", facts.isBroken ? 1 : 0),
        ]
        for (name, value) in values {
            Gauge(label: "sluice_bound_\(name)", dimensions: [("policy", policy)]).record(value)
        }
    }
}
