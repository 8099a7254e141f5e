// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Vocabulary

extension PolicyRuntime {
    /// Readings → findings: one run of the model for all of `rows`; see Infer.
    ///
    /// None for a policy without a model, or where there is no engine.
    func findings(rows: [Int], by inference: LaneInference?) -> [Finding] {
        guard let model = bound.model, let inference, !rows.isEmpty else { return [] }
        return inference.findings(model: model, readings: readings, rows: rows)
    }
}
