// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import Infer

extension RunMeters {
    /// Shows what windows have counted: `sluice_infer_windows{event}`, of a closed set of events.
    ///
    /// `gathered` readings completed no window; `late` ones were left out; `gap` and `clock_jump` emptied a
    /// window; `crowded` readings left one early; `unjoined` ones lacked another topic's field; `evicted`
    /// devices made room for others.
    func show(_ windows: WindowTally) {
        let counts = [
            ("gathered", windows.gathered), ("late", windows.late), ("gap", windows.gaps),
            ("clock_jump", windows.clockJumps), ("crowded", windows.crowded),
            ("unjoined", windows.unjoined), ("evicted", windows.evictions),
        ]
        guard counts.contains(where: { $0.1 > 0 }) else { return }
        for (event, count) in counts {
            Gauge(
                label: "sluice_infer_windows",
                dimensions: [("event", event)],
                factory: factory
            ).record(count)
        }
    }
}
