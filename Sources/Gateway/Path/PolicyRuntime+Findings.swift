// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Vocabulary

extension PolicyRuntime {
    /// Readings → windows: every reading once and in order, before any model is asked.
    ///
    /// What other topics have brought of a device is put in its readings' fields where a model joins it.
    /// `arrival` is asked, by the row, for readings without a time of their own.
    func observe(by inference: LaneInference?, arrival: (Int) -> WallTime) {
        guard hasWindows, let inference else { return }
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
