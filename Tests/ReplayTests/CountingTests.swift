// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Testing
import Trace
import Vocabulary

@testable import Replay

@Suite struct `A replay's counts` {
    @Test func `know a quantile to one percent`() {
        var counts = LatencyCounts()
        #expect(counts.quantile(0.5) == nil)
        for millisecond in 1...1_000 { counts.add(.milliseconds(Int64(millisecond))) }
        let median = counts.quantile(0.5) ?? 0
        let tail = counts.quantile(0.99) ?? 0
        #expect(abs(median - 500) / 500 < 0.01)
        #expect(abs(tail - 990) / 990 < 0.01)
        var small = LatencyCounts()
        for interval in [0, 1, 127, 128, 129, Int64.max] {
            small.add(Interval(nanoseconds: interval))
        }
        #expect(small.quantile(0) == 0)
        #expect((small.quantile(1) ?? 0) > 9e12)
    }

    /// Wilson's interval of 90 in 100 at 95 %, as textbooks have it: 0.826 to 0.945.
    @Test func `give Wilson's interval`() throws {
        var share = WeightedShare()
        #expect(share.interval == nil)
        for number in 0..<100 { share.add(number < 90, weight: 2) }
        let interval = try #require(share.interval)
        #expect(abs(interval.low - 0.8256) < 1e-4)
        #expect(abs(interval.high - 0.9448) < 1e-4)
        #expect(abs(share.effectiveCount - 100) < 1e-9)
    }

    @Test func `keep to 64 steps of time and lose none`() {
        var shares = TimeShares()
        for number in 0..<5_000 {
            let time = WallTime(nanoseconds: Int64(number - 2_500) * 7_000_000_000)
            shares.add(Way.allCases[number % 5], at: time)
        }
        let series = shares.series
        #expect(series.count <= 64)
        #expect(series.reduce(0) { $0 + $1.counts.reduce(0, +) } == 5_000)
        #expect(series.allSatisfy { $0.counts.count == 5 })
    }

    @Test func `hold any two times there are`() {
        var shares = TimeShares()
        shares.add(.act, at: WallTime(nanoseconds: .min))
        shares.add(.act, at: WallTime(nanoseconds: .max))
        #expect((1...64).contains(shares.series.count))
    }

    @Test(arguments: [(1e300, 49), (-1e300, 0), (1, 49), (0.5, 25)])
    func `take whatever a trace calls a confidence`(confidence: Double, bin: Int) {
        let time = WallTime(nanoseconds: 0)
        let decision = TraceDecision(
            id: DecisionID(high: 0, low: 1),
            policy: "p",
            version: "v",
            topic: "t",
            device: "d",
            time: time,
            arrived: time,
            rule: "r",
            route: .act
        )
        var outcome = Outcome(decision)
        outcome.confidence = confidence
        var counts = SideCounts()
        let known = SideCounts.Known(truth: nil, cloud: nil, weight: 1)
        let resolution = Resolution(outcome, decision, left: nil, nil, label: nil)
        counts.add(outcome, resolution, decision, known)
        #expect(counts.keptConfidence[bin] == 1)
    }

    @Test func `draw the curve from asking nobody to asking always`() throws {
        var curve = AccuracyCurve()
        #expect(curve.points.isEmpty)
        for number in 0..<100 {
            let confidence = Double(number) / 100
            // The local model is right where it is sure; the cloud always is.
            curve.add(confidence: confidence, right: (number >= 50, true), weight: 1)
        }
        let points = curve.points
        let first = try #require(points.first)
        let last = try #require(points.last)
        #expect((first.asked, first.accuracy) == (0, 0.5))
        #expect((last.asked, last.accuracy) == (1, 1))
        let middle = try #require(points.first { $0.asked >= 0.5 })
        #expect(middle.accuracy == 1)
    }

    @Test(arguments: [
        (0.0, 2, "0.00"), (1.005, 1, "1.0"), (-0.04, 1, "0.0"), (-2.5, 0, "-3"),
        (12.345, 2, "12.35"), (1e300, 2, "1e+300"),
    ])
    func `are written plainly`(number: Double, places: Int, text: String) {
        #expect(Figure.fixed(number, places) == text)
    }

    @Test func `are grouped in threes`() {
        #expect(
            [0, 999, 1_000, 1_234_567].map(Figure.count) == [
                "0", "999", "1\u{202F}000", "1\u{202F}234\u{202F}567",
            ]
        )
    }
}

@Suite struct `A replay's page` {
    @Test func `gives hostile names no meaning`() throws {
        let workshop = try Workshop()
        var decision = try workshop.decision(1, score: 0.75)
        decision.device = "<script>alert('x')</script>&\u{1B}[2J"
        let report = try workshop.replay([.decision(decision)], threshold: 0.7)
        #expect(report.changed == 1)
        let page = report.page
        #expect(!page.contains("<script"))
        #expect(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;\u{FFFD}[2J"))
        #expect(!report.text.contains("\u{1B}"))
        #expect(!page.contains("http://") && !page.contains("https://"))
        #expect(page.contains("prefers-color-scheme:dark"))
    }
}
