// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Ingest
import Synchronization

/// Lets a lane's handler, which is made by the lane, wake the lane.
final class LaneWaker: Sendable {
    private let lane = Mutex<WeakLane>(WeakLane())

    private struct WeakLane {
        weak var lane: Lane?
    }

    func wakes(_ lane: Lane) {
        self.lane.withLock { $0.lane = lane }
    }

    func wake() {
        lane.withLock { $0.lane }?.wake()
    }
}
