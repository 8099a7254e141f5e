// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Counts of a device that never came, between two that did.
public struct SequenceGap: Hashable, Sendable {
    /// The device.
    public var device: String
    /// The topic it counts on.
    public var topic: String
    /// The last count before the gap.
    public var after: Int64
    /// The first count behind it.
    public var before: Int64

    /// Makes a gap.
    public init(device: String, topic: String, after: Int64, before: Int64) {
        self.device = device
        self.topic = topic
        self.after = after
        self.before = before
    }

    /// How many counts lie in it; the greatest number where there are more.
    public var missing: Int64 {
        let (distance, isOver) = before.subtractingReportingOverflow(after)
        return isOver ? .max : distance - 1
    }
}

extension SequenceTracker {
    /// Something about counts that are missing.
    public enum GapEvent: Hashable, Sendable {
        /// Counts were skipped.
        case opened(SequenceGap)
        /// A count came late; it may lie in a gap told of earlier.
        case cameLate(device: String, topic: String, number: Int64)
    }

    /// How many events wait to be taken at most; of a flood of gaps the first are told.
    static let mostGapEvents = 256

    /// What has been found of missing counts in settled batches since the last call.
    ///
    /// A stream is watched once it has counted by one: a counter that makes longer steps has no gaps.
    public mutating func takeGapEvents() -> [GapEvent] {
        guard !gapEvents.isEmpty else { return [] }
        defer { gapEvents.removeAll(keepingCapacity: true) }
        return gapEvents
    }

    /// A count that is new and above its stream's head.
    mutating func advanced(from head: Int64?, to sequence: Int64, _ slot: Int) {
        guard let head else { return }
        if sequence == head &+ 1 {
            streams.states[slot].countsByOne = true
        } else if streams.states[slot].countsByOne, openGapEvents.count < Self.mostGapEvents,
            let key = streams.key(slot)
        {
            let gap = SequenceGap(
                device: key.device,
                topic: key.topic,
                after: head,
                before: sequence
            )
            openGapEvents.append(.opened(gap))
        }
    }

    /// A count that is new and below its stream's head.
    mutating func cameLate(_ sequence: Int64, _ slot: Int) {
        guard openGapEvents.count < Self.mostGapEvents, let key = streams.key(slot) else { return }
        openGapEvents.append(
            .cameLate(device: key.device, topic: key.topic, number: sequence)
        )
    }
}
