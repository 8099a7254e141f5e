// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Decide
import Spool
import Vocabulary

/// Makes what leaves the gateway out of a decision: topics and bodies filled in.
struct EffectWriter: Sendable {
    /// What templates may ask of a reading.
    struct Subject {
        var decision: Decision
        var bound: BoundPolicy
        /// The topic it came on; nil where that may not be told.
        var topic: String?
        var captures: [String]
        /// The value of a field of the reading.
        var field: (String) -> FieldValue
        var observed: [(variable: String, value: String)]
        var verdict: Verdict?
        /// What the local model said.
        var finding: Finding?
        /// The numbers of a series among the reading's fields.
        var samples: (Range<Int>) -> ArraySlice<Double> = { _ in [] }
    }

    /// Why an action cannot be done for a reading.
    struct Fault: Error {
        var action: String
        var message: String
    }

    var site: String
    var verdictTopic: Template
    var time: any TimeSource
    /// What stands for a text outside the site.
    var pseudonym: @Sendable (String) -> String = { _ in "" }

    /// The effect of action `index`.
    func effect(_ index: Int, of subject: Subject) throws(Fault) -> Effect {
        let action = subject.bound.policy.actions[index]
        let bound = subject.bound.actions[index]
        let decision = subject.decision
        let key = EffectKey(
            decision: decision.id,
            revision: decision.revision,
            effect: action.name
        )
        let target: EffectTarget
        let body: [UInt8]
        switch bound.target {
        case .publish(let template, let qualityOfService, let retain):
            do throws(TopicError) {
                let topic = try template.topic { place($0, subject)?.topicText }
                target = .publish(
                    topic: topic,
                    qualityOfService: qualityOfService,
                    isRetained: retain
                )
                body = self.body(bound.body, key, subject)
            } catch {
                throw Fault(action: action.name, message: error.message)
            }
        case .webhook(let webhook):
            target = .webhook(webhook)
            var open = subject
            withhold(from: &open)
            body = self.body(bound.body, key, open)
        case .log:
            target = .log
            body = self.body(bound.body, key, subject)
        }
        return Effect(
            key: key,
            target: target,
            device: decision.device,
            contentType: bound.body?.contentType ?? CloudEvent.contentType,
            body: body,
            notAfter: action.maximumAge.map { limit in
                time.now + (limit - (time.wallTime - decision.time))
            }
        )
    }

    /// The event that tells of a late verdict.
    func verdictEvent(of subject: Subject) -> Effect? {
        let decision = subject.decision
        let key = EffectKey(
            decision: decision.id,
            revision: decision.revision,
            effect: EffectKey.Own.verdict.rawValue
        )
        guard let template = try? TopicTemplate(verdictTopic),
            let topic = try? template.topic({ name in
                switch name {
                case "policy": decision.policy
                case "site": site
                case "device": decision.device
                case "standing": decision.standing.rawValue
                default: nil
                }
            })
        else { return nil }
        return Effect(
            key: key,
            target: .publish(topic: topic, qualityOfService: 1, isRetained: false),
            device: decision.device,
            body: event(key, subject)
        )
    }

    /// Takes out what the policy does not let leave the site (guarantee G8).
    func withhold(from subject: inout Subject) {
        let policy = subject.bound.policy
        let privacy = policy.privacy
        subject.observed.removeAll { privacy.withheld.contains($0.variable) }
        if privacy.withheld.contains("topic") { subject.topic = nil }
        if privacy.withheld.contains("device") { subject.decision.device = "" }
        guard !privacy.hashed.isEmpty || !privacy.rounded.isEmpty else { return }
        let field = subject.field
        // The rules saw the whole value; outside it is told as it may leave.
        for index in subject.observed.indices {
            let name = subject.observed[index].variable
            if name == "device" || policy.match.names.contains(name) {
                guard privacy.hashed.contains(name) else { continue }
                subject.observed[index].value = "\"\(pseudonym(text(name, subject)))\""
            } else if privacy.hashed.contains(name) || privacy.rounded[name] != nil {
                subject.observed[index].value = literal(released(field(name), name, privacy))
            }
        }
        if privacy.hashed.contains("device") {
            subject.decision.device = pseudonym(subject.decision.device)
        }
        for (index, name) in policy.match.names.enumerated()
        where privacy.hashed.contains(name) && index < subject.captures.count {
            subject.captures[index] = pseudonym(subject.captures[index])
        }
        subject.field = { [self] name in released(field(name), name, privacy) }
    }

