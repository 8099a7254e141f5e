// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
public import Vocabulary

/// Chooses what is traced: a share of what nobody traced before, and never more than so many a second.
///
/// Any thread may use it. A share is drawn as the number of messages to pass over until the next one, so
/// that a burst of which nothing is chosen costs one comparison.
public final class SpanSampler: Sendable {
    private struct Second {
        var number = Int64.min
        var admitted = 0
        var passedOver = 0
    }

    private let share: Double
    private let mostPerSecond: Int
    private let second = Mutex(Second())

    /// Makes a sampler that chooses `share` (0…1) and admits at most `mostPerSecond` traces a second.
    public init(share: Double, mostPerSecond: Int) {
        self.share = share
        self.mostPerSecond = mostPerSecond
    }

    /// How many are passed over until the next one that is chosen: geometrically distributed.
    ///
    /// `draw` is uniform in 0…1.
    public func distance(draw: Double = Double.random(in: 0..<1)) -> Int {
        guard share > 0 else { return .max }
        guard share < 1 else { return 0 }
        let distance = log1p(-min(draw, 1 - .ulpOfOne)) / log1p(-share)
        return distance < 1e15 ? Int(distance) : .max
    }

    /// True when one more trace may begin, or be taken over, in this second; counts those it refuses.
    public func admits(at now: MonotonicInstant) -> Bool {
        second.withLock { second in
            let number = now.nanoseconds / 1_000_000_000
            if second.number != number {
                second.number = number
                second.admitted = 0
            }
            guard second.admitted < mostPerSecond else {
                second.passedOver += 1
                return false
            }
            second.admitted += 1
            return true
        }
    }

    /// Counts a trace that is not kept for another reason.
    public func passOver() {
        second.withLock { $0.passedOver += 1 }
    }

    /// How many traces there was no room for so far.
    public var passedOver: Int { second.withLock { $0.passedOver } }
}
