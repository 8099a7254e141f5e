// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A point in civil time, in nanoseconds since 1970-01-01T00:00:00Z.
public struct WallTime: Comparable, Hashable, Sendable {
    /// Nanoseconds since the Unix epoch; negative before it.
    public var nanoseconds: Int64

    /// Makes a time from nanoseconds since the Unix epoch.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Whether `left` is earlier than `right`.
    public static func < (left: Self, right: Self) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The interval from `right` to `left`.
    public static func - (left: Self, right: Self) -> Interval {
        Interval(nanoseconds: left.nanoseconds &- right.nanoseconds)
    }

    /// The time `interval` later.
    public static func + (time: Self, interval: Interval) -> Self {
        Self(nanoseconds: time.nanoseconds &+ interval.nanoseconds)
    }
}
