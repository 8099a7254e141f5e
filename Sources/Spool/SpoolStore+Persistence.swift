// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

extension SpoolStore {
    /// Stores a change that nobody waits for, and tries again for as long as the disk refuses.
    ///
    /// For what happened to rows that exist already: until it is stored they stay leased. Should the
    /// process end first, the rows are as they were and are worked on again, which their keys make
    /// harmless. `completion` is called once, when it is stored or never will be.
    public func submitPersistently(
        _ change: SpoolChange,
        attempt: Int = 0,
        completion: @escaping @Sendable () -> Void = {}
    ) {
        submit(change) { [weak self] result in
            guard case .failure(let error) = result, error.isRetryable else { return completion() }
            Task {
                try? await Task.sleep(for: .milliseconds(100 << min(attempt, 7)))
                guard let self else { return completion() }
                self.submitPersistently(change, attempt: attempt + 1, completion: completion)
            }
        }
    }
}
