// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// When a collector that did not take something is asked again.
///
/// As the protocol has it (OTLP 1, "OTLP/HTTP Throttling"): when `Retry-After` says, or after a wait that
/// doubles with every failure. Pure: time and chance are parameters.
struct ExportPace: Sendable {
    /// No collector keeps us waiting for longer.
    static let longest = Interval.seconds(300)
    private static let shortest = Interval.seconds(1)

    private(set) var failures = 0
    private var heldUntil: MonotonicInstant?

    /// True when the collector may be asked.
    func admits(at now: MonotonicInstant) -> Bool {
        heldUntil.map { $0 <= now } ?? true
    }

    /// The collector has taken something, or has told us not to try it again.
    mutating func answered() {
        failures = 0
        heldUntil = nil
    }

    /// The collector could not be reached or wants it later; `chance` is uniform in 0…1.
    mutating func failed(
        retryAfter: Interval?,
        at now: MonotonicInstant,
        chance: Double = Double.random(in: 0..<1)
    ) {
        let doubled = Interval(nanoseconds: Self.shortest.nanoseconds << min(failures, 9))
        let wait = min(doubled, Self.longest)
        // So that a fleet does not come back all at once.
        let own = Interval(nanoseconds: Int64(Double(wait.nanoseconds) * (0.5 + chance / 2)))
        heldUntil = now + min(max(retryAfter ?? own, own), Self.longest)
        failures += 1
    }
}
