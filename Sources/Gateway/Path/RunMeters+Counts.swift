// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Vocabulary

/// What is counted while models run and is shown a few times a second.
extension RunMeters {
    /// Shows what the engine's lanes have counted together.
    ///
    /// `sluice_infer_window_events_total{event}`, of a closed set of events: `gathered` readings completed
    /// no window; `late` ones were left out; `gap` and `clock_jump` emptied a window; `crowded` readings
    /// left one early; `unjoined` ones lacked another topic's field; `evicted` devices made room for
    /// others. `sluice_infer_detector_evictions_total` is devices a detector forgot to make room,
    /// `sluice_infer_ended_runs_total` runs the watchdog ended.
    func show(_ tally: InferTally) {
        let windows = tally.windows
        for (event, count) in [
            ("gathered", windows.gathered), ("late", windows.late), ("gap", windows.gaps),
            ("clock_jump", windows.clockJumps), ("crowded", windows.crowded),
            ("unjoined", windows.unjoined), ("evicted", windows.evictions),
        ] {
            shown.show(count, as: "sluice_infer_window_events_total", ("event", event))
        }
        shown.show(tally.evictions, as: "sluice_infer_detector_evictions_total")
        shown.show(tally.endedRuns, as: "sluice_infer_ended_runs_total")
    }

    /// Shows how versions compare: with the cloud's verdicts and, for a shadow, with the version that
    /// speaks.
    ///
    /// `sluice_infer_version_verdicts_total{model}`, of which `…_disagreements_total{model}` differ;
    /// `sluice_infer_version_compared_total{model}`, of which `…_differing_total{model}` differ.
    func show(_ versions: [ModelReference: VersionTally]) {
        for (reference, tally) in versions {
            for (what, count) in [
                ("verdicts", tally.verdicts), ("disagreements", tally.disagreements),
                ("compared", tally.compared), ("differing", tally.differing),
            ] {
                let name = "sluice_infer_version_\(what)_total"
                shown.show(count, as: name, ("model", reference.description))
            }
        }
    }
}
