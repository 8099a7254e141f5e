// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decide
import Decode
import Ingest
import Logging
import Spool
import Vocabulary

/// What is written of devices' counters, so that one that starts again while the process is away does
/// not make old identities again.
///
/// A new epoch goes with the commit of the batch that began it; heads with commits that happen anyway,
/// a few shards each, and all of them at a clean stop.
extension MessagePath {
    /// How long after all shards were written the next round begins.
    private static let headInterval = Interval.seconds(5)
    private static let shardsPerCommit = 4

    /// What is remembered of the readings of one policy's devices, begun anew or as an earlier run left it.
    func makeTracker(_ bound: BoundPolicy) -> SequenceTracker {
        guard role == .lane else { return SequenceTracker(run: parts.run) }
        var known = EpochRecord.Known()
        do throws(SpoolError) {
            known = try EpochRecord.load(policy: bound.policy.name, lane: name, from: parts.spool)
        } catch {
            parts.logger.error(
                "how far devices had counted cannot be read: a counter that started again is not seen",
                metadata: ["policy": "\(bound.policy.name)", "error": "\(error)"]
            )
        }
        if known.unreadable > 0 {
            parts.logger.error(
                "part of how far devices had counted cannot be read: a counter of it that started again is not seen",
                metadata: [
                    "policy": "\(bound.policy.name)", "lane": "\(name)",
                    "unreadable": "\(known.unreadable)",
                ]
            )
        }
        var tracker = SequenceTracker(
            run: parts.run,
            epochs: known.epochs,
            firstEpoch: known.firstEpoch
        )
        // The first ones are made when the first message has come, after the connection.
        tracker.connected(sessionPresent: expectsCopies)
        return tracker
    }

    /// True when an epoch began in the open batch, which must not be settled without it.
    var hasUnsettledEpochs: Bool {
        runtimes.contains { $0.tracker.urgentShards != 0 }
    }

    /// Adds what of the counters goes with the open batch's commit; the shards of each runtime.
    func addHeads() -> [UInt64] {
        let now = parts.time.now
        return runtimes.map { runtime in
            var mask = runtime.tracker.urgentShards
            if now >= runtime.headsDue {
                mask |= runtime.nextShards(Self.shardsPerCommit)
                if runtime.tracker.changedShards & ~mask == 0 {
                    runtime.headsDue = now + Self.headInterval
                }
            }
            write(mask, of: runtime, to: &open.change)
            return mask
        }
    }

    func closing() {
        guard role == .lane else { return }
        keeper?.close()
        for runtime in runtimes {
            while runtime.tracker.changedShards != 0 {
                let mask = runtime.nextShards(Self.shardsPerCommit)
                var change = SpoolChange()
                write(mask, of: runtime, to: &change)
                do throws(SpoolError) {
                    try parts.spool.commit(change)
                } catch {
                    parts.logger.warning(
                        "how far devices have counted cannot be written",
                        metadata: ["error": "\(error)"]
                    )
                    return
                }
                runtime.tracker.written(mask)
            }
        }
    }

    private func write(_ mask: UInt64, of runtime: PolicyRuntime, to change: inout SpoolChange) {
        // More names than a setting has room for need not be gathered.
        let shards = runtime.tracker.checkpoint(of: mask, room: EpochRecord.valueLimit)
        for checkpoint in shards {
            let policy = runtime.policy.name
            change.meta.append(EpochRecord.setting(checkpoint, policy: policy, lane: name))
        }
    }
}

extension PolicyRuntime {
    /// Up to `count` of the shards that changed, going round.
    fileprivate func nextShards(_ count: Int) -> UInt64 {
        let changed = tracker.changedShards
        var mask: UInt64 = 0
        var left = count
        for step in 1...64 where left > 0 {
            let bit: UInt64 = 1 << UInt64((lastShard + step) % 64)
            guard changed & bit != 0 else { continue }
            mask |= bit
            left -= 1
            if left == 0 { lastShard = (lastShard + step) % 64 }
        }
        return mask
    }
}
