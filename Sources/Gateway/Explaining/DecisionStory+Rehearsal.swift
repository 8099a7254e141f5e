// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Vocabulary

extension CheckedSite {
    /// The stories of what would become of a message under policy `name`, a reading each.
    ///
    /// Throws why the message would be a dead letter, or that there is no such policy or another topic.
    public func stories(
        ofPolicy name: String,
        topic: String,
        payload: [UInt8],
        facts: RehearsalFacts
    ) throws(Rehearsal.Failure) -> [DecisionStory] {
        let rehearsal = try Rehearsal(site: self, policy: name)
        rehearsal.explains = true
        return try rehearsal.readings(topic: topic, payload: payload, facts: facts).map { reading in
            story(of: reading, rehearsal.policy, facts)
        }
    }

    private func story(
        of reading: RehearsedReading,
        _ policy: Policy,
        _ facts: RehearsalFacts
    ) -> DecisionStory {
        var story = DecisionStory(
            policy: policy.name,
            policyVersion: policy.version,
            device: reading.device,
            time: reading.time.rfc3339,
            sequence: reading.sequence,
            rule: reading.ruling.ruleName,
            route: reading.ruling.route.rawValue,
            fallback: reading.ruling.fallback?.rawValue
        )
        story.findings = reading.findings.map { finding in
            .init(finding, engine?.models[finding.model]?.calibration)
        }
        story.threshold = policy.threshold.map { .init($0) }
        if policy.threshold == nil, !policy.thresholds.isEmpty {
            story.notes.append("no threshold was tuned for these models: nothing counts as sure")
        }
        story.bound = policy.threshold?.isTuned == true ? .init(facts.bound) : nil
        story.deadline = (facts.deadlineLeft ?? policy.deadline).map { left in
            .init(totalMs: policy.deadline?.milliseconds, leftMs: left.milliseconds)
        }
        story.cloud = policy.endpoints.isEmpty ? nil : .init(facts.cloud)
        let held = reading.ruling.ruleIndex
        story.conditions =
            reading.stageConditions.map { .init($0, kind: "stage") }
            + reading.conditions.enumerated().map { index, report in
                .init(report, kind: "rule", isTried: held.map { index <= $0 } ?? true)
            }
        story.observed = Dictionary(
            reading.observed.map { ($0.variable, $0.value) },
            uniquingKeysWith: { first, _ in first }
        )
        story.words = reading.words.map { word in
            DecisionStory.Word(
                revision: word.revision,
                standing: word.standing.rawValue,
                label: word.label,
                confidence: word.confidence,
                answer: nil,
                actions: word.actions.map { .init(name: $0.name, target: $0.target.words) },
                heldBack: []
            )
        }
        if let fault = reading.sends.fault {
            story.notes.append("the cloud cannot be asked: \(fault)")
        }
        return story
    }
}

extension RehearsedAction.Target {
    fileprivate var words: String {
        switch self {
        case .publish(let topic, _): topic
        case .webhook(let url): url
        case .log: "log"
        case .fault(let reason): "cannot be done: \(reason)"
        }
    }
}
