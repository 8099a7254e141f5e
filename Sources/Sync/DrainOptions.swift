// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// How fast a drain works.
public struct DrainOptions: Sendable {
    /// How long a row waits that may become no dead letter, because they are full.
    public static let letterRoom = Interval.seconds(60)

    /// How many rows are taken at a time.
    public var batch: Int
    /// How many batches for the cloud may be under way at once, while no live question is.
    public var batchesInFlight: Int
    /// How many bytes of rows are taken at a time, but one row at least.
    public var batchBytes: Int
    /// How many bytes a second the backlog may send; nil for as many as the way takes.
    public var bytesPerSecond: Int?
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
        batchBytes: Int = 16 << 20,
        batchesInFlight: Int = 2,
        bytesPerSecond: Int? = nil,
        interval: Interval = .milliseconds(200),
        auditsPerHour: Int = 100,
        attemptLimit: Int = 5,
        followsUncleanExit: Bool = false
    ) {
        self.batch = max(1, batch)
        self.batchBytes = max(1, batchBytes)
        self.batchesInFlight = max(1, batchesInFlight)
        self.bytesPerSecond = bytesPerSecond
        self.interval = interval
        self.auditsPerHour = max(0, auditsPerHour)
        self.attemptLimit = max(1, attemptLimit)
        self.followsUncleanExit = followsUncleanExit
    }
}
