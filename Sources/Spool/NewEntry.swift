// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// A row to be put into the spool.
public struct NewEntry: Sendable {
    /// Its number, from `SpoolStore.reserveIDs(_:)`; numbers are the order of arrival.
    public var id: Int64
    /// What makes it one thing: a second insert with the same key, while the first is there, is ignored.
    public var key: String
    /// What it waits for.
    public var kind: EntryKind
    /// How urgently it wants to leave.
    public var priority: Priority
    /// The device it is about.
    public var device: String
    /// Rows of one stream leave in their order of arrival; the device when nil.
    ///
    /// Actions of one device on two targets want two streams, so that one that is down does not hold
    /// back the other.
    public var stream: String?
    /// The sink a line is for; nil for rows of other kinds.
    public var sink: String?
    /// The policy it was decided under.
    public var policy: String
    /// The digest of that policy's file.
    public var policyVersion: String
    /// How long it is worth keeping, counted only while the gateway runs; for ever when nil.
    public var timeToLive: Interval?
    /// How often it has been tried before.
    public var attempts: Int
    /// Its content, which the spool does not look into.
    public var body: [UInt8]
    /// What keeping it is worth, 0…1: how unsure or how important its decision was.
    ///
    /// Where the spool is to drop the lowest value when it is full, the smallest goes first.
    public var value: Double = 0
    /// True when nobody works on it, so that it is leased to nobody even where the change's inserts are.
    public var isFree = false

    /// Makes a row.
    public init(
        id: Int64,
        key: String,
        kind: EntryKind,
        priority: Priority,
        device: String,
        stream: String? = nil,
        sink: String? = nil,
        policy: String,
        policyVersion: String,
        timeToLive: Interval? = nil,
        attempts: Int = 0,
        body: [UInt8]
    ) {
        self.id = id
        self.key = key
        self.kind = kind
        self.priority = priority
        self.device = device
        self.stream = stream
        self.sink = sink
        self.policy = policy
        self.policyVersion = policyVersion
        self.timeToLive = timeToLive
        self.attempts = attempts
        self.body = body
    }
}
