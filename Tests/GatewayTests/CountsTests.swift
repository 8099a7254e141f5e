// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Infer
import Telemetry
import Testing
import Vocabulary

@testable import Gateway

@Suite struct CountsTests {
    private let metrics = MetricsRegistry()

    private func count(_ title: String) -> Int64? {
        for sample in metrics.samples() where sample.title == title {
            if case .counter(let count) = sample.reading { return count }
        }
        return nil
    }

    @Test func `a count kept elsewhere is shown as it grows`() {
        let shown = ShownCounts(factory: metrics)
        shown.show(0, as: "a")
        #expect(count("a") == nil)
        for value in [3, 3, 10] { shown.show(value, as: "a") }
        #expect(count("a") == 10)
        // It began anew, and a counter never goes back.
        shown.show(2, as: "a")
        #expect(count("a") == 12)
        shown.show(0, as: "a")
        shown.show(1, as: "a")
        #expect(count("a") == 13)
    }

    @Test func `what is gone is shown no more`() {
        let shown = ShownCounts(factory: metrics)
        shown.show(1, as: "a", ("model", "m/1"))
        shown.show(2, as: "a", ("model", "m/2"))
        shown.show(3, as: "a", ("event", "m/1"))
        shown.keep(["m/2"], of: "model")
        #expect(count(#"a{model="m/1"}"#) == nil)
        #expect(count(#"a{model="m/2"}"#) == 2)
        #expect(count(#"a{event="m/1"}"#) == 3)
    }

    @Test func `versions are compared in the metrics`() {
        let meters = RunMeters(factory: metrics)
        let reference = ModelReference(name: "m", version: "2")
        var tally = VersionTally()
        (tally.verdicts, tally.disagreements) = (20, 3)
        (tally.compared, tally.differing) = (100, 7)
        meters.show([reference: tally])
        #expect(count(#"sluice_infer_version_verdicts_total{model="m/2"}"#) == 20)
        #expect(count(#"sluice_infer_version_disagreements_total{model="m/2"}"#) == 3)
        #expect(count(#"sluice_infer_version_compared_total{model="m/2"}"#) == 100)
        #expect(count(#"sluice_infer_version_differing_total{model="m/2"}"#) == 7)
        meters.keep([])
        #expect(count(#"sluice_infer_version_verdicts_total{model="m/2"}"#) == nil)
    }

    @Test func `lines that were left out are warned of for ten minutes (G6)`() {
        var lines = LeftOutLines()
        let start = MonotonicInstant(nanoseconds: 5)
        #expect(lines.look(0, at: start) == 0)
        #expect(lines.warning(at: start) == nil)
        #expect(lines.look(58, at: start) == 58)
        #expect(lines.look(58, at: start + .seconds(300)) == 0)
        #expect(lines.warning(at: start + .seconds(599))?.hasPrefix("58 lines") == true)
        #expect(lines.warning(at: start + .seconds(600)) == nil)
        #expect(lines.look(60, at: start + .seconds(700)) == 2)
        #expect(lines.warning(at: start + .seconds(700))?.hasPrefix("60 lines") == true)
    }
}
