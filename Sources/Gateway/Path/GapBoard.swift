// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Decode
import Synchronization
import Vocabulary

/// Which counts of which devices never came, for the status.
///
/// Bounded: of many gaps the newest are listed, and all are counted.
final class GapBoard: Sendable {
    /// How many are listed.
    static let mostListed = 64

    /// A gap as the status tells of it.
    struct Entry: Equatable, Sendable {
        var lane: String
        var gap: SequenceGap
        /// Counts of it that have not come since.
        var missing: Int64
        var found: WallTime
    }

    private struct State {
        var entries: [Entry] = []
        var missing: [String: Int64] = [:]
    }

    private let state = Mutex(State())

    /// Takes in what a lane's settled batches have found; answers the gaps that are new.
    func note(
        _ events: [SequenceTracker.GapEvent],
        lane: String,
        at now: WallTime
    ) -> [SequenceGap] {
        state.withLock { state in
            var new: [SequenceGap] = []
            for event in events {
                switch event {
                case .opened(let gap):
                    // Several policies may read one message.
                    let isKnown = state.entries.contains { $0.lane == lane && $0.gap == gap }
                    guard !isKnown else { continue }
                    let entry = Entry(lane: lane, gap: gap, missing: gap.missing, found: now)
                    state.entries.append(entry)
                    // A device may count to anywhere, and several may.
                    let (sum, isOver) = state.missing[lane, default: 0]
                        .addingReportingOverflow(gap.missing)
                    state.missing[lane] = isOver ? .max : sum
                    if state.entries.count > Self.mostListed { state.entries.removeFirst() }
                    new.append(gap)
                case .cameLate(let device, let topic, let number):
                    let index = state.entries.firstIndex {
                        $0.gap.device == device && $0.gap.topic == topic
                            && $0.gap.after < number && number < $0.gap.before
                    }
                    guard let index else { continue }
                    state.entries[index].missing -= 1
                    state.missing[lane, default: 0] -= 1
                    if state.entries[index].missing <= 0 { state.entries.remove(at: index) }
                }
            }
            return new
        }
    }

    /// The gaps of a lane, the oldest first, and how many counts are missing in all.
    func gaps(of lane: String) -> (listed: [Entry], missing: Int64) {
        state.withLock { state in
            (state.entries.filter { $0.lane == lane }, state.missing[lane] ?? 0)
        }
    }
}
