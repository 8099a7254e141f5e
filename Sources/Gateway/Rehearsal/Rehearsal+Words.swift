// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
public import Decide
import Infer
import Vocabulary

/// What is said and done about a reading: the routes of the running path, and the concluder's words.
extension Rehearsal {
    func reading(_ scene: RehearsalScene) -> RehearsedReading {
        let row = runtime.readings.rows[scene.row]
        let ruling = runtime.evaluator.decide(
            scene.situation,
            readings: runtime.readings,
            row: scene.row
        )
        let failures = runtime.evaluator.failures
        let observed = runtime.evaluator.observed()
        let first = Decision(
            id: DecisionID(high: 0, low: UInt64(row.index)),
            policy: policy,
            row: row,
            finding: scene.situation.finding,
            ruling: ruling,
            arrival: scene.arrival
        )
        var sends = sending(scene, ruling)
        let words = words(scene, ruling, first, observed, cannotAsk: sends.fault != nil)
        addWebhooks(of: words, to: &sends)
        var rehearsed = RehearsedReading(
            index: row.index,
            device: row.device,
            time: first.time,
            sequence: row.sequence,
            fields: fields(scene.row),
            findings: scene.findings,
            ruling: ruling,
            failures: failures,
            observed: observed,
            words: words,
            sends: sends
        )
        if explains {
            rehearsed.conditions = explainer(scene, scene.situation.finding)
                .rules(held: ruling.ruleIndex)
            rehearsed.stageConditions = scene.findings.compactMap { finding in
                explainer(scene, finding).stage(finding.stage - 1)
            }
        }
        return rehearsed
    }

    private func explainer(_ scene: RehearsalScene, _ finding: Finding?) -> PolicyExplainer {
        var situation = scene.situation
        situation.finding = finding
        return PolicyExplainer(policy, situation, readings: runtime.readings, row: scene.row)
    }

    private func words(
        _ scene: RehearsalScene,
        _ ruling: Ruling,
        _ first: Decision,
        _ observed: [(variable: String, value: String)],
        cannotAsk: Bool
    ) -> [RehearsedWord] {
        let asksLater = ruling.asksCloud && !cannotAsk
        switch (ruling.route, ruling.fallback, scene.facts.answer) {
        case (.act, _, _):
            let word = act(scene, first, observed, isProvisional: asksLater)
            return [word.word] + late(scene, first, observed, done: word.done, asksLater)
        case (.escalate, let fallback, _) where cannotAsk:
            // What the rule would have done without an answer is still due.
            return fallback == .actProvisionally
                ? [act(scene, first, observed, isProvisional: false).word] : []
        case (.escalate, _, .pending): return []
        case (.escalate, _, .inTime(let verdict)):
            let actions = afterwards(scene, verdict: verdict)
            let decision = first.about(verdict, revision: 0, standing: .final)
            return [word(decision, scene, actions, observed, verdict)]
        case (.escalate, .actProvisionally?, _):
            let actions = afterwards(scene, verdict: nil)
            var decision = first
            decision.standing = .provisional
            return [word(decision, scene, actions, observed, nil)]
                + late(scene, first, observed, done: actions, true)
        case (.escalate, .drop?, _): return [word(first, scene, [], observed, nil)]
        case (.escalate, _, _), (.defer, _, _):
            if cannotAsk { return [] }
            var decision = first
            decision.standing = .provisional
            return [word(decision, scene, [], observed, nil)]
                + late(scene, first, observed, done: nil, true)
        case (.drop, _, _): return [word(first, scene, [], observed, nil)]
        }
    }

    private func act(
        _ scene: RehearsalScene,
        _ first: Decision,
        _ observed: [(variable: String, value: String)],
        isProvisional: Bool
    ) -> (word: RehearsedWord, done: [Int]) {
        let holding = runtime.evaluator.actions(
            scene.situation,
            readings: runtime.readings,
            row: scene.row
        )
        var decision = first
        if isProvisional { decision.standing = .provisional }
        return (word(decision, scene, holding, observed, nil), holding)
    }

    /// The cloud's word after something was done, or nothing was (`done` is nil).
    private func late(
        _ scene: RehearsalScene,
        _ first: Decision,
        _ observed: [(variable: String, value: String)],
        done: [Int]?,
        _ isAsked: Bool
    ) -> [RehearsedWord] {
        guard isAsked, let verdict = scene.facts.verdict else { return [] }
        let actions = afterwards(scene, verdict: verdict).filter { index in
            done?.contains(index) != true && policy.actions[index].maximumAge != nil
        }
        let standing: Decision.Standing =
            first.label ?? "" == verdict.label ? .confirmed : .corrected
        let decision = first.about(verdict, revision: 1, standing: standing)
        return [word(decision, scene, actions, observed, verdict)]
    }

