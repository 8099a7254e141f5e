// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Gateway
import Trace
import Vocabulary

/// Decides recorded readings again under the policies of one site.
///
/// Findings are the recorded ones where the same model would be asked, and the model's own otherwise.
final class Player {
    /// One policy being played.
    final class Part {
        let policy: Policy
        let rehearsal: Rehearsal
        let modelFields: Set<String>
        /// True when a model looks at windows: readings that completed none are in no trace.
        let isWindowed: Bool
        /// True when the models' confidences are calibrated: recorded ones may be of another calibration.
        let isCalibrated: Bool
        /// A topic that the policy matches, for traces that hold none.
        let standingTopic: String
        /// What of the trace was found last to hold everything that is needed.
        var admitted: Requirements.Mark?

        init(_ site: CheckedSite, _ policy: Policy) throws(Rehearsal.Failure) {
            self.policy = policy
            rehearsal = try Rehearsal(site: site, policy: policy.name)
            isCalibrated = site.isCalibrated(policy: policy.name)
            isWindowed = site.isWindowed(policy: policy.name)
            modelFields = site.modelFields(ofPolicy: policy.name)
            standingTopic = policy.match.patterns[0].levels.map { level in
                if case .exact(let text) = level { return text }
                return "withheld"
            }.joined(separator: "/")
        }
    }

    private let parts: [String: Part]
    private let runsModels: Bool
    /// How many findings were recorded ones, and how many were made again.
    private(set) var recordedFindings = 0
    private(set) var freshFindings = 0
    /// How many readings were on a topic that the policy no longer matches.
    private(set) var unmatched = 0
    /// How many readings completed no window of the policy's model, and route nowhere.
    private(set) var gathered = 0

    init(_ site: CheckedSite, runsModels: Bool) throws(Diagnostic) {
        self.runsModels = runsModels
        var parts: [String: Part] = [:]
        for name in site.policyNames {
            guard let policy = site.policy(name) else { continue }
            do throws(Rehearsal.Failure) {
                parts[name] = try Part(site, policy)
            } catch {
                throw Diagnostic(.error, error.message, file: policy.file)
            }
        }
        self.parts = parts
    }

    var names: [String] { parts.keys.sorted() }

    func policy(_ name: String) -> Policy? { parts[name]?.policy }

    /// What becomes of `decisions`, all of one policy, which must be one of `names`.
    ///
    /// Nil where the topic is no longer the policy's, or the reading completes no window. Throws when the
    /// trace lacks what the policy reads; `isSampled` where it holds a share of the decisions only.
    func outcomes(
        _ decisions: [TraceDecision],
        policy name: String,
        scope: TraceScope,
        isSampled: Bool
    ) throws(Diagnostic) -> [Outcome?] {
        guard let part = parts[name] else { return decisions.map { _ in nil } }
        var recorded: [RecordedReading] = []
        recorded.reserveCapacity(decisions.count)
        for decision in decisions {
            let finding = finding(decision, part)
            let mark = Requirements.Mark(
                version: decision.version,
                scope: scope,
                runsModel: finding == nil,
                isWhole: decision.isWhole && !isSampled
            )
            try Requirements.check(decision, part, mark)
            recorded.append(Self.reading(decision, part, finding, scope))
            if finding != nil {
                recordedFindings += 1
            } else if !part.policy.stages.isEmpty {
                freshFindings += 1
            }
        }
        return part.rehearsal.rulings(recorded).enumerated().map { index, ruling in
            guard let ruling else {
                if part.policy.match.captures(in: recorded[index].topic) == nil {
                    unmatched += 1
                } else {
                    gathered += 1
                    freshFindings -= 1
                }
                return nil
            }
            let found = ruling.finding?.classification
            let isTimed = hasSameModel(decisions[index], part)
            return Outcome(
                rule: ruling.ruling.ruleName,
                route: ruling.ruling.route,
                isProvisional: ruling.ruling.isProvisional,
                fallback: ruling.ruling.fallback,
                actions: ruling.actions.map { part.policy.actions[$0].name },
                label: found?.label,
                confidence: found?.confidence,
                modelLatency: isTimed ? decisions[index].finding?.finding.latency : nil
            )
        }
    }

    /// What the conditions saw of one reading, as CEL writes it; the slow way, for examples.
    func observed(
        _ decision: TraceDecision,
        scope: TraceScope
    ) -> [(variable: String, value: String)] {
        guard let part = parts[decision.policy] else { return [] }
        let recorded = Self.reading(decision, part, finding(decision, part), scope)
        // A streaming detector would learn from being asked twice.
        guard recorded.facts.finding != nil || part.policy.stages.isEmpty else { return [] }
        return (try? part.rehearsal.reading(recorded))?.observed ?? []
    }

    /// What is left of the deadline of `decision` under the policy.
    func deadlineLeft(_ decision: TraceDecision) -> Interval? {
        parts[decision.policy].flatMap { Self.left(decision, $0.policy) }
    }

    /// The recorded finding, where the policy would ask the very same model and come to the same
    /// confidence; nil to ask it anew.
    private func finding(_ decision: TraceDecision, _ part: Part) -> Finding? {
        // A window can be made again of decisions only where every reading was one.
        let mayBeUsed = !runsModels && !part.isCalibrated || part.isWindowed
        guard mayBeUsed, hasSameModel(decision, part) else { return nil }
        // What a cascade's stages accepted is known for the very policy that was recorded only.
        guard part.policy.stages.count == 1 || part.policy.version == decision.version else {
            return nil
        }
        return decision.finding?.finding
    }

    /// Whether the recorded finding is of a model that the policy asks.
    private func hasSameModel(_ decision: TraceDecision, _ part: Part) -> Bool {
        guard let digest = decision.finding?.digest, let wanted = part.policy.modelDigest else {
            return false
        }
        return wanted == digest || wanted.split(separator: "+").contains(Substring(digest))
    }

    private static func reading(
        _ decision: TraceDecision,
        _ part: Part,
        _ finding: Finding?,
        _ scope: TraceScope
    ) -> RecordedReading {
        var facts = RehearsalFacts(
            finding: finding,
            cloud: decision.cloud,
            queue: decision.queue,
            deadlineLeft: left(decision, part.policy),
            isRetained: decision.isRetained,
            now: decision.arrived
        )
        facts.bound = decision.bound
        return RecordedReading(
            topic: scope == .outbound ? part.standingTopic : decision.topic,
            device: decision.device,
            time: decision.isDeviceTime ? decision.time : nil,
            sequence: decision.sequence,
            fields: decision.fields.map { ($0.name, RecordedValue($0.value)) },
            facts: facts
        )
    }

    /// What is left under `policy`: its own deadline less what the recorded decision had spent.
    private static func left(_ decision: TraceDecision, _ policy: Policy) -> Interval? {
        guard let total = policy.deadline else { return nil }
        if let recorded = decision.deadline {
            guard recorded.total != total else { return recorded.left }
            return max(.zero, total - (recorded.total - recorded.left))
        }
        guard decision.isDeviceTime else { return max(.zero, total - decision.latency) }
        let spent = min(max(.zero, decision.arrived - decision.time), total)
        return max(.zero, total - spent - decision.latency)
    }
}

extension RecordedValue {
    init(_ value: TraceValue) {
        self =
            switch value {
            case .absent: .absent
            case .number(let number): .number(number)
            case .text(let text): .text(text)
            case .flag(let flag): .flag(flag)
            case .samples(let samples): .samples(samples)
            }
    }
}
