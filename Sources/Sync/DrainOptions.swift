// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
public import Vocabulary

/// How fast a drain works.
public struct DrainOptions: Sendable {
    /// How many rows are taken at a time.
    public var batch: Int
    /// How many batches for the cloud may be under way at once, while no live question is.
    public var batchesInFlight: Int
    /// How long an idle drain waits before it looks again.
    public var interval: Interval
    /// How many audits an hour may be put to the cloud.
    public var auditsPerHour: Int
    /// How often a row may fail for a reason of its own before it is a dead letter.
    public var attemptLimit: Int
    /// True when the last run ended over its work: the rows it may have had in hand are begun one at a
    /// time, counted on disk first, so that one that ends the process is found out.
    public var followsUncleanExit: Bool

    /// Makes options.
    public init(
        batch: Int = 64,
        batchesInFlight: Int = 2,
        interval: Interval = .milliseconds(200),
        auditsPerHour: Int = 100,
        attemptLimit: Int = 5,
        followsUncleanExit: Bool = false
    ) {
        self.batch = max(1, batch)
        self.batchesInFlight = max(1, batchesInFlight)
        self.interval = interval
        self.auditsPerHour = max(0, auditsPerHour)
        self.attemptLimit = max(1, attemptLimit)
        self.followsUncleanExit = followsUncleanExit
    }
}

/// When the backlog may use the uplink, and when a row is tried again; pure.
enum DrainPace {
    /// How many batches may be under way: none while the uplink is away, one while live questions are
    /// under way, else as many as configured.
    static func allowance(_ uplink: Uplink, liveInFlight: Int, limit: Int) -> Int {
        switch uplink {
        case .offline, .probing: 0
        case .slow: 1
        case .online: liveInFlight > 0 ? 1 : limit
        }
    }

    /// How long a row that could not leave waits: doubling from half a second, a minute at most.
    static func delay(attempts: Int, random: Double) -> Interval {
        let bound = min(60.0, 0.5 * Double(1 << min(max(0, attempts), 7)))
        return Interval(nanoseconds: Int64(bound * (0.5 + random / 2) * 1e9))
    }

    /// How long what is out of reach is left alone: doubling from half a second, ten at most, so that
    /// it is soon noticed when it is back.
    static func hold(failures: Int, random: Double) -> Interval {
        min(.seconds(10), delay(attempts: failures - 1, random: random))
    }
}