    /// The actions whose conditions hold once the lane has let go of the reading: with what is kept of
    /// the finding, and nothing of the link.
    private func afterwards(_ scene: RehearsalScene, verdict: Verdict?) -> [Int] {
        var finding = scene.situation.finding
        if let found = finding?.classification {
            finding?.outcome = .classification(
                .init(label: found.label, score: found.score, confidence: found.confidence)
            )
        }
        let situation = Situation(
            finding: finding,
            topic: scene.situation.topic,
            captures: scene.situation.captures,
            payload: scene.situation.payload,
            now: scene.situation.now
        )
        return runtime.evaluator.actions(
            situation,
            readings: runtime.readings,
            row: scene.row,
            verdict: verdict
        )
    }

    private func word(
        _ decision: Decision,
        _ scene: RehearsalScene,
        _ actions: [Int],
        _ observed: [(variable: String, value: String)],
        _ verdict: Verdict?
    ) -> RehearsedWord {
        let subject = EffectWriter.Subject(
            decision,
            runtime: runtime,
            row: scene.row,
            topic: scene.situation.topic,
            captures: scene.situation.captures,
            finding: scene.situation.finding,
            verdict: verdict,
            observed: observed
        )
        return RehearsedWord(
            revision: decision.revision,
            standing: decision.standing,
            label: decision.label,
            confidence: decision.confidence,
            actions: actions.map { action($0, subject) }
        )
    }

    private func action(_ index: Int, _ subject: EffectWriter.Subject) -> RehearsedAction {
        let name = policy.actions[index].name
        do throws(EffectWriter.Fault) {
            let effect = try writer.effect(index, of: subject)
            let target: RehearsedAction.Target =
                switch effect.target {
                case .publish(let topic, _, let isRetained):
                    .publish(topic: topic, isRetained: isRetained)
                case .webhook(let webhook): .webhook(url: webhook.url)
                case .log: .log
                }
            return RehearsedAction(
                name: name,
                target: target,
                contentType: effect.contentType,
                body: effect.body
            )
        } catch {
            let target = RehearsedAction.Target.fault(error.message)
            return RehearsedAction(name: name, target: target, contentType: "", body: [])
        }
    }

    // MARK: - What leaves

    private func sending(_ scene: RehearsalScene, _ ruling: Ruling) -> RehearsedSending {
        guard ruling.asksCloud else {
            return RehearsedSending(tensors: [], fields: [], fault: nil)
        }
        let tensors = runtime.bound.outboundTensors
        let used = tensors.reduce(into: Set<String>()) { $0.formUnion($1.pipeline.fieldsUsed) }
        let fields = policy.reading.fields.map(\.name).filter(used.contains)
        do throws(FeatureFailure) {
            let outbound = try runtime.outbound(row: scene.row)
            return RehearsedSending(
                tensors: outbound.tensors.map(\.name),
                fields: fields,
                fault: nil
            )
        } catch {
            return RehearsedSending(tensors: [], fields: [], fault: error.reason)
        }
    }

    /// Web requests leave the site too: what their bodies are made of.
    private func addWebhooks(of words: [RehearsedWord], to sends: inout RehearsedSending) {
        var names = Set(sends.fields)
        for done in words.flatMap(\.actions) {
            guard case .webhook = done.target else { continue }
            let action = policy.actions.first { $0.name == done.name }
            // An event carries what the conditions saw of the fields that may leave.
            names.formUnion(action?.payload?.names ?? policy.privacy.send)
        }
        sends.fields = policy.reading.fields.map(\.name).filter(names.contains)
    }

    private func fields(_ row: Int) -> [(name: String, value: RecordedValue)] {
        let readings = runtime.readings
        return policy.reading.fields.enumerated().map { slot, field in
            let value: RecordedValue =
                switch readings[row, slot] {
                // A file is not recorded.
                case .absent, .bytes: .absent
                case .number(let number): .number(number)
                case .text(let text): .text(text)
                case .flag(let flag): .flag(flag)
                case .samples(let range): .samples(Array(readings.samples[range]))
                }
            return (field.name, value)
        }
    }
}

extension Ruling {
    /// True when something of the reading is sent to the cloud, now or later.
    public var asksCloud: Bool { route == .escalate || route == .defer || isProvisional }
}

extension Decision {
    /// The decision about the cloud's label: label and confidence come from the same model.
    fileprivate func about(
        _ verdict: Verdict,
        revision: Int,
        standing: Decision.Standing
    ) -> Decision {
        var decision = self
        decision.revision = revision
        decision.standing = standing
        decision.label = verdict.label
        decision.confidence = verdict.confidence
        decision.score = nil
        decision.model = verdict.model
        return decision
    }
}
