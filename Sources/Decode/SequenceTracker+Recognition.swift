// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

extension SequenceTracker {
    /// Whether a reading has been met before, and what tells it from others of its device and topic.
    public struct Sighting: Sendable {
        /// What tells it apart.
        public var mark: InputIdentity.Mark
        /// True where it has been decided, or waits in the open batch.
        public var isCopy: Bool
        /// True where an earlier run may have decided it, so that there may be rows about it.
        public var isPerhapsDecided = false
    }

    /// Says whether a reading of `message`, whose payload has the digest `content`, has been met before.
    public mutating func recognise(
        _ row: ReadingBatch.Row,
        of message: Message,
        content: ContentDigest
    ) -> Recognition {
        let sighting = sight(row, of: message, content: content)
        let identity = InputIdentity(
            device: row.device,
            topic: message.topic.name,
            mark: sighting.mark
        )
        return sighting.isCopy ? .copy(identity) : .new(identity)
    }

    /// The same without the names of device and topic, which whoever asks has: nothing is counted up and
    /// down for a reading that is new.
    public mutating func sight(
        _ row: borrowing ReadingBatch.Row,
        of message: borrowing Message,
        content: ContentDigest
    ) -> Sighting {
        // The window counts messages, not readings.
        let mayBeCopy =
            message.isDuplicate || (redeliveriesLeft > 0 && message.qualityOfService > 0)
        if redeliveriesLeft > 0, row.index == 0 {
            redeliveriesLeft -= 1
            if redeliveriesLeft == 0 { candidates.removeAll() }
        }
        let place = Place(
            index: row.index,
            content: content,
            mayBeCopy: mayBeCopy,
            isRetained: message.isRetained,
            isMarked: message.isDuplicate
        )
        if row.sequence == nil, row.deviceTime == nil {
            let key = ContentKey(
                digest: content,
                index: row.index,
                device: row.device,
                topic: message.topic.name
            )
            return byContent(place, key, isHeld: message.qualityOfService > 0)
        }
        let slot = streams.slot(device: row.device, topic: message.topic)
        remember(slot)
        if let sequence = row.sequence {
            return bySequence(sequence, slot, place)
        }
        return byTime(row.deviceTime ?? WallTime(nanoseconds: 0), slot, place)
    }

    /// The most packets that a broker has under way, as many as there are packet identifiers
    /// (MQTT 5.0, section 2.2.1), whatever window it was asked to keep.
    private static let window: UInt64 = 65_535

    /// What the ways of recognising share.
    struct Place {
        /// The reading's place in its message.
        var index: Int
        var content: ContentDigest
        var mayBeCopy: Bool
        var isRetained: Bool
        /// The broker says that it was sent before.
        var isMarked: Bool

        var probe: ReadingMemory.Probe {
            ReadingMemory.Probe(content: content, index: index, anyEpoch: mayBeCopy)
        }
    }

    private mutating func remember(_ slot: Int) {
        guard streams.states[slot].batch != batch else { return }
        let state = streams.states[slot]
        changedShards |= streams.shard(slot)
        if state.isFresh, state.epoch > 0 { urgent |= streams.shard(slot) }
        undo.append((slot, streams.states[slot]))
        streams.states[slot].batch = batch
    }

