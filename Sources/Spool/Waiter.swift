// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// Lets one thread wait for an outcome that another one brings.
final class Waiter<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, SpoolError>?>(nil)
    private let semaphore = DispatchSemaphore(value: 0)

    func resume(_ outcome: Result<Value, SpoolError>) {
        result.withLock { $0 = outcome }
        semaphore.signal()
    }

    func wait() throws(SpoolError) -> Value {
        semaphore.wait()
        guard let outcome = result.withLock({ $0 }) else {
            throw SpoolError(.broken, "a job ended without its outcome")
        }
        return try outcome.get()
    }
}
