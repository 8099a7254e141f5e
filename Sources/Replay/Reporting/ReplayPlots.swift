// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The three figures of a report.
struct ReplayPlots {
    let report: ReplayReport

    private static let shares = [0, 0.25, 0.5, 0.75, 1].map { share in
        (place: share, label: "\(Int(share * 100)) %")
    }

    /// The share that went each way over time, stacked.
    func overTime(_ side: ReplayReport.Side) -> String {
        let series = side.overTime
        let step = 1 / Double(max(1, series.count))
        let places = [0, series.count / 2, series.count - 1].filter { $0 >= 0 }
        var across: [(place: Double, label: String)] = []
        for place in Set(places).sorted() where place < series.count {
            let time = String(series[place].start.rfc3339.dropFirst(5).prefix(11))
            let label = time.split(separator: "T").joined(separator: " ")
            across.append(((Double(place) + 0.5) * step, label))
        }
        var plot = Plot(across: across, up: Self.shares, title: "\(side.name): time (UTC)")
        for (index, point) in series.enumerated() {
            let all = Double(point.counts.reduce(0, +))
            guard all > 0 else { continue }
            var low = 0.0
            for (way, count) in zip(Way.allCases, point.counts) {
                let high = low + Double(count) / all
                plot.bar(
                    from: Double(index) * step,
                    to: Double(index + 1) * step,
                    low: low,
                    high: high,
                    style: way.rawValue
                )
                low = high
            }
        }
        return plot.svg(label: "share of each route over time, \(side.name)")
    }

    /// How sure the local model was of what was kept, and of what the cloud was asked about.
    func confidence(_ side: ReplayReport.Side) -> String? {
        let most = zip(side.kept, side.askedAbout).map { $0 + $1 }.max() ?? 0
        guard most > 0 else { return nil }
        let across = [0, 0.25, 0.5, 0.75, 1].map { (place: $0, label: Figure.fixed($0, 2)) }
        let up = [0, 0.5, 1].map { place in
            (place: place, label: Figure.count(Int((place * Double(most)).rounded())))
        }
        var plot = Plot(across: across, up: up, title: "\(side.name): confidence")
        let step = 1 / Double(side.kept.count)
        for index in side.kept.indices {
            let kept = Double(side.kept[index]) / Double(most)
            let all = kept + Double(side.askedAbout[index]) / Double(most)
            let (from, to) = (Double(index) * step, Double(index + 1) * step)
            plot.bar(from: from, to: to, low: 0, high: kept, style: Way.act.rawValue)
            plot.bar(from: from, to: to, low: kept, high: all, style: Way.escalate.rawValue)
        }
        return plot.svg(label: "readings by confidence, kept local and asked, \(side.name)")
    }

    /// What accuracy each threshold would give, with both sides marked.
    func accuracy() -> String? {
        let points = report.curve
        guard points.count > 1 else { return nil }
        let sides = [report.former, report.tried].compactMap { side -> (String, Double, Double)? in
            guard let accuracy = side.right.share, report.decisions > 0 else { return nil }
            return (side.name, Double(side.calls) / Double(report.decisions), accuracy)
        }
        let all = points.map(\.accuracy) + sides.map { $0.2 }
        let floor = max(0, ((all.min() ?? 0) * 20).rounded(.down) / 20 - 0.05)
        func height(_ accuracy: Double) -> Double { (accuracy - floor) / (1 - floor) }
        let up = [0, 0.5, 1].map { place in
            (place: place, label: Figure.percent(floor + place * (1 - floor)))
        }
        var plot = Plot(across: Self.shares, up: up, title: "share asked of the cloud")
        if let first = points.first, let last = points.last {
            // Asking at random moves along the straight line.
            plot.line(
                [(first.asked, height(first.accuracy)), (last.asked, height(last.accuracy))],
                style: "random"
            )
        }
        plot.line(points.map { ($0.asked, height($0.accuracy)) }, style: "curve")
        for (index, side) in sides.enumerated() {
            plot.mark(
                across: side.1,
                up: height(side.2),
                name: side.0,
                style: index == 0 ? "former" : "tried"
            )
        }
        return plot.svg(label: "accuracy against the share asked of the cloud")
    }
}
