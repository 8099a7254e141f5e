// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Infer
import Vocabulary

extension PolicyRuntime {
    /// Readings → findings: one run of a stage's model for all readings that wait for it; see Infer.
    ///
    /// Gives the finding that rules see of each of `rows`: the first that its stage's condition accepts,
    /// or else the last stage's; none for a reading that completes no window. Empty for a policy without
    /// a model, or where there is no engine.
    /// `situation` is asked, by the place in `rows`, only where a cascade has to accept; `heard` is told
    /// every finding in the order of the stages. A model that fails is not accepted.
    func findings(
        rows: [Int],
        by inference: LaneInference?,
        situation: (Int, Finding) -> Situation,
        heard: ((Int, Finding) -> Void)? = nil
    ) -> [Finding?] {
        guard let first = bound.models.first, let inference, !rows.isEmpty else { return [] }
        var found = inference.findings(model: first, readings: readings, rows: rows)
        if let heard {
            for case (let position, let finding?) in found.enumerated() { heard(position, finding) }
        }
        var open = found.indices.filter { found[$0] != nil }
        for (stage, model) in bound.models.enumerated().dropFirst() {
            open = open.filter { position in
                guard let finding = found[position] else { return false }
                return !accepts(stage - 1, finding, rows[position]) {
                    situation(position, finding)
                }
            }
            guard !open.isEmpty else { break }
            let next = inference.findings(
                model: model,
                readings: readings,
                rows: open.map { rows[$0] }
            )
            for case (let position, var finding?) in zip(open, next) {
                finding.stage = stage + 1
                found[position] = finding
                heard?(position, finding)
            }
        }
        return found
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

    private func accepts(
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
