// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// A length of time in whole nanoseconds.
///
/// The standard library's `Duration` counts attoseconds in 128 bits, which costs a division wherever
/// it meets a clock; the path of every message does that several times.
public struct Interval: Comparable, Hashable, Sendable {
    /// The length in nanoseconds; negative when it points backwards.
    public var nanoseconds: Int64

    /// Makes an interval from nanoseconds.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// No time at all.
    public static let zero = Interval(nanoseconds: 0)

    /// `count` microseconds.
    public static func microseconds(_ count: Int64) -> Self {
        Self(nanoseconds: count &* 1_000)
    }

    /// `count` milliseconds.
    public static func milliseconds(_ count: Int64) -> Self {
        Self(nanoseconds: count &* 1_000_000)
    }

    /// `count` seconds.
    public static func seconds(_ count: Int64) -> Self {
        Self(nanoseconds: count &* 1_000_000_000)
    }

    /// The length in seconds.
    public var seconds: Double {
        Double(nanoseconds) / 1e9
    }

    /// The length in milliseconds.
    public var milliseconds: Double {
        Double(nanoseconds) / 1e6
    }

    /// Whether `left` is shorter than `right`.
    public static func < (left: Self, right: Self) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The sum of two intervals.
    public static func + (left: Self, right: Self) -> Self {
        Self(nanoseconds: left.nanoseconds &+ right.nanoseconds)
    }

    /// The difference of two intervals.
    public static func - (left: Self, right: Self) -> Self {
        Self(nanoseconds: left.nanoseconds &- right.nanoseconds)
    }
}
