// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMosquitto
import Glibc

/// A thread of its own for a poll loop or for a call that blocks.
public final class LoopThread: Sendable {
    private let finished = WakeSignal()

    /// Starts a thread named `name` (15 bytes of it are shown by the system) that runs `body` once.
    ///
    /// Nil when the system has no thread left.
    public init?(name: String, body: @escaping @Sendable () -> Void) {
        let finished = finished
        let work = Unmanaged.passRetained(
            Work(name: name) {
                body()
                finished.raise()
            }
        )
        guard Self.create(work.toOpaque()) else {
            work.release()
            return nil
        }
    }

    /// Waits until the body has returned; false when `seconds` pass first.
    public func waitUntilFinished(within seconds: Double) -> Bool {
        finished.wait(seconds: seconds)
    }

    private final class Work: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private static func create(_ work: UnsafeMutableRawPointer) -> Bool {
        var thread = pthread_t()
        let result = pthread_create(
            &thread,
            nil,
            { argument in
                if let argument { LoopThread.run(argument) }
                return nil
            },
            work
        )
        guard result == 0 else { return false }
        pthread_detach(thread)
        return true
    }

    private static func run(_ argument: UnsafeMutableRawPointer) {
        let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
        pthread_setname_np(pthread_self(), String(work.name.prefix(15)))
        work.body()
    }
}
