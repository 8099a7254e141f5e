// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool
import Synchronization

/// Tells the drain, which is made after those who ring, that an action has become a row nobody works on.
///
/// Without it a command that a verdict calls for would wait for the drain's next interval.
final class DrainBell: Sendable {
    private let answer = Mutex<(@Sendable () -> Void)?>(nil)

    func answers(_ answer: @escaping @Sendable () -> Void) {
        self.answer.withLock { $0 = answer }
    }

    /// Call it when the change is on disk.
    func ring(for change: SpoolChange) {
        guard change.hasFreeAction else { return }
        answer.withLock { $0 }?()
    }
}

extension SpoolChange {
    /// True when it brings an action that whoever commits it does not deliver.
    fileprivate var hasFreeAction: Bool {
        inserts.contains { $0.kind == .action && ($0.isFree || !insertsAreLeased) }
    }
}