    private mutating func bySequence(
        _ sequence: Int64,
        _ slot: Int,
        _ place: Place
    ) -> Sighting {
        let state = streams.states[slot]
        let head = state.head ?? Int64.min
        let isForward = state.head == nil || sequence > head
        var epoch = state.epoch
        var isReset = false
        var isKnown = place.isMarked
        if !isForward || place.mayBeCopy || place.isRetained {
            let found = memory.search(
                sequence,
                from: state.last,
                epoch: epoch,
                connection: connection,
                place.probe
            )
            switch found {
            case .same(let entry) where !entry.isRestored:
                openCounts.copies += 1
                return Sighting(mark: .sequence(sequence, epoch: entry.epoch), isCopy: true)
            case .same(let entry), .sibling(let entry):
                epoch = entry.epoch
                isKnown = isKnown || entry.isRestored
            case .clash: isReset = true
            case .late: cameLate(sequence, slot)
            case .unknown(let isKnownFromBefore, let hasForgotten):
                // What the broker holds may come in another order; a stream first met among it has no
                // reading yet that the others could lie behind.
                let distance = UInt64(bitPattern: head &- sequence)
                let isNear = distance <= UInt64(limits.memory) && !isKnownFromBefore
                // Nor are the readings of an earlier run remembered; for those only the mark speaks.
                let mayBeCopy = state.isRestored ? place.isMarked : place.mayBeCopy
                // More acknowledgements than there is memory for may be lost with a connection.
                let isForgotten = place.isMarked && hasForgotten && distance <= Self.window
                let isExpected = place.isRetained || (mayBeCopy && isNear) || isForgotten
                isReset = !isForward && !isExpected
            }
        }
        if isReset {
            epoch += 1
            openCounts.epochs += 1
            streams.states[slot].epoch = epoch
            streams.states[slot].head = sequence
            streams.states[slot].isRestored = false
            urgent |= streams.shard(slot)
        } else if isForward, epoch == state.epoch, !place.isRetained {
            advanced(from: state.head, to: sequence, slot)
            streams.states[slot].head = sequence
        }
        let floor = isReset ? sequence : state.head ?? sequence
        add(number: sequence, epoch: epoch, floor: floor, slot, place)
        return Sighting(
            mark: .sequence(sequence, epoch: epoch),
            isCopy: false,
            isPerhapsDecided: isKnown && !isReset
        )
    }

    private mutating func byTime(_ time: WallTime, _ slot: Int, _ place: Place) -> Sighting {
        let state = streams.states[slot]
        var repetition = 0
        if time.nanoseconds <= state.latest || place.mayBeCopy || place.isRetained {
            let found = memory.repetitions(
                of: time.nanoseconds,
                from: state.last,
                isOrdered: !place.mayBeCopy && !place.isRetained,
                connection: connection,
                place.probe
            )
            if place.mayBeCopy || place.isRetained, let ordinal = found.unmatched {
                openCounts.copies += 1
                let entry = memory.match(ordinal, on: connection)
                return Sighting(
                    mark: .time(time, content: place.content, repetition: entry.epoch),
                    isCopy: true
                )
            }
            repetition = found.count
        }
        streams.states[slot].latest = max(state.latest, time.nanoseconds)
        add(number: time.nanoseconds, epoch: repetition, floor: 0, slot, place)
        return Sighting(
            mark: .time(time, content: place.content, repetition: repetition),
            isCopy: false,
            isPerhapsDecided: place.isMarked
        )
    }

    private mutating func byContent(
        _ place: Place,
        _ key: ContentKey,
        isHeld: Bool
    ) -> Sighting {
        if place.mayBeCopy, let candidate = takeCandidate(key) {
            if candidate.isDecided {
                openCounts.copies += 1
                return Sighting(mark: candidate.mark, isCopy: true)
            }
            openContent.append(candidate)
            return Sighting(mark: candidate.mark, isCopy: false)
        }
        ordinal += 1
        let mark = InputIdentity.Mark.content(place.content, run: run, ordinal: ordinal)
        if isHeld {
            openContent.append(Candidate(key: key, mark: mark, isDecided: false))
        }
        return Sighting(mark: mark, isCopy: false)
    }

    private mutating func takeCandidate(_ key: ContentKey) -> Candidate? {
        guard !candidates.isEmpty, var waiting = candidates[key] else { return nil }
        let candidate = waiting.removeFirst()
        candidates[key] = waiting.isEmpty ? nil : waiting
        return candidate
    }

    private mutating func add(
        number: Int64,
        epoch: Int,
        floor: Int64,
        _ slot: Int,
        _ place: Place
    ) {
        streams.states[slot].last = memory.add(
            ReadingMemory.Entry(
                number: number,
                epoch: epoch,
                content: place.content,
                index: place.index,
                floor: floor,
                previous: streams.states[slot].last,
                connection: connection
            )
        )
        streams.states[slot].isFresh = false
    }
}
