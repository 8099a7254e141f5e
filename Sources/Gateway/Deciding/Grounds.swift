// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Act
import Decide
import Infer
import Vocabulary

/// What a decision was made on, as far as it is written down: plain values that outlive their batch.
struct Grounds: Sendable {
    /// The variables that the conditions tried have read.
    var observed: [(variable: String, value: String)]
    /// Those that the rule after the one that held would have read besides.
    var ahead: [(variable: String, value: String)] = []
    /// The conditions that could not be evaluated.
    var failures: [ConditionFailure] = []
    /// What the model said.
    var finding: Finding?
    /// The fitting behind its confidence.
    var calibration: ModelDescription.CalibrationMark?
    /// The threshold in force; nil for a policy without one, or none for these models.
    var threshold: Threshold?
    /// The state of the endpoint that could be asked; nil for a policy without endpoints.
    var cloud: CloudFacts?
    /// What was left of the deadline.
    var deadlineLeft: Interval?
    /// The whole of it.
    var deadline: Interval?
    /// What live audits said of the bound; nil for a threshold without one.
    var bound: BoundFacts?
    /// What was to become of an escalation without an answer.
    var fallback: Fallback?
}

/// An action that was done, and where it went.
struct FiredAction: Sendable {
    var name: String
    /// The topic, the address of the web server, or `log`.
    var target: String

    init(_ action: ActionSpec, _ effect: Effect) {
        name = action.name
        target =
            switch effect.target {
            case .publish(let topic, _, _): topic
            case .webhook(let webhook): webhook.url
            case .log: "log"
            }
    }
}

extension Verge {
    /// What the rules saw.
    ///
    /// Asks the evaluator once more, because listing it costs text and most readings leave no trace.
    func grounds(_ engine: CoreEngine?) -> Grounds {
        let evaluator = runtime.evaluator
        _ = evaluator.decide(situation, readings: readings, row: reading.row)
        let cloud = situation.bound.cloud ?? policy.cloudModel
        let threshold = policy.threshold(
            for: situation.modelDigest ?? policy.modelDigest,
            cloud: cloud
        )
        var grounds = Grounds(observed: evaluator.observed(), failures: evaluator.failures)
        grounds.ahead = evaluator.ahead(
            of: ruling,
            situation,
            readings: readings,
            row: reading.row
        )
        grounds.finding = situation.finding
        grounds.calibration = situation.finding.flatMap { engine?.models[$0.model]?.calibration }
        grounds.threshold = threshold
        grounds.cloud = policy.endpoints.isEmpty ? nil : situation.cloud
        grounds.deadlineLeft = situation.deadlineLeft
        grounds.deadline = policy.deadline
        grounds.bound = threshold?.isTuned == true ? situation.bound : nil
        grounds.fallback = ruling.fallback
        return grounds
    }
}
