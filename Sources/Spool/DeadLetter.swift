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
    /// What came, cut to `SpoolOptions.deadLetterPayloadLimit`; what was a row is kept whole, where half of
    /// `SpoolOptions.deadLetterBytes` holds it.
    public var payload: [UInt8]
    /// Why it is here: a `DeadLetterCode`, or that of another version.
    public var code: String
    /// The same in words.
    public var text: String
    /// How often it was tried.
    public var attempts: Int
    /// The row it was; nil for a message that never was one.
    public var origin: Origin?

    /// What a letter needs to become a row again; its payload is the row's content.
    public struct Origin: Equatable, Sendable {
        /// The row's key.
        public var key: String
        /// What it waited for.
        public var kind: EntryKind
        /// How urgently.
        public var priority: Priority
        /// The device it was about.
        public var device: String
        /// The rows whose order it kept.
        public var stream: String?
        /// The policy it was decided under.
        public var policy: String
        /// The digest of that policy's file.
        public var policyVersion: String
        /// What was left of its time to live.
        public var timeToLive: Interval?

        /// What a stored row needs.
        public init(_ row: SpoolRow) {
            key = row.key
            kind = row.kind
            priority = row.priority
            device = row.device
            stream = row.stream
            policy = row.policy
            policyVersion = row.policyVersion
            timeToLive = row.timeToLive
        }

        /// What a row that is not stored needs.
        public init(_ entry: NewEntry) {
            key = entry.key
            kind = entry.kind
            priority = entry.priority
            device = entry.device
            stream = entry.stream
            policy = entry.policy
            policyVersion = entry.policyVersion
            timeToLive = entry.timeToLive
        }

        init(key: String, kind: EntryKind, priority: Priority, policy: String) {
            self.key = key
            self.kind = kind
            self.priority = priority
            self.policy = policy
            device = ""
            policyVersion = ""
        }
    }

    /// Makes a dead letter.
    public init(
        time: WallTime,
        input: String,
        topic: String,
        payload: [UInt8],
        code: DeadLetterCode,
        text: String,
        attempts: Int = 0,
        origin: Origin? = nil
    ) {
        self.init(
            time: time,
            input: input,
            topic: topic,
            payload: payload,
            code: code.rawValue,
            text: text,
            attempts: attempts,
            origin: origin
        )
    }

    /// A letter as it is stored, whichever version wrote it.
    init(
        time: WallTime,
        input: String,
        topic: String,
        payload: [UInt8],
        code: String,
        text: String,
        attempts: Int,
        origin: Origin?
    ) {
        self.time = time
        self.input = input
        self.topic = topic
        self.payload = payload
        self.code = code
        self.text = text
        self.attempts = attempts
        self.origin = origin
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
    /// False when it is sealed and cannot be opened; its topic is then a hash and its payload empty.
    public var isOpen = true

    /// Why nothing can be done with one that is not open but delete it.
    public var isSealed: SpoolError {
        SpoolError(
            .invalid,
            "dead letter \(id) is sealed and does not open: its key is not among those of "
                + "`encryption`, or it is damaged"
        )
    }
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
