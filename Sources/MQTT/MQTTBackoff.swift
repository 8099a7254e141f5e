// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How long to wait before the next attempt: exponential, capped, with full jitter.
///
/// After attempt n the wait is drawn evenly between `floor` and min(`cap`, `first` × 2ⁿ). Many
/// gateways that lose one broker together thus do not come back together.
public struct MQTTBackoff: Sendable, Equatable {
    /// The upper end of the first wait, in seconds.
    public var first: Double = 0.125
    /// The upper end of every wait, in seconds.
    public var cap: Double = 30
    /// The lower end of every wait, in seconds.
    public var floor: Double = 0.05

    /// Makes the default schedule.
    public init() {}

    /// The schedule of a connection whose first wait ends before that of the others begins.
    public static var ahead: MQTTBackoff {
        var ahead = MQTTBackoff()
        ahead.first = ahead.floor
        ahead.floor = 0.02
        return ahead
    }

    /// The wait in nanoseconds after `attempts` attempts have failed in a row.
    ///
    /// `randomness` is drawn evenly from 0..<1.
    public func wait(afterAttempts attempts: Int, randomness: Double) -> Int64 {
        var ceiling = max(first, floor)
        for _ in 0..<min(max(attempts - 1, 0), 32) where ceiling < cap { ceiling *= 2 }
        ceiling = max(min(ceiling, cap), floor)
        return Int64((floor + (ceiling - floor) * randomness) * 1e9)
    }
}
