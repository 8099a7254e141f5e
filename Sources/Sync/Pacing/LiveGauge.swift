// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization
public import Vocabulary

/// Where live traffic says how long its answers take, so that the backlog gives way to it; any thread.
public final class LiveGauge: Sendable {
    private let pace = Mutex(LivePace())
    private let time: any TimeSource

    /// Makes a gauge that has heard nothing yet.
    public init(time: any TimeSource) {
        self.time = time
    }

    /// Notes that a live question was answered, or given up, after `latency`.
    public func note(_ latency: Interval) {
        let now = time.now
        pace.withLock { $0.note(latency, at: now) }
    }

    /// What share of its room the backlog takes now, 1/16…1.
    public var share: Double {
        let now = time.now
        return pace.withLock { $0.share(at: now) }
    }
}
