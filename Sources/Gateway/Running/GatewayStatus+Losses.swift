// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Vocabulary

extension GatewayStatus.LaneReport {
    /// Adds what is known of counts that never came.
    mutating func add(_ gaps: (listed: [GapBoard.Entry], missing: Int64)) {
        guard gaps.missing > 0 || !gaps.listed.isEmpty else { return }
        missing = gaps.missing
        self.gaps = gaps.listed.map { entry in
            GatewayStatus.GapReport(
                device: entry.gap.device,
                topic: entry.gap.topic,
                after: entry.gap.after,
                before: entry.gap.before,
                missing: entry.missing,
                found: entry.found.rfc3339
            )
        }
    }

    /// What was lost before it reached us.
    var lossWarnings: [String] {
        var warnings: [String] = []
        if let missing, missing > 0 {
            let devices = Set((gaps ?? []).map(\.device)).count
            warnings.append(
                "input `\(name)`: \(missing) readings of \(devices) devices never came; `sluice status "
                    + "--json` lists the gaps"
            )
        }
        if let brokerDrops, brokerDrops > 0 {
            warnings.append(
                "input `\(name)`: the broker has dropped \(brokerDrops) messages; raise its "
                    + "`max_queued_messages`"
            )
        }
        return warnings
    }
}
