// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Vocabulary

/// Which messages may have ended the last run, so that they are worked on journal-first.
///
/// After an unclean exit, whatever the broker marks as sent before was in that run's hands when it ended.
/// The suspicion ends with the first burst of copies: the connection's first `window` messages.
struct CrashRecovery {
    /// How many messages may come back after a reconnect: no more than a receive window is in flight.
    private static let window = 1_024

    private let isActive: Bool
    private var left = 0
    private var hasConnected = false

    init(isActive: Bool) {
        self.isActive = isActive
    }

    /// A connection begins; only the run's first one brings back what an earlier run left.
    mutating func connected(afterUncleanExit: Bool) {
        guard !hasConnected else { return }
        hasConnected = true
        left = isActive && afterUncleanExit ? Self.window : 0
    }

    /// True when `message` is to be worked on by itself, counted on disk first.
    mutating func suspects(_ message: Message) -> Bool {
        guard left > 0 else { return false }
        left -= 1
        return message.isDuplicate
    }

    /// True when a message whose work has now begun `begun` times has ended the process three times.
    ///
    /// The first time it ended, nothing was counted yet: the broker's mark stands for it.
    static func isPoison(begun: Int) -> Bool { begun > 2 }
}
