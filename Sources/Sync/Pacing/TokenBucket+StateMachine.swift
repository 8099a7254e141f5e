// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// How many bytes a second the backlog may send: a token bucket that may be overdrawn once.
///
/// A batch leaves while there is anything in the bucket and then pays in full, so that one larger than
/// the bucket leaves too; what it owes is waited for. Over any stretch of time no more leaves than
/// the rate allows, the burst and one batch aside. Pure: bytes and the time go in.
struct TokenBucket {
    private let bytesPerSecond: Double?
    private let burst: Double
    private var level: Double
    private var since: MonotonicInstant?

    /// Makes a full bucket that holds one second's bytes; nil for one that never runs dry.
    init(bytesPerSecond: Int?) {
        let rate = bytesPerSecond.map { Double(max(1, $0)) }
        self.bytesPerSecond = rate
        burst = rate ?? 0
        level = burst
    }

    /// How long until something may be sent at `share` of the rate; zero for now.
    mutating func wait(at now: MonotonicInstant, share: Double = 1) -> Interval {
        guard let bytesPerSecond else { return .zero }
        let rate = bytesPerSecond * min(1, max(0.001, share))
        if let since { level = min(burst, level + max(0, (now - since).seconds) * rate) }
        since = now
        guard level <= 0 else { return .zero }
        // A nanosecond more than it takes, so that rounding asks for no second look.
        return Interval(nanoseconds: Int64((-level / rate * 1e9).rounded(.up)) + 1)
    }

    /// Takes what was sent.
    mutating func spend(_ bytes: Int) {
        guard bytesPerSecond != nil else { return }
        level -= Double(max(0, bytes))
    }
}
