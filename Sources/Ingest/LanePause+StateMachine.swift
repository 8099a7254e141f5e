// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import MQTT
import Vocabulary

/// The paused state of a lane whose storage fails; time and randomness are parameters.
///
/// A lane that cannot make messages safe stays away from the broker, which keeps them, and tries
/// again after a back-off; it flows again with the first settle that succeeds.
struct LanePause {
    /// Why and since when it is paused; nil while it flows.
    private(set) var current: (failure: SettleFailure, since: MonotonicInstant)?
    /// When the broker may be asked again.
    private(set) var until: MonotonicInstant?
    private var attempts = 0
    private let backoff: MQTTBackoff

    init() {
        var backoff = MQTTBackoff()
        // A disk that has room again is used again within two seconds, however long it was full.
        backoff.first = 0.25
        backoff.floor = 0.1
        backoff.cap = 1
        self.backoff = backoff
    }

    /// A settle failed; true when the pause begins with it.
    mutating func failed(
        _ failure: SettleFailure,
        at now: MonotonicInstant,
        randomness: Double
    ) -> Bool {
        let begins = current == nil
        attempts += 1
        current = (failure, current?.since ?? now)
        let wait = backoff.wait(afterAttempts: attempts, randomness: randomness)
        until = now + Interval(nanoseconds: wait)
        return begins
    }

    /// A settle succeeded; answers how long the pause was when it ends with it.
    mutating func succeeded(at now: MonotonicInstant) -> Interval? {
        guard let current else { return nil }
        self.current = nil
        until = nil
        attempts = 0
        return now - current.since
    }
}
