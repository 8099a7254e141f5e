// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Spool

extension SpoolStore {
    /// Stores a change that nobody waits for, and tries again for as long as the disk refuses.
    ///
    /// For what happened to rows that exist already. Should the process end first, the rows are as they
    /// were and are worked on again, which their keys make harmless.
    func submitPersistently(_ change: SpoolChange, attempt: Int = 0) {
        submit(change) { [weak self] result in
            guard case .failure(let error) = result, error.isRetryable else { return }
            Task {
                try? await Task.sleep(for: .milliseconds(100 << min(attempt, 7)))
                self?.submitPersistently(change, attempt: attempt + 1)
            }
        }
    }
}
