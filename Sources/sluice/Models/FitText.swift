// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Settings
import Vocabulary

/// Timings as a person reads them.
struct FitText {
    let groups: [FitGroup]
    let budget: Interval

    var text: String {
        var rows = [["model", "accuracy", "p50", "p99", "in a batch", ""]]
        for group in groups {
            for (index, timing) in group.timings.enumerated() {
                let isBest = group.best == index
                let isIn = timing.p99Ms <= budget.milliseconds
                rows.append([
                    "\(timing.model)/\(timing.version)", accuracy(timing),
                    milliseconds(timing.p50Ms), milliseconds(timing.p99Ms),
                    "\(milliseconds(timing.batchedMs)) of \(timing.batch)",
                    isBest ? "<- the most accurate in the budget" : isIn ? "" : "over the budget",
                ])
            }
        }
        var lines = ModelsText.columns(rows)
        for group in groups where group.best == nil {
            lines.append("no \(group.words) is within \(Quantity.text(budget))")
        }
        return lines.joined(separator: "\n")
    }

    private func accuracy(_ timing: ModelTiming) -> String {
        guard let accuracy = timing.accuracy else { return "unknown" }
        let percent = "\((accuracy * 1_000).rounded() / 10) %"
        guard let rows = timing.rows else { return percent + " as stated" }
        return percent + (timing.source == .recorded ? " of \(rows) recorded" : " of \(rows)")
    }

    private func milliseconds(_ value: Double) -> String {
        let digits = value < 0.1 ? 10_000.0 : value < 10 ? 1_000.0 : 10.0
        return "\((value * digits).rounded() / digits) ms"
    }
}
