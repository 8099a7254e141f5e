// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Vocabulary

extension Decision {
    /// The first word on a reading: what the rule said, before anybody else was asked.
    init(
        id: DecisionID,
        policy: Policy,
        row: ReadingBatch.Row,
        finding: Finding?,
        ruling: Ruling,
        arrival: WallTime
    ) {
        let found = finding?.classification
        self.init(
            id: id,
            policy: policy.name,
            policyVersion: policy.version,
            device: row.device,
            time: row.deviceTime ?? arrival,
            sequence: row.sequence,
            rule: ruling.ruleName,
            route: ruling.route,
            standing: ruling.route == .defer ? .provisional : .final,
            label: found?.label,
            confidence: found?.confidence,
            score: found?.score,
            model: finding?.model
        )
    }
}
