// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The last readings of all streams: a ring in which the readings of one stream are chained.
struct ReadingMemory: Sendable {
    /// One reading.
    struct Entry: Sendable {
        /// The count, or the time in nanoseconds.
        var number: Int64
        /// The epoch, or for times the repetition.
        var epoch: Int
        var content: ContentDigest
        var index: Int
        /// The highest count of the epoch before it came; the lowest that can be new is one above.
        var floor: Int64
        /// The ordinal of the reading before it in its stream; -1 for none.
        var previous: Int
        /// On which connection it was met or last matched; for one met by an earlier run the last there
        /// will be, as nothing is known of that run's connections.
        var connection: Int

        /// True for a reading that an earlier run has met.
        var isRestored: Bool { connection == .max }
    }

    /// What is compared beside the number.
    struct Probe {
        var content: ContentDigest
        var index: Int
        /// Whether readings of earlier epochs count as well.
        var anyEpoch: Bool
    }

    /// What the memory knows about a count.
    enum Found {
        /// The very reading.
        case same(Entry)
        /// Another reading of the same message.
        case sibling(Entry)
        /// Another message under the same count.
        case clash
        /// Nothing, and it would if the count had been met: it is larger than all counts before some
        /// reading of this epoch, and everything since then is remembered.
        case late
        /// Nothing; whether it knows other counts of this epoch from before this connection, and whether
        /// it has had to forget readings of this stream.
        case unknown(isKnownFromBefore: Bool, hasForgotten: Bool)
    }

    private let capacity: Int
    private var entries: [Entry] = []
    /// The ordinal the next reading gets.
    private var next = 0
    /// The first ordinal that has not been overwritten; never goes back, also when `next` does.
    private var first = 0
    /// `next` when the last batch was settled.
    private var settled = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Adds a reading; answers its ordinal.
    mutating func add(_ entry: Entry) -> Int {
        let ordinal = next
        let place = ordinal % capacity
        if place < entries.count {
            entries[place] = entry
        } else {
            entries.append(entry)
        }
        next += 1
        first = max(first, next - capacity)
        return ordinal
    }

    /// Puts back a reading that an earlier run has written, the latest of a stream last; answers its
    /// ordinal.
    mutating func restore(_ reading: SequenceEpoch.Reading, previous: Int) -> Int {
        let ordinal = add(
            Entry(
                number: reading.sequence,
                epoch: reading.epoch,
                content: reading.content,
                index: reading.index,
                floor: reading.floor,
                previous: previous,
                connection: .max
            )
        )
        keep()
        return ordinal
    }

    /// Up to `most` readings of a stream, the latest first, from the stream's last on.
    func latest(_ most: Int, from last: Int) -> [SequenceEpoch.Reading] {
        var readings: [SequenceEpoch.Reading] = []
        var ordinal = last
        while ordinal >= first, readings.count < most {
            let entry = entries[ordinal % capacity]
            ordinal = entry.previous
            readings.append(
                SequenceEpoch.Reading(
                    sequence: entry.number,
                    epoch: entry.epoch,
                    floor: entry.floor,
                    index: entry.index,
                    content: entry.content
                )
            )
        }
        return readings
    }

    /// What was added since the last call counts.
    mutating func keep() {
        settled = next
    }

    /// What was added since `keep` is forgotten.
    mutating func forget() {
        next = settled
    }

    /// Looks for the count `number` among the readings of the stream whose last is `last`.
    func search(
        _ number: Int64,
        from last: Int,
        epoch: Int,
        connection: Int,
        _ probe: Probe
    ) -> Found {
        var found = Found.unknown(isKnownFromBefore: false, hasForgotten: false)
        var ordinal = last
        while ordinal >= first {
            let entry = entries[ordinal % capacity]
            ordinal = entry.previous
            guard entry.epoch == epoch || probe.anyEpoch else { continue }
            if entry.number == number {
                if entry.content == probe.content {
                    if entry.index == probe.index { return .same(entry) }
                    found = .sibling(entry)
                } else if entry.epoch == epoch {
                    if case .sibling = found { continue }
                    found = .clash
                }
            } else if entry.epoch == epoch, case .unknown(let isKnown, _) = found {
                let isEarlier = isKnown || entry.connection < connection
                found =
                    entry.floor < number
                    ? .late : .unknown(isKnownFromBefore: isEarlier, hasForgotten: false)
            }
        }
        if case .unknown(let isKnown, _) = found {
            return .unknown(isKnownFromBefore: isKnown, hasForgotten: ordinal >= 0)
        }
        return found
    }

    /// How often the time `number` was met with this content, and the first such reading not yet matched.
    ///
    /// `isOrdered` stops at the first earlier time, so that a device whose clock goes forward is not
    /// searched from end to end.
    func repetitions(
        of number: Int64,
        from last: Int,
        isOrdered: Bool,
        connection: Int,
        _ probe: Probe
    ) -> (count: Int, unmatched: Int?) {
        var count = 0
        var unmatched: Int?
        var ordinal = last
        while ordinal >= first {
            let entry = entries[ordinal % capacity]
            if isOrdered, entry.number < number { break }
            if entry.number == number, entry.content == probe.content, entry.index == probe.index {
                count = max(count, entry.epoch + 1)
                if entry.connection != connection { unmatched = ordinal }
            }
            ordinal = entry.previous
        }
        return (count, unmatched)
    }

    /// Notes that a reading has been matched on `connection`, once.
    mutating func match(_ ordinal: Int, on connection: Int) -> Entry {
        entries[ordinal % capacity].connection = connection
        return entries[ordinal % capacity]
    }
}
