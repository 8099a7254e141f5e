// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Systemd
import Vocabulary

/// Decides what the service manager is told, and when; nothing while nobody listens.
///
/// Ready is said once, when the inputs have been answered by the broker or have failed to reach it: a site
/// whose broker is down starts all the same. The watchdog is fed four times in its interval while no lane
/// hangs. Pure: what is known and the time go in.
struct Attendance {
    /// A status that only counts on is told this often.
    static let statusPause = Interval.seconds(10)

    private let feeding: Interval?
    private var isReady = false
    private var fedAt: MonotonicInstant?
    private var status: (state: GatewayState, text: String, at: MonotonicInstant)?

    /// Makes one for a watchdog's interval; nil where there is none.
    init(watchdog: Interval?) {
        feeding = watchdog.map { Interval(nanoseconds: max(1, $0.nanoseconds / 4)) }
    }

    /// What is to be said now.
    mutating func messages(
        hasStarted: Bool,
        isStuck: Bool,
        state: GatewayState,
        text: String,
        at now: MonotonicInstant
    ) -> [ServiceMessage] {
        var messages: [ServiceMessage] = []
        if hasStarted, !isReady {
            isReady = true
            messages.append(.ready)
        }
        if isNews(state, text, now) {
            status = (state, text, now)
            messages.append(.status(text))
        }
        if let feeding, !isStuck, fedAt.map({ now - $0 >= feeding }) ?? true {
            fedAt = now
            messages.append(.watchdog)
        }
        return messages
    }

    private func isNews(_ state: GatewayState, _ text: String, _ now: MonotonicInstant) -> Bool {
        guard let status else { return true }
        if status.state != state { return true }
        return status.text != text && now - status.at >= Self.statusPause
    }
}
