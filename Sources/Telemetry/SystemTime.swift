// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
public import Vocabulary

/// The machine's clocks.
public struct SystemTime: TimeSource {
    /// Makes a reader of the machine's clocks.
    public init() {}

    /// `CLOCK_MONOTONIC`, which no one sets.
    public var now: MonotonicInstant {
        MonotonicInstant(nanoseconds: Self.read(CLOCK_MONOTONIC))
    }

    /// `CLOCK_REALTIME`.
    public var wallTime: WallTime {
        WallTime(nanoseconds: Self.read(CLOCK_REALTIME))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
