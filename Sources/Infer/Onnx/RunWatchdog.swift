// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// The one thread that ends model runs which take far longer than their budget.
///
/// While models run it looks at the armed guards every few milliseconds; after a second without a
/// run it sleeps until the next one wakes it, so that an idle gateway stays idle. The runtime
/// looks at the wish to end between two operators of the model, not inside one.
final class RunWatchdog: Sendable {
    static let shared = RunWatchdog()

    /// How late an end can come.
    private static let period: Int64 = 5_000_000
    private static let patience: Int64 = 1_000_000_000

    private struct Roster {
        var guards: [ObjectIdentifier: RunGuard] = [:]
        var isStarted = false
    }

    private let roster = Mutex(Roster())
    private let isAsleep = Atomic<Bool>(false)
    private let wake = Wake()

    /// The monotonic clock in nanoseconds.
    static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }

    /// Watches `runGuard` until it is dismissed.
    func watch(_ runGuard: RunGuard) {
        let isFirst = roster.withLock { roster in
            roster.guards[ObjectIdentifier(runGuard)] = runGuard
            defer { roster.isStarted = true }
            return !roster.isStarted
        }
        if isFirst { startThread() }
    }

    /// Forgets `runGuard`, whose lane is gone.
    func dismiss(_ runGuard: RunGuard) {
        roster.withLock { _ = $0.guards.removeValue(forKey: ObjectIdentifier(runGuard)) }
    }

    /// A run has begun: wakes the thread when it sleeps.
    func noticeRun() {
        if isAsleep.load(ordering: .sequentiallyConsistent) { wake.signal() }
    }

    /// Looks at every guard; true while a run is under way.
    private func inspect() -> Bool {
        let now = Self.now()
        return roster.withLock { roster in
            roster.guards.values.reduce(false) { $1.inspect(at: now) || $0 }
        }
    }

    private func watchForever() -> Never {
        var lastRun = Self.now()
        while true {
            if inspect() { lastRun = Self.now() }
            if Self.now() - lastRun > Self.patience {
                isAsleep.store(true, ordering: .sequentiallyConsistent)
                // Again, after saying so: a run that began in between has not seen it and wakes
                // nobody.
                if !inspect() { wake.wait() }
                isAsleep.store(false, ordering: .sequentiallyConsistent)
                lastRun = Self.now()
            } else {
                var pause = timespec(tv_sec: 0, tv_nsec: Int(Self.period))
                nanosleep(&pause, nil)
            }
        }
    }

    private func startThread() {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { _ in
            RunWatchdog.shared.watchForever()
        }
        pthread_create(&thread, &attributes, entry, nil)
        pthread_attr_destroy(&attributes)
    }
}

/// Lets the watchdog sleep until it is signalled.
private final class Wake: @unchecked Sendable {
    // Sendable by hand: the pointer never changes, and a semaphore is made to be shared by threads.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() {
        sem_init(semaphore, 0, 0)
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func signal() {
        sem_post(semaphore)
    }

    func wait() {
        while sem_wait(semaphore) != 0 {}
    }
}
