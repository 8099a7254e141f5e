// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Ingest
import Vocabulary

/// Finds lanes that do not move, and tells those that wait for the disk from those that hang.
///
/// A disk may take its time: such a lane is slow, not stuck, and a restart would not help. Pure: what
/// was read and the time go in.
struct LaneVigil {
    /// What was read of one lane.
    struct Look {
        var name: String
        var progress: LaneProgress.Reading
        var isStopped = false
    }

    /// How long a lane has not moved.
    struct Stillness: Equatable {
        var name: String
        var length: Interval
        var isBlocked: Bool
    }

    /// A disk that has not answered for so long is told of.
    static let slowDisk = Interval.seconds(10)

    private var seen: [String: (progress: LaneProgress.Reading, since: MonotonicInstant)] = [:]

    /// The lanes that have not moved for `limit`, or waited so long for the disk that it is told of.
    mutating func look(
        _ lanes: [Look],
        diskIsStalled: Bool,
        limit: Interval,
        at now: MonotonicInstant
    ) -> [Stillness] {
        var still: [Stillness] = []
        for lane in lanes where !lane.isStopped {
            guard let known = seen[lane.name], known.progress == lane.progress else {
                seen[lane.name] = (lane.progress, now)
                continue
            }
            let length = now - known.since
            // Whatever it does may need the spool, whose thread waits for the disk.
            let isBlocked = lane.progress.isBlocked || diskIsStalled
            guard length >= (isBlocked ? Self.slowDisk : limit) else { continue }
            still.append(Stillness(name: lane.name, length: length, isBlocked: isBlocked))
        }
        return still
    }
}
