// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A point on the monotonic clock, in nanoseconds since an arbitrary start.
///
/// Deadlines, timeouts and leases are measured on this clock, because the wall clock may jump.
public struct MonotonicInstant: Comparable, Hashable, Sendable {
    /// Nanoseconds since the clock's arbitrary start.
    public var nanoseconds: Int64

    /// Makes an instant from a raw clock reading in nanoseconds.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Whether `left` is earlier than `right`.
    public static func < (left: Self, right: Self) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant `interval` later.
    public static func + (instant: Self, interval: Interval) -> Self {
        Self(nanoseconds: instant.nanoseconds &+ interval.nanoseconds)
    }

    /// The interval from `right` to `left`; negative when `left` is earlier.
    public static func - (left: Self, right: Self) -> Interval {
        Interval(nanoseconds: left.nanoseconds &- right.nanoseconds)
    }
}