    /// The device's name, or a capture.
    private func text(_ name: String, _ subject: Subject) -> String {
        guard let index = subject.bound.policy.match.names.firstIndex(of: name) else {
            return subject.decision.device
        }
        return index < subject.captures.count ? subject.captures[index] : ""
    }

    /// A field's value as it may leave.
    private func released(_ value: FieldValue, _ name: String, _ privacy: Privacy) -> FieldValue {
        switch value {
        case .text(let text) where privacy.hashed.contains(name): .text(pseudonym(text))
        case .number(let number): .number(privacy.rounded(number, of: name))
        case .samples where privacy.rounded[name] != nil: .absent
        default: value
        }
    }

    /// A value in the form of a CEL literal.
    private func literal(_ value: FieldValue) -> String {
        switch value {
        case .number(let number): "\(number)"
        case .text(let text): "\"\(text)\""
        case .flag(let flag): "\(flag)"
        case .absent, .samples, .bytes: "withheld"
        }
    }

    private func body(_ body: BoundPolicy.Body?, _ key: EffectKey, _ subject: Subject) -> [UInt8] {
        guard let body else { return event(key, subject) }
        return body.template.body(naming: body.names) { place($0, subject) ?? .absent }
    }

    private func event(_ key: EffectKey, _ subject: Subject) -> [UInt8] {
        CloudEvent(
            key: key,
            decision: subject.decision,
            site: site,
            topic: subject.topic,
            observed: subject.observed.map { (name: $0.variable, value: $0.value) },
            verdict: subject.verdict,
            finding: subject.finding?.outcome
        ).json()
    }

    /// What a template's place stands for: a capture, a field, or one of the decision's own values.
    private func place(_ name: String, _ subject: Subject) -> BodyTemplate.Value? {
        let decision = subject.decision
        if let index = subject.bound.policy.match.names.firstIndex(of: name) {
            // A row kept from before may be on a topic that its policy does not match any more.
            return index < subject.captures.count ? .text(subject.captures[index]) : nil
        }
        switch name {
        case "confidence": return decision.confidence.map { .number($0) }
        case "decision": return .text(decision.id.description)
        case "device": return .text(decision.device)
        case "label": return decision.label.map { .text($0) }
        case "model": return decision.model.map { .text($0.description) }
        case "policy": return .text(decision.policy)
        case "policy_version": return .text(decision.policyVersion)
        case "revision": return .integer(Int64(decision.revision))
        case "route": return .text(decision.route.rawValue)
        case "rule": return .text(decision.rule)
        case "score": return decision.score.map { .number($0) }
        case "standing": return .text(decision.standing.rawValue)
        case "time": return .text(decision.time.rfc3339)
        case "topic": return subject.topic.map { .text($0) }
        case "value": return subject.finding?.value.map { .number($0) }
        case "detections": return subject.finding?.detections.map { .init($0) }
        default: return BodyTemplate.Value(subject.field(name))
        }
    }
}

extension BodyTemplate.Value {
    init(_ detections: [Finding.Detection]) {
        var writer = JSONWriter()
        writer.value(detections)
        self = .json(String(decoding: writer.bytes, as: UTF8.self))
    }

    init?(_ field: FieldValue) {
        switch field {
        case .absent, .samples, .bytes: return nil
        case .number(let number): self = .number(number)
        case .text(let text): self = .text(text)
        case .flag(let flag): self = .flag(flag)
        }
    }

    /// The value as a level of a topic.
    fileprivate var topicText: String? {
        switch self {
        case .text(let text): text
        case .integer(let number): String(number)
        case .number, .flag, .json, .absent: nil
        }
    }
}

extension Effect {
    /// The rows whose order it keeps: effects about one device at one receiver.
    var stream: String {
        switch target {
        case .publish(let topic, _, _): "\(device) > \(topic)"
        case .webhook(let webhook): "\(device) > \(webhook.url)"
        case .log: "\(device) > log"
        }
    }

    /// The row it becomes when it cannot be delivered now.
    func entry(_ origin: RowOrigin, time: any TimeSource) -> NewEntry {
        var entry = NewEntry(
            id: 0,
            key: key.description,
            kind: .action,
            priority: .high,
            device: device,
            stream: stream,
            policy: origin.policy,
            policyVersion: origin.version,
            timeToLive: origin.timeToLive,
            body: row(at: time.now, wallTime: time.wallTime)
        )
        entry.value = EntryValue.whole
        return entry
    }
}
