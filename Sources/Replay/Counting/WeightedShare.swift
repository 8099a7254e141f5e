// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A share estimated from observations that were chosen with known probabilities.
///
/// Each counts by the inverse of the probability it was chosen with (Horvitz and Thompson 1952, in
/// Hájek's self-normalised form); the interval is Wilson's (1927) for as many observations as the
/// weights are worth (Kish 1965), at 95 %.
public struct WeightedShare: Sendable {
    private var weight = 0.0
    private var hits = 0.0
    private var squares = 0.0
    /// How many observations there were.
    public private(set) var count = 0

    /// Makes an empty share.
    init() {}

    mutating func add(_ isHit: Bool, weight: Double) {
        count += 1
        self.weight += weight
        squares += weight * weight
        if isHit { hits += weight }
    }

    /// The estimate; nil without observations.
    public var share: Double? { count == 0 ? nil : hits / weight }

    /// How many equally likely observations are worth as much.
    public var effectiveCount: Double { squares > 0 ? weight * weight / squares : 0 }

    /// Both ends of the interval; nil without observations.
    public var interval: (low: Double, high: Double)? {
        guard let share else { return nil }
        let z = 1.959963984540054
        let n = effectiveCount
        let centre = (share + z * z / (2 * n)) / (1 + z * z / n)
        let variance = share * (1 - share) / n + z * z / (4 * n * n)
        let half = z / (1 + z * z / n) * variance.squareRoot()
        return (max(0, centre - half), min(1, centre + half))
    }
}
