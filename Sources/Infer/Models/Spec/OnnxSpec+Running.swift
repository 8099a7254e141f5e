// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Settings
import Vocabulary

/// The part of `model.yaml` that says how the model is run.
extension OnnxSpec {
    /// How long a reading should take, how many go in a run, and how long they may wait for company.
    static func running(
        _ root: SettingsNode
    ) -> (budget: Interval, maximumBatch: Int, maximumWait: Interval) {
        (
            root.duration(
                "budget",
                in: Interval.microseconds(1)...Interval.seconds(3_600),
                default: .milliseconds(100)
            ),
            root.integer("max_batch", in: 1...65_536, default: 256),
            root.duration("max_wait", in: .zero...Interval.seconds(60), default: .zero)
        )
    }
}
