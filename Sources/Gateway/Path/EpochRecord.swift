// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Spool

/// Where devices' counters outlive the process: settings of the spool, one for each shard of a policy's
/// streams in one lane.
///
/// A value is a byte for its layout, the epoch of streams not known, and for each stream its device,
/// topic, epoch, head, and latest readings: their number, and of each its count less the head, that
/// count less its floor, its epoch less the stream's, its place in its message and the digest of that
/// message, little-endian. Other numbers and lengths are in LEB128, those that may be negative zigzag.
///
/// At most `valueLimit` bytes: of a shard that is larger, the streams met last are kept, and readings as
/// far as all their streams have left room. So a policy never takes more than 64 such settings a lane;
/// those of policies and lanes that are gone are removed at the next start.
///
/// Layout 1, of earlier versions, has no readings; it is still read.
enum EpochRecord {
    /// The most bytes of one setting.
    static let valueLimit = 16 << 10
    private static let prefix = "heads/"
    private static let layout: UInt8 = 2
    private static let layoutWithoutReadings: UInt8 = 1
    /// The layout, and the longest number.
    private static let headerLimit = 11

    /// What earlier runs wrote.
    struct Known {
        var epochs: [SequenceEpoch] = []
        var firstEpoch = 0
        /// How many settings could not be read: of their streams nothing is known.
        var unreadable = 0
    }

    /// The setting that keeps one shard.
    static func setting(
        _ checkpoint: SequenceTracker.Checkpoint,
        policy: String,
        lane: String
    ) -> SpoolChange.MetaValue {
        var firstEpoch = checkpoint.firstEpoch
        var streams: [(names: [UInt8], epoch: SequenceEpoch)] = []
        var size = headerLimit
        for epoch in checkpoint.epochs {
            guard let head = epoch.head else { continue }
            var record: [UInt8] = []
            append(epoch.device, to: &record)
            append(epoch.topic, to: &record)
            append(UInt64(epoch.epoch), to: &record)
            append(signed: head, to: &record)
            // And the number of its readings.
            guard size + record.count + 1 <= valueLimit else {
                // Not known after a restart, it must not come back in an epoch that it has had.
                if epoch.epoch > 0 { firstEpoch = max(firstEpoch, epoch.epoch + 1) }
                continue
            }
            size += record.count + 1
            streams.append((record, epoch))
        }
        var bytes = [layout]
        append(UInt64(firstEpoch), to: &bytes)
        for (names, epoch) in streams {
            let readings = bytesOfReadings(of: epoch, room: valueLimit - size)
            size += readings.count - 1
            bytes += names + readings
        }
        let key = prefix(policy: policy, lane: lane) + String(checkpoint.shard)
        return SpoolChange.MetaValue(key: key, value: bytes)
    }

    /// What earlier runs wrote for a policy in a lane; a setting that cannot be read is left out, and
    /// counted.
    static func load(
        policy: String,
        lane: String,
        from spool: SpoolStore
    ) throws(SpoolError) -> Known {
        var known = Known()
        let settings = try spool.meta(prefix: prefix(policy: policy, lane: lane))
        for value in settings.values {
            guard let (epochs, first) = read(value) else {
                known.unreadable += 1
                continue
            }
            // The stream met last is first, and restoring makes a stream the newest.
            known.epochs += epochs.reversed()
            known.firstEpoch = max(known.firstEpoch, first)
        }
        return known
    }

    /// Removes what belongs to lanes or policies that are no more.
    static func prune(
        lanes: Set<String>,
        policies: Set<String>,
        in spool: SpoolStore
    ) throws(SpoolError) {
        var change = SpoolChange()
        for key in try spool.meta(prefix: prefix).keys {
            let parts = key.split(separator: "/", omittingEmptySubsequences: false)
            let isInUse =
                parts.count == 4 && lanes.contains(String(parts[1]))
                && policies.contains(String(parts[2]))
            if !isInUse { change.meta.append(.init(key: key, value: nil)) }
        }
        spool.submitPersistently(change)
    }

