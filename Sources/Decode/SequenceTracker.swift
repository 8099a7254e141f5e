// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Recognises readings that the broker, or the device, sends a second time.
///
/// One tracker belongs to one policy and one lane. Where the device counts (`sequence`), a reading is its
/// device, topic, count and epoch; where it only has a clock, its device, topic, time and content; where
/// it has neither, nothing but the moment it came.
///
/// ## What counts as a copy
/// - With a sequence: the same count with the same payload, within the last `Limits.memory` readings,
///   whenever it comes. Another payload under a count already seen, or a count below all that is
///   remembered, means that the device has started to count again: a new epoch, counted. A count that
///   fills a gap came late and is new. Of what the broker marks as sent before, a count that may have
///   been forgotten is decided again, under the identity that it had.
/// - With a time only: the same time and payload, but only where copies are to be expected: marked as a
///   duplicate, retained, or among the first messages after a reconnect. Elsewhere a coarse clock is the
///   likelier reason, and both are readings.
/// - With neither: only messages of the last batch that was not acknowledged, only among the first
///   messages after a reconnect, and each of them once. The broker still holds exactly those, so that
///   a constant sensor loses nothing.
///
/// Messages delivered at QoS 0 are never sent again by the broker; for them only the device's own
/// counter tells copies.
///
/// ## Transactions
/// What a batch taught counts once `settled()` is called; `rolledBack()` forgets it, so that the broker's
/// second delivery is decided, under the same identity. Epochs that changed (`unsettledEpochs`) are to be
/// written in the batch's own commit: a restart then derives the same identities.
///
/// ## Restarts
/// `changedShards` and `checkpoint(of:)` say what is to be written now and then of how far counters have
/// come, with each stream's latest readings. A tracker made with it gives those their identity again when
/// they come once more, marked or not, as when a device has missed the broker's acknowledgement and
/// publishes them a second time. They are no copies: what windows, detectors and holds had made of them
/// may have gone with the process, so that they are decided again, and what leaves has the key that it had.
/// Any other count that is not above the head written last, and that the broker does not mark as sent
/// before, it takes for a counter that started again while the process was away.
/// What is left: what a device publishes after it has started again itself, with counts and payloads that
/// it has had, gets the identities of then, or counts as copies where no restart lies between. A counter
/// that starts again while the process is away and has passed the written head (seconds behind the true
/// one after a crash, and equal to it after a clean stop) before its first reading comes is not noticed,
/// and counts met after the head was written are then given twice.
///
/// ## Bounds
/// Streams (a device on a topic), the bytes of their names and readings remembered are bounded; the streams
/// unused for longest go first. A stream forgotten after its counter had started again comes back in a later epoch than any
/// forgotten one. A stream forgotten before that comes back in epoch 0, as after a restart: should its
/// counter have started again meanwhile, old identities are given a second time.
public struct SequenceTracker: Sendable {
    /// How much is remembered.
    public struct Limits: Hashable, Sendable {
        /// Streams: devices, on each of their topics.
        public var streams: Int
        /// Readings, over all streams.
        public var memory: Int
        /// Messages after a reconnect among which copies are expected: at least the receive window.
        public var redeliveries: Int

        /// Makes limits.
        public init(streams: Int = Topic.most, memory: Int = 4_096, redeliveries: Int = 1_024) {
            self.streams = max(1, streams)
            self.memory = max(1, memory)
            self.redeliveries = max(0, redeliveries)
        }
    }

    /// What has been seen and settled.
    public struct Counts: Hashable, Sendable {
        /// Copies recognised.
        public var copies = 0
        /// Counters that started again.
        public var epochs = 0
        /// Streams forgotten to keep the bound.
        public var evictions = 0
    }

    /// A content-only reading whose message the broker still holds.
    struct Candidate: Sendable {
        var key: ContentKey
        var mark: InputIdentity.Mark
        var isDecided: Bool
    }

    /// What two deliveries of a content-only reading have in common.
    struct ContentKey: Hashable, Sendable {
        var digest: ContentDigest
        var index: Int
        var device: String
        var topic: String
    }

    let limits: Limits
    let run: UInt64
    var streams: StreamTable
    var memory: ReadingMemory
    /// Counts of everything recognised in settled batches.
    public internal(set) var counts = Counts()
    /// As `counts`, with the open batch.
    var openCounts = Counts()
    /// What streams were like before the open batch touched them.
    var undo: [(slot: Int, state: StreamTable.State)] = []
    var batch = 1
    /// Which connection this is; readings matched on an earlier one may be matched again.
    var connection = 1
    var redeliveriesLeft = 0
    var ordinal: UInt64 = 0
    /// What was found of missing counts, in the open batch and in settled ones.
    var openGapEvents: [GapEvent] = []
    var gapEvents: [GapEvent] = []
    /// Shards whose epochs the open batch has changed.
    var urgent: UInt64 = 0
    /// Shards touched since they were written last.
    public internal(set) var changedShards: UInt64 = 0
    /// Content-only readings of the open batch, and of the last settled one.
    var openContent: [Candidate] = []
    var lastContent: [Candidate] = []
    /// Content-only readings that the broker will send again.
    var candidates: [ContentKey: [Candidate]] = [:]

