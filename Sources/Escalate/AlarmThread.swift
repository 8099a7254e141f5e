// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import Vocabulary

/// A thread that sleeps until an instant its step names, or until it is woken.
final class AlarmThread: Sendable {
    /// What a step wants next.
    enum Next {
        /// To be called at that instant at the latest; nil for only when woken.
        case wait(until: MonotonicInstant?)
        case end
    }

    /// A pipe to sleep on: Swift's Glibc offers no eventfd.
    private let readEnd: Int32
    private let writeEnd: Int32
    private let time: any TimeSource
    private let isWoken = Atomic(false)
    private let thread = Mutex<(handle: pthread_t?, hasStarted: Bool)>((nil, false))

    init(time: any TimeSource) {
        self.time = time
        var ends: [Int32] = [-1, -1]
        if pipe(&ends) == 0 {
            for end in ends {
                _ = fcntl(end, F_SETFD, FD_CLOEXEC)
                _ = fcntl(end, F_SETFL, O_NONBLOCK)
            }
        }
        (readEnd, writeEnd) = (ends[0], ends[1])
    }

    deinit {
        for end in [readEnd, writeEnd] where end >= 0 { close(end) }
    }

    /// Begins to call `step`; only the first call counts.
    func start(step: @escaping @Sendable () -> Next) {
        thread.withLock { thread in
            guard !thread.hasStarted else { return }
            thread.hasStarted = true
            var started = pthread_t()
            let context = Unmanaged.passRetained(AlarmRun(thread: self, step: step))
            if pthread_create(&started, nil, runAlarms, context.toOpaque()) == 0 {
                thread.handle = started
            } else {
                context.release()
            }
        }
    }

    /// Has the step called soon; any thread.
    func wake() {
        guard !isWoken.exchange(true, ordering: .acquiringAndReleasing) else { return }
        var one: UInt8 = 1
        _ = write(writeEnd, &one, 1)
    }

    /// Waits for the thread to end, which its step decides; must not be called on it.
    func join() {
        let started = thread.withLock { thread in
            defer { thread.handle = nil }
            return thread.handle
        }
        if let started { pthread_join(started, nil) }
    }

    /// Lets the thread end by itself, where nobody can wait for it.
    func detach() {
        let started = thread.withLock { thread in
            defer { thread.handle = nil }
            return thread.handle
        }
        if let started { pthread_detach(started) }
    }

    fileprivate func run(_ step: @Sendable () -> Next) {
        while case .wait(let instant) = step() {
            // Without a pipe nobody can wake it, so it looks every millisecond.
            var limit: Int32 = readEnd < 0 ? 1 : -1
            if let instant, readEnd >= 0 {
                let left = min(max(.zero, instant - time.now), .seconds(60))
                limit = Int32((left.nanoseconds + 999_999) / 1_000_000)
            }
            var entry = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
            poll(&entry, 1, limit)
            var bytes: UInt64 = 0
            _ = read(readEnd, &bytes, MemoryLayout<UInt64>.size)
            isWoken.store(false, ordering: .releasing)
        }
    }
}

/// What the thread needs, on its way there.
private final class AlarmRun: Sendable {
    let thread: AlarmThread
    let step: @Sendable () -> AlarmThread.Next

    init(thread: AlarmThread, step: @escaping @Sendable () -> AlarmThread.Next) {
        self.thread = thread
        self.step = step
    }
}

/// pthread_create's entry; takes over the reference it is given.
private func runAlarms(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context else { return nil }
    let run = Unmanaged<AlarmRun>.fromOpaque(context).takeRetainedValue()
    run.thread.run(run.step)
    return nil
}
