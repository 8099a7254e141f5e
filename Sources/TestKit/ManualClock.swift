// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization
public import Vocabulary

/// A time source that stands still until a test moves it.
public final class ManualClock: TimeSource {
    private struct Reading {
        var monotonic: MonotonicInstant
        var wall: WallTime
    }

    // Tests read the clock on the threads of what they test while they move it on their own.
    private let reading: Mutex<Reading>

    /// Makes a clock that shows these times.
    public init(
        now: MonotonicInstant = MonotonicInstant(nanoseconds: 1_000_000_000),
        wallTime: WallTime = WallTime(nanoseconds: 1_700_000_000_000_000_000)
    ) {
        reading = Mutex(Reading(monotonic: now, wall: wallTime))
    }

    /// What the monotonic clock shows.
    public var now: MonotonicInstant { reading.withLock { $0.monotonic } }

    /// What the wall clock shows.
    public var wallTime: WallTime { reading.withLock { $0.wall } }

    /// Moves both clocks forward.
    public func advance(by interval: Interval) {
        reading.withLock {
            $0.monotonic = $0.monotonic + interval
            $0.wall = $0.wall + interval
        }
    }

    /// Moves the wall clock alone, as a time server or an operator does; may point backwards.
    public func jumpWallTime(by interval: Interval) {
        reading.withLock { $0.wall = $0.wall + interval }
    }

    /// Starts the monotonic clock again from `now`, as a reboot does.
    public func restart(at now: MonotonicInstant = MonotonicInstant(nanoseconds: 0)) {
        reading.withLock { $0.monotonic = now }
    }
}
