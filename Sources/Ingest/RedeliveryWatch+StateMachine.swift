// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// How long after a reconnect copies of earlier messages may still come.
///
/// A broker sends what was unacknowledged first, marked, and then what is new. The watch ends with a
/// long run of unmarked messages, or with time when nothing comes.
struct RedeliveryWatch {
    /// This many unmarked messages in a row end the watch; twice any window we ask for.
    static let unmarkedRun = 1_000
    /// This long without a marked message ends the watch.
    static let quietTime = Interval.seconds(60)

    private var isOn = false
    private var unmarked = 0
    private var since = MonotonicInstant(nanoseconds: 0)

    /// A connection begins; only a session that the broker kept has anything to repeat.
    mutating func connected(sessionPresent: Bool, at now: MonotonicInstant) {
        isOn = sessionPresent
        unmarked = 0
        since = now
    }

    /// A message with QoS 1 or 2 has come.
    mutating func received(isDuplicate: Bool, at now: @autoclosure () -> MonotonicInstant) {
        guard isOn else { return }
        if isDuplicate {
            unmarked = 0
            since = now()
        } else {
            unmarked += 1
        }
    }

    /// True while copies may come at `now`.
    mutating func isOpen(at now: MonotonicInstant) -> Bool {
        if isOn, unmarked >= Self.unmarkedRun || now - since >= Self.quietTime { isOn = false }
        return isOn
    }
}
