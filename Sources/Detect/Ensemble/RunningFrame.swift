// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Mean and scale of a stream over all its readings, the last twenty thousand weighing most.
///
/// B. P. Welford, "Note on a method for calculating corrected sums of squares and products",
/// Technometrics 4(3), 1962, with a count that stops growing. One value that is absurd, 200 scales
/// away and alone for a thousand readings, is learned as 200 scales: a sensor's hiccup must not
/// blind the detector.
struct RunningFrame: Equatable, Sendable {
    private(set) var count = 0.0
    private(set) var mean = 0.0
    private var variance = 0.0
    private var sinceAbsurd = 1e9

    static let memory = 20_000.0
    private static let absurd = 200.0

    /// The standard deviation, and never 0.
    var scale: Double { max(variance.squareRoot(), 1e-6 * mean.magnitude + 1e-15) }

    /// How many scales `value` is from the mean.
    func distance(of value: Double) -> Double { count > 0 ? (value - mean) / scale : 0 }

    /// How much a reading weighs in what is remembered of errors.
    var errorRate: Double { max(1 / count, 1 / 1_500) }

    /// A distance in scales, within what opinions can use.
    func bounded(_ distance: Double) -> Double { max(-20, min(20, distance)) }

    /// What is to be learned of `value`.
    mutating func credible(_ value: Double) -> Double {
        sinceAbsurd = min(sinceAbsurd + 1, 1e9)
        guard count >= 60, distance(of: value).magnitude > Self.absurd else { return value }
        defer { sinceAbsurd = 0 }
        guard sinceAbsurd > 1000 else { return value }
        return mean + (value > mean ? Self.absurd : -Self.absurd) * scale
    }

    /// Learns a value.
    mutating func learn(_ value: Double) {
        count = min(count + 1, Self.memory)
        guard count > 1 else {
            mean = value
            return
        }
        let distance = value - mean
        mean += distance / count
        variance = max(0, variance + (distance * (value - mean) - variance) / count)
    }
}

extension RunningFrame {
    func save(into writer: inout StateWriter) {
        for number in [count, mean, variance, sinceAbsurd] { writer.put(number) }
    }

    init(restoring reader: inout StateReader) throws(StateError) {
        count = try reader.finite(in: 0...Self.memory)
        mean = try reader.finite(in: -1e120...1e120)
        variance = try reader.finite(in: 0...1e240)
        sinceAbsurd = try reader.finite(in: 0...1e9)
    }
}

extension StateReader {
    /// Reads exactly `count` numbers in `range`.
    mutating func bounded(
        _ count: Int,
        in range: ClosedRange<Double>
    ) throws(StateError) -> [Double] {
        let numbers = try doubles(limit: count)
        guard numbers.count == count, numbers.allSatisfy({ range.contains($0) }) else {
            throw StateError("there are not \(count) numbers in their range")
        }
        return numbers
    }
}
