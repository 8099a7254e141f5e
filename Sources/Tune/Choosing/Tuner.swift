// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Chooses a threshold to a bound: Learn then Test on three disjoint parts of the samples.
///
/// Pure and deterministic: the same samples in the same order give the same answer; the order matters
/// only where neighbours in it are found to be alike. The bound is about P(local answer differs from
/// the reference's | kept local) for readings like the samples: the same devices, without drift.
public enum Tuner {
    /// Tunes to `request`.
    ///
    /// Throws a refusal, with what would do, when the samples cannot show the bound.
    public static func tune(
        _ samples: [Sample],
        to request: TuneRequest
    ) throws(TuneRefusal) -> Tuning {
        try check(request)
        try check(samples)
        guard request.window == nil || samples.allSatisfy({ $0.time != nil || $0.block != nil })
        else {
            throw TuneRefusal(
                .request,
                "blocks by time want the time of every row",
                advice: "give each row its `time`, or its `block`"
            )
        }
        let scores = samples.map { Calibration().confidence(of: $0.edge) }
        let streams = Streams(
            samples,
            scores: scores,
            window: request.window,
            isIndependent: request.isIndependent
        )
        let seed = StableHash.seed(of: samples)
        let partition = Partition(samples, streams: streams, seed: seed)
        if request.risk != nil {
            return try RiskTuning(samples, streams, partition, request).tuning()
        }
        let study = Study(samples, streams, partition, request)
        try study.checkSize()
        return try study.tuning()
    }

    private static func check(_ request: TuneRequest) throws(TuneRefusal) {
        func refuse(_ message: String, _ advice: String) -> TuneRefusal {
            TuneRefusal(.request, message, advice: advice)
        }
        guard request.certainty > 0.5, request.certainty < 1 else {
            throw refuse("a certainty lies between 50 % and 100 %", "95 % is usual")
        }
        if let bound = request.disagreement, !(bound > 0 && bound < 1) {
            throw refuse("a bound on disagreement lies between 0 % and 100 %", "2 % is usual")
        }
        if let share = request.escalation, !(share >= 0 && share <= 1) {
            throw refuse("a share escalated lies within 0 % and 100 %", "such as 10 %")
        }
        guard request.disagreement != nil || request.risk != nil || request.escalation != nil else {
            throw refuse("nothing is bounded", "say the greatest disagreement, risk or escalation")
        }
        guard request.risk == nil || request.disagreement == nil else {
            throw refuse(
                "disagreement and risk are bounded one at a time",
                "tune to one of them and read the other in the summary"
            )
        }
    }

    static func check(_ samples: [Sample]) throws(TuneRefusal) {
        guard let first = samples.first else {
            throw TuneRefusal(
                .empty,
                "there are no rows that both the local model and the reference answered",
                advice: "record traffic, or give rows with `p_edge` and `p_cloud`"
            )
        }
        guard samples.contains(where: { $0.reference != first.reference }) else {
            throw TuneRefusal(
                .oneClass,
                "the reference gives all \(samples.count) rows one label only",
                advice: "give rows of every label: of the others these say nothing"
            )
        }
        let scores: [Calibration.Score] = [.max, .margin, .entropy]
        let isEqual = scores.allSatisfy { score in
            let value = score.value(of: first.edge)
            return samples.allSatisfy { abs(score.value(of: $0.edge) - value) < 1e-9 }
        }
        guard !isEqual else {
            throw TuneRefusal(
                .equalConfidences,
                "all confidences are equal, so no threshold tells the rows apart",
                advice: "give the model's probabilities, not its answer alone"
            )
        }
    }
}
