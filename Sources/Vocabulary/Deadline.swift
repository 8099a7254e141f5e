// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// The instant after which an answer is too late, and how long the message had in all.
public struct Deadline: Hashable, Sendable {
    /// When it expires, on the monotonic clock.
    public var expires: MonotonicInstant
    /// The time the policy gave the message, from the sensor's time (or arrival where it has none).
    public var total: Interval

    /// Makes a deadline that expires at `expires` out of `total`.
    public init(expires: MonotonicInstant, total: Interval) {
        self.expires = expires
        self.total = total
    }

    /// The budget left at `now`; zero once it has expired.
    public func left(at now: MonotonicInstant) -> Interval {
        max(.zero, expires - now)
    }

    /// The deadline of a message that arrived at `arrival` having already spent `spent` on its way.
    ///
    /// `spent` comes from the sensor's clock, so it is clamped to `[0, total]`: a clock that runs ahead
    /// grants no extra time, and one that runs behind leaves nothing rather than a negative budget.
    public static func from(
        arrival: MonotonicInstant,
        spent: Interval,
        total: Interval
    ) -> Deadline {
        let clamped = min(max(.zero, spent), total)
        return Deadline(expires: arrival + (total - clamped), total: total)
    }
}
