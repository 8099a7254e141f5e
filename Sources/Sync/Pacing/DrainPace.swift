// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Vocabulary

/// When the backlog may use the uplink, and when a row is tried again; pure.
enum DrainPace {
    /// How many batches may be under way: none while the uplink is away, one while it is slow, else as
    /// many as configured; of them `share` while live questions are under way, one at least.
    static func allowance(
        _ uplink: Uplink,
        liveInFlight: Int,
        limit: Int,
        share: Double = 1
    ) -> Int {
        switch uplink {
        case .offline, .probing: 0
        case .slow: 1
        case .online: liveInFlight > 0 ? max(1, Int(Double(limit) * share)) : limit
        }
    }

    /// How long the way is left to live traffic after a batch that took `time`, where the share is less
    /// than one batch.
    static func pause(after time: Interval, share: Double, limit: Int) -> Interval {
        let part = share * Double(limit)
        guard part < 1 else { return .zero }
        let pause = max(0, time.seconds) * (1 / max(part, LivePace.least) - 1)
        return min(.seconds(5), Interval(nanoseconds: Int64(pause * 1e9)))
    }

    /// How long a row that could not leave waits: doubling from half a second, a minute at most.
    static func delay(attempts: Int, random: Double) -> Interval {
        let bound = min(60.0, 0.5 * Double(1 << min(max(0, attempts), 7)))
        return Interval(nanoseconds: Int64(bound * (0.5 + random / 2) * 1e9))
    }

    /// How long a row rests that an endpoint refused as it refuses everything: doubling from a quarter of a
    /// minute to four minutes, so that others have their turn at finding out whether it answers again.
    static func rest(times: Int, random: Double) -> Interval {
        let bound = min(240.0, 15 * Double(1 << min(max(0, times), 4)))
        return Interval(nanoseconds: Int64(bound * (0.5 + random / 2) * 1e9))
    }

    /// How long what is out of reach is left alone: doubling from half a second, ten at most, so that
    /// it is soon noticed when it is back.
    static func hold(failures: Int, random: Double) -> Interval {
        min(.seconds(10), delay(attempts: failures - 1, random: random))
    }
}
