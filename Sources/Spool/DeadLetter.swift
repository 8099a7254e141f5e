// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// A message that could not be decided, or a row that could not be delivered, kept for a person.
public struct DeadLetter: Sendable {
    /// When it was set aside.
    public var time: WallTime
    /// The input (lane) it came by, or the kind of row it was.
    public var input: String
    /// The topic it came by, or the key of the row it was.
    public var topic: String
    /// What came, cut to `SpoolOptions.deadLetterPayloadLimit`.
    public var payload: [UInt8]
    /// Why it is here: a short stable code.
    public var code: String
    /// The same in words.
    public var text: String
    /// How often it was tried.
    public var attempts: Int

    /// Makes a dead letter.
    public init(
        time: WallTime,
        input: String,
        topic: String,
        payload: [UInt8],
        code: String,
        text: String,
        attempts: Int = 0
    ) {
        self.time = time
        self.input = input
        self.topic = topic
        self.payload = payload
        self.code = code
        self.text = text
        self.attempts = attempts
    }
}

/// A dead letter as it is read back.
public struct StoredDeadLetter: Sendable {
    /// Its number.
    public var id: Int64
    /// The letter; its payload is empty in listings.
    public var letter: DeadLetter
    /// How long the payload was when it was set aside; more than is kept when it was cut.
    public var payloadBytes: Int
}

/// A message's identity as the journal of attempts keeps it: 16 bytes.
public struct AttemptKey: Hashable, Sendable {
    /// The first eight bytes, big-endian.
    public var high: UInt64
    /// The last eight bytes, big-endian.
    public var low: UInt64

    /// Makes a key from its two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
