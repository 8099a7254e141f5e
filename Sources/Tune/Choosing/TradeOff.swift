// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How good the answers are against how many are escalated, on the test part.
public struct TradeOff: Equatable, Sendable {
    /// One way to divide the rows.
    public struct Point: Equatable, Sendable {
        /// The share escalated.
        public var escalation: Double
        /// The share of all rows whose final answer agrees with the reference, or is true.
        public var quality: Double
    }

    /// Whether quality is accuracy against the truth; otherwise agreement with the reference.
    public var isAccuracy: Bool
    /// By the score, from nothing to everything escalated.
    public var curve: [Point]
    /// By an oracle that escalates just the rows that gain by it.
    public var oracle: [Point]
    /// The point chosen.
    public var chosen: Point

    init(_ samples: [Sample], confidences: [Double], threshold: Double) {
        let isAccuracy = !samples.isEmpty && samples.allSatisfy { $0.truth != nil }
        let count = Double(max(1, samples.count))
        func local(_ sample: Sample) -> Bool {
            isAccuracy ? sample.edgeLabel == sample.truth : !sample.disagrees
        }
        func remote(_ sample: Sample) -> Bool {
            isAccuracy ? sample.reference == sample.truth : true
        }
        var right = Double(samples.count(where: local))
        let order = samples.indices.sorted {
            confidences[$0] == confidences[$1] ? $0 < $1 : confidences[$0] < confidences[$1]
        }
        var curve = [Point(escalation: 0, quality: right / count)]
        var chosen = curve[0]
        let stride = max(1, samples.count / 200)
        for (place, index) in order.enumerated() {
            right += (remote(samples[index]) ? 1 : 0) - (local(samples[index]) ? 1 : 0)
            let point = Point(escalation: Double(place + 1) / count, quality: right / count)
            if confidences[index] < threshold { chosen = point }
            if (place + 1) % stride == 0 || place + 1 == samples.count { curve.append(point) }
        }
        let gains = samples.count { remote($0) && !local($0) }
        let losses = samples.count { !remote($0) && local($0) }
        let base = curve[0].quality
        let best = base + Double(gains) / count
        self.isAccuracy = isAccuracy
        self.curve = curve
        self.chosen = chosen
        oracle = [
            Point(escalation: 0, quality: base),
            Point(escalation: Double(gains) / count, quality: best),
            Point(escalation: 1 - Double(losses) / count, quality: best),
            Point(escalation: 1, quality: curve.last?.quality ?? base),
        ]
    }
}
