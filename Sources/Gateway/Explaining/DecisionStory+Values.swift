// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Vocabulary

/// The stories' parts out of the values of the path.
extension DecisionStory.Finding {
    init(_ finding: Finding, _ calibration: ModelDescription.CalibrationMark?) {
        model = finding.model.description
        stage = finding.stage
        latencyMs = finding.latency.milliseconds
        switch finding.outcome {
        case .classification(let found):
            label = found.label
            confidence = found.confidence
            score = found.score
            margin = found.margin
            probabilities = found.probabilities.isEmpty ? nil : Array(found.probabilities)
        case .value(let number): value = number
        case .detections(let found): detections = found
        case .failed(let reason): failed = reason
        case .skipped(let reason): skipped = reason
        }
        self.calibration = calibration.map { mark in
            .init(map: mark.map, score: mark.score, date: mark.date, samples: mark.samples)
        }
    }
}

extension DecisionStory.Threshold {
    init(_ threshold: Threshold) {
        value = threshold.value
        low = threshold.low
        high = threshold.high
        bound = threshold.bound
        maxRisk = threshold.maximumRisk
        certainty = threshold.certainty
        samples = threshold.samples
        model = threshold.model
        cloud = threshold.cloud
        tuned = threshold.tuned
        traceSha256 = threshold.traceDigest
    }
}

extension DecisionStory.Link {
    init(_ facts: CloudFacts) {
        up = facts.isUp
        p50Ms = facts.p50.milliseconds
        p95Ms = facts.p95.milliseconds
        samples = facts.samples
        inFlight = facts.inFlight
        breaker = facts.breaker.rawValue
        budgetLeft = facts.budgetLeft
        moneyLeft = facts.moneyLeft
        callsLeft = facts.callsLeft
    }
}

extension DecisionStory.Bound {
    init(_ facts: BoundFacts) {
        estimate = facts.estimate
        upper = facts.upper
        samples = facts.samples
        broken = facts.isBroken
    }
}
