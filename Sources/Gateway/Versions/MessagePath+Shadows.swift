// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Vocabulary

extension MessagePath {
    /// Hands a burst's readings, which are decided, to the shadows of their policy.
    ///
    /// Costs a copy of the batch's references; the batch takes new memory for its next burst.
    func runBeside(_ runtime: PolicyRuntime, _ findings: [Finding?], _ batch: Batch) {
        defer { asked.removeAll(keepingCapacity: true) }
        guard let shadows = parts.shadows, let engine = inference?.engine, !findings.isEmpty
        else { return }
        shadows.offer(
            ShadowJob(
                engine: engine,
                models: runtime.bound.models.filter { $0.shadow != nil },
                readings: runtime.readings,
                arrival: batch.arrivalWallTime,
                rows: runtime.cases.map(\.row),
                findings: findings,
                asked: asked
            )
        )
    }
}
