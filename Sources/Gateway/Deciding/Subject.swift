// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Decode
import FoundationEssentials
import Vocabulary

/// A kept decision with its reading, so that actions can be chosen and written.
///
/// Made on whichever thread finishes the decision. The reading is the lane's where it is at hand; else the
/// message is decoded again, once.
struct Subject {
    /// A reading that a lane has decoded.
    struct Reading: Sendable {
        var captures: [String]
        /// The reading alone.
        var readings: ReadingBatch
    }

    let question: OpenDecision
    let bound: BoundPolicy
    private let captures: [String]
    private let readings: ReadingBatch
    private let row: Int?

    init(_ question: OpenDecision, _ bound: BoundPolicy, _ reading: Reading? = nil) {
        self.question = question
        self.bound = bound
        if let reading {
            captures = reading.captures
            readings = reading.readings
            row = 0
            return
        }
        let captures = bound.policy.match.captures(in: question.topic) ?? []
        self.captures = captures
        let readings = question.payload.withUnsafeBytes { payload in
            bound.benches.use(bound.policy) { $0.readings(of: payload, captures: captures) }
        }
        row = readings.rows.firstIndex { $0.index == question.index }
        self.readings = readings
    }

    /// The actions whose conditions hold, with the verdict's label in place of the local one; none when
    /// the message cannot be read under the policy any more.
    func actions(verdict: Verdict?, at time: any TimeSource) -> [Int] {
        guard let row else { return [] }
        let situation = Situation(
            finding: question.localFinding,
            topic: question.topic,
            captures: captures,
            payload: { [payload = question.payload] in PayloadValue(parsing: Array(payload)) },
            now: time.wallTime
        )
        return bound.benches.use(bound.policy) { bench in
            bench.evaluator.actions(situation, readings: readings, row: row, verdict: verdict)
        }
    }

    /// What templates may ask of it.
    func described(
        _ decision: Decision,
        _ observed: [(variable: String, value: String)],
        _ verdict: Verdict?
    ) -> EffectWriter.Subject {
        EffectWriter.Subject(
            decision: decision,
            bound: bound,
            topic: question.topic,
            captures: captures,
            field: { [readings, row, policy = bound.policy] name in
                guard let row, let slot = policy.reading.slot(of: name) else {
                    return .absent
                }
                return readings[row, slot]
            },
            observed: observed,
            verdict: verdict,
            finding: question.localFinding,
            samples: { [readings] in readings.samples[$0] }
        )
    }
}

extension OpenDecision {
    /// When the reading was made.
    var timeOfReading: WallTime { WallTime(nanoseconds: time) }

    /// The decision as it stands; with a verdict, about its label.
    func decision(_ verdict: Verdict?) -> Decision {
        Decision(
            id: decisionID,
            policy: policy,
            policyVersion: policyVersion,
            device: device,
            time: timeOfReading,
            sequence: sequence,
            rule: rule,
            route: route,
            standing: .final,
            label: verdict?.label ?? local.label,
            // Label and confidence come from the same model, or a receiver reads one for the other's.
            confidence: verdict == nil ? local.confidence : verdict?.confidence,
            score: verdict == nil ? local.score : nil,
            model: verdict?.model ?? local.reference
        )
    }

    /// What the local model said.
    var localFinding: Finding? { local.finding }
}

extension OpenDecision.Local {
    /// What is kept of a first word.
    init(_ decision: Decision, _ finding: Finding?) {
        label = decision.label
        confidence = decision.confidence
        score = decision.score
        model = decision.model?.name
        modelVersion = decision.model?.version
        stage = finding?.stage
        switch finding?.outcome {
        case .classification(let found):
            margin = found.margin
            if !found.probabilities.isEmpty { probabilities = Array(found.probabilities) }
        case .value(let number): value = number
        case .detections(let found): detections = found
        case .failed(let reason): failed = reason
        case .skipped(let reason): skipped = reason
        case nil: break
        }
    }

    var reference: ModelReference? {
        model.map { ModelReference(name: $0, version: modelVersion ?? "") }
    }

    /// What the local model said.
    var finding: Finding? {
        guard let reference else { return nil }
        return Finding(model: reference, outcome: outcome, latency: .zero, stage: stage ?? 1)
    }

    private var outcome: Finding.Outcome {
        if let label {
            return .classification(
                Finding.Classification(
                    label: label,
                    score: score ?? 0,
                    confidence: confidence,
                    margin: margin,
                    probabilities: Probabilities(probabilities ?? [])
                )
            )
        }
        if let value { return .value(value) }
        if let detections { return .detections(detections) }
        if let skipped { return .skipped(reason: skipped) }
        return .failed(reason: failed ?? "not kept")
    }
}
