// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// How far a lane's loop has come: written by the lane once a turn, read by whoever watches it.
///
/// A turn costs one relaxed store. A lane that waits for messages turns once a second at least.
public final class LaneProgress: Sendable {
    /// What was read of it.
    public struct Reading: Equatable, Sendable {
        /// Grows with every turn.
        public var count: UInt64
        /// True while it waits for the disk, which may take as long as the disk likes.
        public var isBlocked: Bool

        /// Makes a reading.
        public init(count: UInt64, isBlocked: Bool) {
            self.count = count
            self.isBlocked = isBlocked
        }
    }

    // The lowest bit says that it waits for the disk; the lane's thread alone writes.
    private let word = Atomic<UInt64>(0)

    /// How far it is now; any thread.
    public var reading: Reading {
        let word = word.load(ordering: .relaxed)
        return Reading(count: word >> 1, isBlocked: word & 1 == 1)
    }

    /// The loop goes round, or the disk has answered.
    func turn() {
        word.store((word.load(ordering: .relaxed) | 1) &+ 1, ordering: .relaxed)
    }

    /// From here to the next turn it waits for the disk.
    func waitsForDisk() {
        word.store(word.load(ordering: .relaxed) | 1, ordering: .relaxed)
    }
}
