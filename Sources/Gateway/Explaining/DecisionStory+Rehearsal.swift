// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Vocabulary

extension CheckedSite {
    /// The stories of what would become of a message under policy `name`, a reading each.
    ///
    /// `earlier` are messages that came before it, oldest first: what models remember. Throws why a message
    /// would be a dead letter, that there is no such policy or another topic, or that nothing comes of it.
    public func stories(
        ofPolicy name: String,
        topic: String,
        payload: [UInt8],
        facts: RehearsalFacts,
        after earlier: [EarlierMessage] = []
    ) throws(Rehearsal.Failure) -> [DecisionStory] {
        let rehearsal = try Rehearsal(site: self, policy: name)
        for (index, message) in earlier.enumerated() {
            do throws(Rehearsal.Failure) {
                _ = try rehearsal.readings(
                    topic: message.topic,
                    payload: message.payload,
                    facts: facts
                )
            } catch {
                throw .init(message: "message \(index + 1): \(error.message)")
            }
        }
        rehearsal.explains = true
        let readings = try rehearsal.readings(topic: topic, payload: payload, facts: facts)
        guard readings.isEmpty else {
            return readings.map { story(of: $0, rehearsal.policy, facts) }
        }
        throw .init(message: nothing(ofPolicy: name, after: earlier.count))
    }

    /// Why no reading comes of a message.
    private func nothing(ofPolicy name: String, after count: Int) -> String {
        let bound = policies.first { $0.policy.name == name }
        guard let model = bound?.models.first(where: \.isWindowed), let length = model.windowLength
        else { return "the payload holds no reading" }
        return "the payload completes no window of model `\(model.reference.name)`, which gathers "
            + "\(length) of a device"
            + (count == 0
                ? ": give the messages before it, oldest first, with `--before`"
                : "; it came after \(count) messages")
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