    /// Makes a tracker; `run` is a number no other run of the process has, `epochs` what earlier ones
    /// wrote, `firstEpoch` the highest they gave for `Checkpoint.firstEpoch`.
    public init(
        run: UInt64,
        limits: Limits = Limits(),
        epochs: [SequenceEpoch] = [],
        firstEpoch: Int = 0
    ) {
        self.run = run
        self.limits = limits
        streams = StreamTable(limit: limits.streams)
        memory = ReadingMemory(capacity: limits.memory)
        streams.firstEpoch = max(0, firstEpoch)
        for epoch in epochs {
            streams.restore(epoch, readings: &memory)
        }
    }

    /// A connection was made: copies are to be expected if the broker has kept the session.
    public mutating func connected(sessionPresent: Bool) {
        connection += 1
        redeliveriesLeft = sessionPresent ? limits.redeliveries : 0
        if !sessionPresent {
            candidates.removeAll()
        }
        lastContent.removeAll()
    }

    /// No more copies are to be expected on this connection.
    public mutating func redeliveriesEnded() {
        redeliveriesLeft = 0
        candidates.removeAll()
    }

    /// The epochs that the open batch began: to be written in its commit.
    public var unsettledEpochs: [SequenceEpoch] {
        undo.compactMap { slot, state in
            let now = streams.states[slot]
            guard now.epoch != state.epoch || (state.isFresh && now.epoch > 0) else { return nil }
            return streams.record(slot)
        }
    }

    /// The shards of `unsettledEpochs`, one bit each: to be written in the open batch's commit.
    public var urgentShards: UInt64 { urgent }

    /// What is to be written about a shard.
    public struct Checkpoint: Hashable, Sendable {
        /// Which shard, 0 to 63: the number of its bit.
        public var shard: Int
        /// The epoch of streams that are not known any more.
        public var firstEpoch: Int
        /// Its streams, the one met last first.
        public var epochs: [SequenceEpoch]

        /// Makes a checkpoint.
        public init(shard: Int, firstEpoch: Int, epochs: [SequenceEpoch]) {
            self.shard = shard
            self.firstEpoch = firstEpoch
            self.epochs = epochs
        }
    }

    /// The streams of the shards in `mask`, with the open batch, of each shard those met last whose names
    /// take at most `room` bytes; costs a walk over all streams.
    public func checkpoint(of mask: UInt64, room: Int = .max) -> [Checkpoint] {
        guard mask != 0 else { return [] }
        return streams.records(in: mask, room: room, memory).sorted { $0.key < $1.key }.map {
            shard,
            found in
            Checkpoint(shard: shard, firstEpoch: found.firstEpoch, epochs: found.epochs)
        }
    }

    /// The shards in `mask` are written as they are now.
    public mutating func written(_ mask: UInt64) {
        changedShards &= ~mask
    }

    /// Every stream with its epoch and head.
    public var epochs: [SequenceEpoch] { streams.records() }

    /// The open batch is safe: what it taught counts.
    public mutating func settled() {
        memory.keep()
        if !openGapEvents.isEmpty {
            gapEvents += openGapEvents.prefix(Self.mostGapEvents - gapEvents.count)
            openGapEvents.removeAll(keepingCapacity: true)
        }
        counts = openCounts
        lastContent = openContent
        openContent.removeAll(keepingCapacity: true)
        nextBatch()
    }

    /// The open batch is not safe and will be sent again: what it taught is forgotten.
    public mutating func rolledBack() {
        memory.forget()
        openGapEvents.removeAll(keepingCapacity: true)
        for (slot, state) in undo.reversed() {
            streams.states[slot] = state
        }
        openCounts = counts
        for candidate in openContent {
            expect(candidate)
        }
        openContent.removeAll(keepingCapacity: true)
        nextBatch()
    }

    /// The last batch was settled, but its acknowledgements never left: its messages come again as copies.
    ///
    /// To be called before `connected`, and only where that is certain; without it, what has neither
    /// sequence nor time is decided again rather than lost.
    public mutating func lastBatchWasNotAcknowledged() {
        for var candidate in lastContent {
            candidate.isDecided = true
            expect(candidate)
        }
        lastContent.removeAll()
    }

    private mutating func expect(_ candidate: Candidate) {
        candidates[candidate.key, default: []].append(candidate)
    }

    private mutating func nextBatch() {
        urgent = 0
        undo.removeAll(keepingCapacity: true)
        let evicted = streams.trim()
        counts.evictions += evicted
        openCounts.evictions += evicted
        batch += 1
    }
}
