// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What accuracy any threshold on the confidence would have given, by how much it would have asked.
///
/// Counts in 1000 steps of confidence, so that it takes the same memory for any trace.
struct AccuracyCurve {
    /// One threshold.
    struct Point {
        var threshold: Double
        /// The share of readings less sure than the threshold.
        var asked: Double
        /// The share of right answers, if those are answered by the cloud.
        var accuracy: Double
    }

    private struct Step {
        var all = 0
        var known = 0.0
        var localRight = 0.0
        var cloudRight = 0.0
    }

    private static let count = 1_000
    private var steps = [Step](repeating: Step(), count: count + 1)

    /// Takes in a reading; `right` is nil where the truth or the cloud's answer is not known.
    mutating func add(confidence: Double, right: (local: Bool, cloud: Bool)?, weight: Double) {
        let place = Int((min(max(confidence, 0), 1) * Double(Self.count)).rounded(.down))
        steps[place].all += 1
        guard let right else { return }
        steps[place].known += weight
        if right.local { steps[place].localRight += weight }
        if right.cloud { steps[place].cloudRight += weight }
    }

    /// The curve from asking nobody to asking always; empty where too little is known.
    var points: [Point] {
        let all = steps.reduce(0) { $0 + $1.all }
        let known = steps.reduce(0) { $0 + $1.known }
        guard all > 0, known > 0 else { return [] }
        var right = steps.reduce(0) { $0 + $1.localRight }
        var asked = 0
        var points = [Point(threshold: 0, asked: 0, accuracy: right / known)]
        for (place, step) in steps.enumerated() where step.all > 0 {
            asked += step.all
            right += step.cloudRight - step.localRight
            points.append(
                Point(
                    threshold: Double(place + 1) / Double(Self.count),
                    asked: Double(asked) / Double(all),
                    accuracy: right / known
                )
            )
        }
        return points
    }
}
