// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Vocabulary

extension PolicyRuntime {
    /// Readings → findings of this policy alone; see `InferenceRound`.
    ///
    /// Empty for a policy without a model, or where there is no engine.
    func findings(
        rows: [Int],
        by inference: LaneInference?,
        situation: @escaping (Int, Finding) -> Situation,
        heard: ((Int, Finding) -> Void)? = nil
    ) -> [Finding?] {
        guard !bound.models.isEmpty, let inference, !rows.isEmpty else { return [] }
        var round = InferenceRound([
            .init(runtime: self, rows: rows, situation: situation, heard: heard)
        ])
        round.run(by: inference)
        return round.parties[0].findings
    }

    /// Readings → windows: every reading once and in order, before any model is asked.
    ///
    /// What other topics have brought of a device is put in its readings' fields where a model joins it.
    /// `arrival` is asked, by the row, for readings without a time of their own.
    func observe(by inference: LaneInference?, arrival: (Int) -> WallTime) {
        guard let inference, bound.models.contains(where: \.isWindowed) else { return }
        inference.observe(
            bound.models,
            readings: &readings,
            rows: cases.map(\.row),
            arrival: arrival
        )
    }

    /// Whether a cascade stops with the finding of `stage`, counted from 0.
    func accepts(
        _ stage: Int,
        _ finding: Finding,
        _ row: Int,
        _ situation: () -> Situation
    ) -> Bool {
        guard finding.absence == nil else { return false }
        let isAccepted = evaluator.accepts(
            stage: stage,
            situation(),
            readings: readings,
            row: row
        )
        stageFailures += evaluator.failures
        return isAccepted
    }
}
