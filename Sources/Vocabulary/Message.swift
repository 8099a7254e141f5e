// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// Bytes as the broker delivered them; the bytes themselves lie in the batch's arena.
public struct Message: Sendable {
    /// The topic it was published on.
    public var topic: Topic
    /// Where the payload lies in `Batch.arena`.
    public var payload: Range<Int>
    /// The quality of service it was delivered with (0, 1 or 2): the lower of publisher's and subscription's.
    public var qualityOfService: UInt8
    /// True when it is a retained message sent because of a new subscription.
    public var isRetained: Bool
    /// True when the broker marks it as sent before.
    public var isDuplicate: Bool

    /// Makes a message; called by the lane.
    public init(
        topic: Topic,
        payload: Range<Int>,
        qualityOfService: UInt8,
        isRetained: Bool,
        isDuplicate: Bool
    ) {
        self.topic = topic
        self.payload = payload
        self.qualityOfService = qualityOfService
        self.isRetained = isRetained
        self.isDuplicate = isDuplicate
    }
}
