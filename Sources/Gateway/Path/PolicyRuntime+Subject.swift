// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Vocabulary

extension EffectWriter.Subject {
    /// What templates may ask of reading `row` while it is in its runtime's batch.
    init(
        _ decision: Decision,
        runtime: PolicyRuntime,
        row: Int,
        topic: String,
        captures: [String],
        finding: Finding?,
        verdict: Verdict? = nil,
        observed: [(variable: String, value: String)]
    ) {
        let (readings, policy) = (runtime.readings, runtime.policy)
        self.init(
            decision: decision,
            bound: runtime.bound,
            topic: topic,
            captures: captures,
            field: { name in policy.reading.slot(of: name).map { readings[row, $0] } ?? .absent },
            observed: observed,
            verdict: verdict,
            finding: finding,
            samples: { readings.samples[$0] }
        )
    }
}
