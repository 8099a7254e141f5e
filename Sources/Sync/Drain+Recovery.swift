// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Escalate
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

    /// An endpoint can be asked again: what waited for that is asked now rather than at its next try; any
    /// thread.
    public func recovered(_ recovery: Recovery) {
        switch recovery {
        case .reached: endDelays(by: .reached)
        case .answered: endDelays(by: .answered)
        }
    }

    private func endDelays(by end: DelayEnd) {
        state.withLock { state in
            state.patience = Patience()
            state.recoveries.reached += 1
            guard end >= .answered else { return }
            state.rests = Patience()
            state.recoveries.answered += 1
        }
        spool.endDelays(by: end) { [self] in wake() }
    }
}
