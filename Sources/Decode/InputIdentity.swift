// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// What makes one reading of one device the same reading when it comes again.
///
/// Decision ids are hashed from it, so it must be equal for a copy, also after a restart, and different
/// for anything else. The topic is part of it, because a policy whose device names no level of the topic
/// meets one device's counters on several topics.
public struct InputIdentity: Hashable, Sendable {
    /// What tells the readings of one device and topic apart.
    public enum Mark: Hashable, Sendable {
        /// The device's counter; `epoch` counts how often it has started again.
        case sequence(Int64, epoch: Int)
        /// The device's time. Readings of the same time differ by content, and equal ones by `repetition`.
        case time(WallTime, content: ContentDigest, repetition: Int)
        /// Nothing of the device's: the `ordinal`-th reading of this `run` of the process.
        case content(ContentDigest, run: UInt64, ordinal: UInt64)
    }

    /// The device.
    public var device: String
    /// The topic it was published on.
    public var topic: String
    /// Which of the readings it is.
    public var mark: Mark

    /// Makes an identity.
    public init(device: String, topic: String, mark: Mark) {
        self.device = device
        self.topic = topic
        self.mark = mark
    }

    /// Appends its canonical bytes: no two identities share them, and no version of sluice changes them.
    ///
    /// A tag, the mark's numbers as 64 bits big-endian each, the device's length and bytes, the topic.
    public func write(into bytes: inout [UInt8]) {
        switch mark {
        case .sequence(let sequence, let epoch):
            bytes.append(1)
            Self.append(UInt64(bitPattern: sequence), to: &bytes)
            Self.append(UInt64(epoch), to: &bytes)
        case .time(let time, let content, let repetition):
            bytes.append(2)
            Self.append(UInt64(bitPattern: time.nanoseconds), to: &bytes)
            Self.append(content.value, to: &bytes)
            Self.append(UInt64(repetition), to: &bytes)
        case .content(let content, let run, let ordinal):
            bytes.append(3)
            Self.append(content.value, to: &bytes)
            Self.append(run, to: &bytes)
            Self.append(ordinal, to: &bytes)
        }
        Self.append(UInt64(device.utf8.count), to: &bytes)
        bytes.append(contentsOf: device.utf8)
        bytes.append(contentsOf: topic.utf8)
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
    }
}

/// Whether a reading has been met before.
public enum Recognition: Hashable, Sendable {
    /// It wants a decision: new, or sent again because its batch was never settled.
    case new(InputIdentity)
    /// It has been decided, or waits in the open batch: acknowledge it and do nothing more.
    case copy(InputIdentity)

    /// The reading's identity.
    public var identity: InputIdentity {
        switch self {
        case .new(let identity), .copy(let identity): identity
        }
    }

    /// True for a copy.
    public var isCopy: Bool {
        if case .copy = self { true } else { false }
    }
}

/// In which epoch the counter of a device is, on one topic: what must outlive the process.
public struct SequenceEpoch: Hashable, Sendable {
    /// The device.
    public var device: String
    /// The topic it publishes on.
    public var topic: String
    /// How often its counter has started again.
    public var epoch: Int
    /// The highest count met in that epoch.
    public var head: Int64?
    /// The readings that came last, the latest first; at most `mostReadings`.
    public var readings: [Reading]

    /// How many readings a record keeps: more than the usual clients send without waiting for an
    /// acknowledgement, and so may send again (Eclipse Paho 20).
    public static let mostReadings = 64

    /// A reading that was met.
    public struct Reading: Hashable, Sendable {
        /// Its count.
        public var sequence: Int64
        /// The epoch of that count.
        public var epoch: Int
        /// The highest count of that epoch before it came.
        public var floor: Int64
        /// Its place in its message.
        public var index: Int
        /// The digest of its message's payload.
        public var content: ContentDigest

        /// Makes a reading.
        public init(
            sequence: Int64,
            epoch: Int,
            floor: Int64,
            index: Int,
            content: ContentDigest
        ) {
            self.sequence = sequence
            self.epoch = epoch
            self.floor = floor
            self.index = index
            self.content = content
        }
    }

    /// Makes a record.
    public init(
        device: String,
        topic: String,
        epoch: Int,
        head: Int64?,
        readings: [Reading] = []
    ) {
        self.device = device
        self.topic = topic
        self.epoch = epoch
        self.head = head
        self.readings = readings
    }
}
