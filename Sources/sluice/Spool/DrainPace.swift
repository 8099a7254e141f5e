// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How fast a backlog becomes smaller, in a few words.
struct DrainPace {
    private static let standstill = Duration.seconds(5)

    /// What was left then, for the last seconds.
    private var seen: [(left: Double, at: ContinuousClock.Instant)] = []
    private var changed: ContinuousClock.Instant?

    /// The words for `left` rows that are left `now`.
    mutating func note(left: Double, now: ContinuousClock.Instant) -> String {
        if seen.last?.left != left {
            // A standstill that is over says nothing of the time to come.
            if let changed, now - changed >= Self.standstill { seen.removeFirst(seen.count - 1) }
            changed = now
        }
        seen.append((left, now))
        // Long enough to be calm, short enough to follow an uplink that comes and goes.
        while let first = seen.first, now - first.at > .seconds(10) { seen.removeFirst() }
        let rows = "\(Figure.short(left)) left"
        if let changed, now - changed >= Self.standstill { return rows + ", none leaves" }
        guard let first = seen.first, first.left > left, now - first.at >= .seconds(1) else {
            return rows
        }
        let seconds = (now - first.at) / .seconds(1)
        return rows + ", \(Figure.age(left * seconds / (first.left - left)))"
    }
}
