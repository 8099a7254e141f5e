// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// When a failed call is tried again: capped exponential back-off with full jitter.
///
/// Wait *n* is drawn evenly from 0 to `min(cap, first · 2ⁿ⁻¹)`, which spreads the callers of a recovering server
/// best (M. Brooker, "Exponential Backoff And Jitter", 2015).
public struct RetryOptions: Hashable, Sendable {
    /// The bound of the first wait.
    public var first: Interval
    /// The bound no wait exceeds.
    public var cap: Interval
    /// Calls in all, the first included.
    public var maximumAttempts: Int

    /// Makes a set of options.
    public init(
        first: Interval = .milliseconds(20),
        cap: Interval = .seconds(1),
        maximumAttempts: Int = 4
    ) {
        self.first = first
        self.cap = cap
        self.maximumAttempts = max(1, maximumAttempts)
    }

    /// The wait after call number `attempt` (from 1), for `random` in 0..<1.
    func delay(after attempt: Int, random: Double) -> Interval {
        var bound = first
        for _ in 1..<max(1, min(attempt, 32)) where bound < cap {
            bound = bound + bound
        }
        return Interval(nanoseconds: Int64(Double(min(bound, cap).nanoseconds) * random))
    }
}
