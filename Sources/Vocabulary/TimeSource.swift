// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Where a stage reads the time; the tests' implementation is moved by hand.
public protocol TimeSource: Sendable {
    /// The monotonic clock.
    var now: MonotonicInstant { get }
    /// The wall clock.
    var wallTime: WallTime { get }
}
