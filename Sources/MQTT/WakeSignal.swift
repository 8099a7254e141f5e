// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import CMosquitto
import Glibc

/// Wakes a thread that sleeps in `poll`, from any thread.
///
/// An eventfd: many wakes before the sleeper looks are one.
public final class WakeSignal: Sendable {
    /// What the sleeper polls for reading.
    public let fileDescriptor: Int32

    /// Makes a signal that has not been raised.
    public init() {
        fileDescriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    }

    deinit {
        close(fileDescriptor)
    }

    /// Raises the signal; any thread, never blocks.
    public func raise() {
        var one: UInt64 = 1
        _ = write(fileDescriptor, &one, 8)
    }

    /// Lowers the signal; the sleeper's thread.
    public func lower() {
        var count: UInt64 = 0
        _ = read(fileDescriptor, &count, 8)
    }

    /// Waits until the signal is raised, leaving it raised; false when `seconds` pass first.
    public func wait(seconds: Double) -> Bool {
        let end = MonotonicClock.now &+ Int64(max(0, min(seconds, 1e9)) * 1e9)
        var entry = pollfd(fd: fileDescriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let left = max(0, end &- MonotonicClock.now)
            let milliseconds = Int32(clamping: (left + 999_999) / 1_000_000)
            if poll(&entry, 1, milliseconds) > 0 { return true }
            if MonotonicClock.now >= end { return false }
        }
    }
}
