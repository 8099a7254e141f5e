// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A counting semaphore whose waits end by the monotonic clock.
///
/// Dispatch's waits with a limit end, on Linux, at a time of day: a clock that is set back by two hours
/// makes them two hours longer. Any thread may wait and signal. Nobody may wait when it is let go.
///
/// POSIX `pthread_cond_timedwait` under `pthread_condattr_setclock(CLOCK_MONOTONIC)`.
public final class TimedSemaphore: @unchecked Sendable {
    // Sendable by hand: the pointers never change, and the count is touched under the mutex only.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var count = 0

    /// Makes a semaphore that nobody has signalled.
    public init() {
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Lets one wait end, now or later.
    public func signal() {
        pthread_mutex_lock(mutex)
        count += 1
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(condition)
    }

    /// Waits for a signal, or for `limit`; false when the time was over first.
    @discardableResult
    public func wait(atMost limit: Interval) -> Bool {
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        let nanoseconds = end.tv_nsec &+ Int(max(0, limit.nanoseconds % 1_000_000_000))
        end.tv_sec += Int(max(0, limit.nanoseconds / 1_000_000_000)) + nanoseconds / 1_000_000_000
        end.tv_nsec = nanoseconds % 1_000_000_000
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while count == 0 {
            if pthread_cond_timedwait(condition, mutex, &end) == ETIMEDOUT { break }
        }
        guard count > 0 else { return false }
        count -= 1
        return true
    }
}
