// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// What share of its room the backlog takes, from how long live answers take.
///
/// The least latency of the last ten minutes is what the way costs when nothing is queued on it; what
/// is above is queueing, which a backlog may cause up to a target and no further. Below the target the
/// share grows, above it shrinks, the faster the further off. (After LEDBAT, RFC 6817 section 2.4,
/// whose window is a share here.)
///
/// | queueing | the share, ten times a second |
/// |---|---|
/// | none | + 0.05 |
/// | half the target | + 0.025 |
/// | the target | stays |
/// | twice the target or more | halves |
///
/// Pure: latencies and the time go in.
struct LivePace {
    /// The least share: a backlog is slowed, never stopped, by what live traffic feels.
    static let least = 1.0 / 16

    private static let period = Interval.milliseconds(100)
    private static let gain = 0.05
    private static let minutes = 10
    /// Without live answers for this long nobody is hurt.
    private static let quiet = Interval.seconds(2)

    /// The share now, 1/16…1.
    private(set) var share = 1.0
    // The least latency of each minute, the oldest first.
    private var leasts: [(minute: Int64, seconds: Double)] = []
    private var sum = 0.0
    private var count = 0
    private var begun: MonotonicInstant?
    private var heard: MonotonicInstant?

    /// A live question was answered, or given up, after `latency`.
    mutating func note(_ latency: Interval, at now: MonotonicInstant) {
        _ = share(at: now)
        let seconds = max(0, latency.seconds)
        let minute = now.nanoseconds / 60_000_000_000
        if leasts.last?.minute == minute {
            leasts[leasts.count - 1].seconds = min(leasts[leasts.count - 1].seconds, seconds)
        } else {
            leasts.append((minute, seconds))
            leasts.removeAll { $0.minute <= minute - Int64(Self.minutes) }
        }
        if begun == nil { begun = now }
        heard = now
        sum += seconds
        count += 1
    }

    /// The share at `now`.
    mutating func share(at now: MonotonicInstant) -> Double {
        if let begun, count > 0, now - begun >= Self.period {
            adjust(mean: sum / Double(count))
            (sum, count, self.begun) = (0, 0, nil)
        }
        if let heard, now - heard >= Self.quiet {
            share = 1
            self.heard = nil
        }
        return share
    }

    private mutating func adjust(mean: Double) {
        guard let base = leasts.map(\.seconds).min() else { return }
        let target = Self.target(base: base)
        let off = max(-1, min(1, (target - (mean - base)) / target))
        share = off >= 0 ? share + Self.gain * off : share * (1 + off / 2)
        share = min(1, max(Self.least, share))
    }

    /// The queueing that is allowed: half of what the way costs, 10 ms at least.
    private static func target(base: Double) -> Double { max(0.010, base / 2) }
}
