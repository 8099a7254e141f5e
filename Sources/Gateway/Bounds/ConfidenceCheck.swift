// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Vocabulary

/// Whether thresholds are held against the confidence that they were tuned on.
///
/// A bound is void when `confidence` has become something else, and nothing but the bound's breaking
/// would tell; so it is an error (G6).
struct ConfidenceCheck {
    let engine: CoreEngine

    /// What is wrong with the threshold in force of each policy.
    func diagnostics(_ policies: [BoundPolicy]) -> [Diagnostic] {
        policies.compactMap { bound in scoreProblem(bound) ?? dataProblem(bound) }
    }

    /// A threshold on `confidence` that names its trace goes with the calibration fitted on that trace.
    private func dataProblem(_ bound: BoundPolicy) -> Diagnostic? {
        guard let threshold = bound.policy.threshold, threshold.bound != nil,
            let trace = threshold.traceDigest,
            let model = bound.models.last.flatMap({ engine.models[$0.reference] }),
            model.score != nil, !(model.calibration?.samplesDigest ?? "").hasPrefix(trace)
        else { return nil }
        return Diagnostic(
            .error,
            "the threshold and the calibration of model `\(model.reference)` were tuned on "
                + "different data",
            hint: "put the `calibration.yaml` that was tuned with it beside the model, or write a "
                + "plain number and tune again",
            file: bound.policy.file
        )
    }

    /// A threshold tuned on another score than the model's confidence is.
    private func scoreProblem(_ bound: BoundPolicy) -> Diagnostic? {
        guard let threshold = bound.policy.threshold, threshold.isTuned,
            let score = threshold.score?.rawValue,
            let model = bound.models.last.flatMap({ engine.models[$0.reference] }),
            let found = model.score, found != score
        else { return nil }
        return Diagnostic(
            .error,
            "the threshold was tuned on the score `\(score)`; confidence of model "
                + "`\(model.reference)` is `\(found)`",
            hint: model.calibration == nil
                ? "put the `calibration.yaml` that was tuned with it beside the model"
                : "tune the threshold again with the model's `calibration.yaml`",
            file: bound.policy.file
        )
    }
}
