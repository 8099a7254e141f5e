// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// The spool's own clock: it goes on while the gateway runs and stands still while it does not.
///
/// Times to live are kept on it, so a reboot, a long stop or a jump of the wall clock expires nothing.
/// What a crash can cost is the time since the reading was last stored: rows then live that much longer.
struct SpoolClock: Sendable {
    private let stored: Int64
    private let origin: MonotonicInstant
    private let time: any TimeSource

    init(stored: Int64, time: any TimeSource) {
        self.stored = stored
        self.time = time
        origin = time.now
    }

    /// Nanoseconds the spool has been open in all its runs.
    var now: Int64 {
        stored &+ max(0, (time.now - origin).nanoseconds)
    }

    /// The wall clock, for people to read.
    var wallTime: WallTime { time.wallTime }
}