    // MARK: - Bytes

    private static func prefix(policy: String, lane: String) -> String {
        "\(prefix)\(lane)/\(policy)/"
    }

    private static func read(_ bytes: [UInt8]) -> ([SequenceEpoch], Int)? {
        var rest = bytes[...]
        guard let layout = rest.popFirst(), [layoutWithoutReadings, Self.layout].contains(layout),
            let first = epoch(&rest)
        else { return nil }
        var epochs: [SequenceEpoch] = []
        while !rest.isEmpty {
            guard let device = text(&rest), let topic = text(&rest), let epoch = epoch(&rest),
                let head = signed(&rest),
                let readings = layout == layoutWithoutReadings
                    ? [] : readings(&rest, epoch: epoch, below: head)
            else { return nil }
            epochs.append(
                SequenceEpoch(
                    device: device,
                    topic: topic,
                    epoch: epoch,
                    head: head,
                    readings: readings
                )
            )
        }
        return (epochs, first)
    }

    /// The number of a stream's readings, in one byte, and the readings, as many as there is room for.
    private static func bytesOfReadings(of epoch: SequenceEpoch, room: Int) -> [UInt8] {
        var bytes: [UInt8] = [0]
        for reading in epoch.readings.prefix(SequenceEpoch.mostReadings) {
            var record: [UInt8] = []
            append(signed: reading.sequence &- (epoch.head ?? 0), to: &record)
            append(signed: reading.sequence &- reading.floor, to: &record)
            append(signed: Int64(reading.epoch) &- Int64(epoch.epoch), to: &record)
            append(UInt64(reading.index), to: &record)
            withUnsafeBytes(of: reading.content.value.littleEndian) { record += $0 }
            guard bytes.count - 1 + record.count <= room else { break }
            bytes += record
            bytes[0] += 1
        }
        return bytes
    }

    private static func readings(
        _ bytes: inout ArraySlice<UInt8>,
        epoch: Int,
        below head: Int64
    ) -> [SequenceEpoch.Reading]? {
        guard let count = number(&bytes), count <= SequenceEpoch.mostReadings else { return nil }
        var readings: [SequenceEpoch.Reading] = []
        for _ in 0..<count {
            guard let below = signed(&bytes), let above = signed(&bytes), let back = signed(&bytes),
                let index = number(&bytes), bytes.count >= 8
            else { return nil }
            let content = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            bytes.removeFirst(8)
            readings.append(
                SequenceEpoch.Reading(
                    sequence: head &+ below,
                    epoch: Int(clamping: Int64(epoch) &+ back),
                    floor: head &+ below &- above,
                    index: Int(clamping: index),
                    content: ContentDigest(value: content)
                )
            )
        }
        return readings
    }

    /// An epoch, and never one that cannot be counted up.
    private static func epoch(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        number(&bytes).map { Int(min($0, UInt64(Int32.max))) }
    }

    private static func append(signed number: Int64, to bytes: inout [UInt8]) {
        append(UInt64(bitPattern: (number << 1) ^ (number >> 63)), to: &bytes)
    }

    private static func signed(_ bytes: inout ArraySlice<UInt8>) -> Int64? {
        guard let number = number(&bytes) else { return nil }
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }

    private static func append(_ number: UInt64, to bytes: inout [UInt8]) {
        var rest = number
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        append(UInt64(text.utf8.count), to: &bytes)
        bytes += text.utf8
    }

    private static func number(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard let byte = bytes.popFirst() else { return nil }
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
        }
        return nil
    }

    private static func text(_ bytes: inout ArraySlice<UInt8>) -> String? {
        guard let count = number(&bytes), count <= UInt64(bytes.count) else { return nil }
        defer { bytes.removeFirst(Int(count)) }
        return String(decoding: bytes.prefix(Int(count)), as: UTF8.self)
    }
}
