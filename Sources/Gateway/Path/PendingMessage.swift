// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import Infer
import Vocabulary

/// A message whose readings a lane has put aside for one policy: the body of a `pending` row.
struct PendingMessage: Codable, Sendable {
    /// The layout's version.
    var format = 1
    var topic: String
    var payload: Data
    /// Nanoseconds since 1970.
    var arrival: Int64
    var isRetained: Bool
    var policy: String
    /// The decision ids of its readings, by their place in the message.
    var ids: [Int: String]
    /// What models that remember are fed, by the model's name and the reading's place; absent where no
    /// model of the policy does, and in rows of earlier versions.
    var inputs: [String: [Int: PreparedRow]]?
    /// The fields that other topics have brought, by the reading's place; absent where there are none.
    var joined: [Int: [String: Double]]?
    /// The trace that it belongs to; absent for most.
    var traceparent: String?
    /// The letter it was, of a message that a person sent again; it belongs to no policy yet.
    var requeued: RequeuedMessage?

    init(
        _ message: Message,
        payload: [UInt8],
        arrival: WallTime,
        policy: String,
        ids: [Int: String]
    ) {
        topic = message.topic.name
        self.payload = Data(payload)
        self.arrival = arrival.nanoseconds
        isRetained = message.isRetained
        self.policy = policy
        self.ids = ids
    }

    /// The row's body.
    func encoded() -> [UInt8] {
        // Plain values only; encoding them cannot fail.
        (try? JSONEncoder().encode(self)).map { Array($0) } ?? []
    }

    /// Reads a row's body.
    static func decoded(_ body: [UInt8]) throws -> PendingMessage {
        try JSONDecoder().decode(PendingMessage.self, from: Data(body))
    }
}
