// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import Synchronization

/// What ends the delays of rows before their time.
extension Drain {
    /// Tries everything that waits for its next try now, because somebody says so; any thread.
    ///
    /// What an endpoint asked for itself, a minute at most, is kept.
    public func tryNow() {
        hope()
        endDelays(by: .word)
    }

    func endDelays(by end: DelayEnd) {
        state.withLock { $0.patience = Patience() }
        spool.endDelays(by: end) { [self] in wake() }
    }
}
