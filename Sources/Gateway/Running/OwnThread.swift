// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// A thread of its own for work that blocks, which Swift's shared threads must not.
final class OwnThread: Sendable {
    private let isFinished = Mutex(false)
    private let isStopRequested = Atomic<Bool>(false)

    /// Starts `body`, which ends soon after `isStopping` becomes true.
    init(body: @escaping @Sendable (OwnThread) -> Void) {
        let start = Unmanaged.passRetained(Start(thread: self, body: body))
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, Self.main, start.toOpaque())
        guard status == 0 else {
            start.release()
            isFinished.withLock { $0 = true }
            return
        }
        pthread_detach(thread)
    }

    /// True once it is to end.
    var isStopping: Bool { isStopRequested.load(ordering: .acquiring) }

    /// True once it has ended.
    var hasEnded: Bool { isFinished.withLock { $0 } }

    /// Lets others work for a moment.
    static func nap() { usleep(1_000) }

    /// Asks it to end.
    func requestStop() {
        isStopRequested.store(true, ordering: .releasing)
    }

    private final class Start {
        let thread: OwnThread
        let body: @Sendable (OwnThread) -> Void

        init(thread: OwnThread, body: @escaping @Sendable (OwnThread) -> Void) {
            self.thread = thread
            self.body = body
        }
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? =
        { pointer in
            guard let pointer else { return nil }
            let start = Unmanaged<Start>.fromOpaque(pointer).takeRetainedValue()
            start.body(start.thread)
            start.thread.isFinished.withLock { $0 = true }
            return nil
        }
}
