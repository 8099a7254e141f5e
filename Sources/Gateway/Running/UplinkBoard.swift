// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Escalate
import Synchronization

/// The uplink's state, and who wants to know when it changes.
final class UplinkBoard: Sendable {
    private let state = Mutex((uplink: Uplink.probing, listener: nil as (@Sendable () -> Void)?))
    private let recoveryListener = Mutex<(@Sendable (Recovery) -> Void)?>(nil)

    var uplink: Uplink { state.withLock { $0.uplink } }

    func onChange(_ listener: @escaping @Sendable () -> Void) {
        state.withLock { $0.listener = listener }
    }

    func onRecovery(_ listener: @escaping @Sendable (Recovery) -> Void) {
        recoveryListener.withLock { $0 = listener }
    }

    func recovered(_ recovery: Recovery) {
        recoveryListener.withLock { $0 }?(recovery)
    }

    func changed(to uplink: Uplink) {
        let listener = state.withLock { state in
            state.uplink = uplink
            return state.listener
        }
        listener?()
    }
}
