// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Spool

/// Where devices' counters outlive the process: settings of the spool, one for each shard of a policy's
/// streams in one lane.
///
/// A value is a byte for its layout, the epoch of streams not known, and for each stream its device,
/// topic, epoch and head; numbers and lengths in LEB128, the head zigzag. At most `valueLimit` bytes: of
/// a shard that is larger, the streams met last are kept. So a policy never takes more than 64 such
/// settings a lane; those of policies and lanes that are gone are removed at the next start.
enum EpochRecord {
    /// The most bytes of one setting.
    static let valueLimit = 16 << 10
    private static let prefix = "heads/"
    private static let layout: UInt8 = 1
    /// The layout, and the longest number.
    private static let headerLimit = 11

    /// What earlier runs wrote.
    struct Known {
        var epochs: [SequenceEpoch] = []
        var firstEpoch = 0
    }

    /// The setting that keeps one shard.
    static func setting(
        _ checkpoint: SequenceTracker.Checkpoint,
        policy: String,
        lane: String
    ) -> SpoolChange.MetaValue {
        var firstEpoch = checkpoint.firstEpoch
        var records: [UInt8] = []
        for epoch in checkpoint.epochs {
            guard let head = epoch.head else { continue }
            var record: [UInt8] = []
            append(epoch.device, to: &record)
            append(epoch.topic, to: &record)
            append(UInt64(epoch.epoch), to: &record)
            append(UInt64(bitPattern: (head << 1) ^ (head >> 63)), to: &record)
            guard headerLimit + records.count + record.count <= valueLimit else {
                // Not known after a restart, it must not come back in an epoch that it has had.
                if epoch.epoch > 0 { firstEpoch = max(firstEpoch, epoch.epoch + 1) }
                continue
            }
            records += record
        }
        var bytes = [layout]
        append(UInt64(firstEpoch), to: &bytes)
        bytes += records
        let key = prefix(policy: policy, lane: lane) + String(checkpoint.shard)
        return SpoolChange.MetaValue(key: key, value: bytes)
    }

    /// What earlier runs wrote for a policy in a lane; a setting that cannot be read is left out.
    static func load(
        policy: String,
        lane: String,
        from spool: SpoolStore
    ) throws(SpoolError) -> Known {
        var known = Known()
        let settings = try spool.meta(prefix: prefix(policy: policy, lane: lane))
        for value in settings.values {
            guard let (epochs, first) = read(value) else { continue }
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
        guard rest.popFirst() == layout, let first = number(&rest) else { return nil }
        var epochs: [SequenceEpoch] = []
        while !rest.isEmpty {
            guard let device = text(&rest), let topic = text(&rest), let epoch = number(&rest),
                let head = number(&rest)
            else { return nil }
            epochs.append(
                SequenceEpoch(
                    device: device,
                    topic: topic,
                    epoch: Int(clamping: epoch),
                    head: Int64(bitPattern: head >> 1) ^ -Int64(bitPattern: head & 1)
                )
            )
        }
        return (epochs, Int(clamping: first))
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
