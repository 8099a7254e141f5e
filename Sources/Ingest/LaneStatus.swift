// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import MQTT
import Vocabulary

/// What is known about a lane at one moment.
public struct LaneStatus: Sendable {
    /// What the broker answered to one subscription.
    public enum Subscription: Sendable, Equatable {
        /// No answer yet.
        case asked
        /// Granted, with the highest quality of service messages will have.
        case granted(qualityOfService: UInt8)
        /// Refused: nothing will come.
        case refused(MQTTReason)
    }

    /// The lane's name.
    public var name: String
    /// True while the broker has accepted us.
    public var isConnected = false
    /// How often the broker has accepted us.
    public var connections = 0
    /// How often the broker had lost the session, and perhaps messages with it.
    public var sessionGaps = 0
    /// The broker's answer for each filter.
    public var subscriptions: [String: Subscription] = [:]
    /// Messages received by the quality of service they arrived with: 0, 1 and 2.
    ///
    /// The broker promises nothing for those that arrive with 0.
    public var messages = [0, 0, 0]
    /// Messages the broker marked as sent before.
    public var duplicates = 0
    /// Messages refused because their payload was too large.
    public var refused = 0
    /// Bursts read; messages by bursts is how well reads are coalesced.
    public var bursts = 0
    /// Settles that succeeded.
    public var settles = 0
    /// Messages read and not yet settled.
    public var unsettled = 0
    /// True while it stays away from the broker because it was told to.
    public var isHeld = false
    /// Why nothing is read, when that is so.
    public var pauseReason: SettleFailure?
    /// Seconds spent paused, all pauses together.
    public var secondsPaused = 0.0
    /// Messages the broker says it has dropped since this lane first asked; nil when it does not say.
    ///
    /// It counts for all of the broker's clients.
    public var brokerDrops: Int?
    /// The broker's count itself, since its own start; nil when it does not say.
    public var brokerCount: Int?
    /// The last thing that went wrong with the connection.
    public var lastError: String?
    /// True once the lane has stopped.
    public var isStopped = false

    var pausedSince: MonotonicInstant?

    init(name: String) {
        self.name = name
    }
}
