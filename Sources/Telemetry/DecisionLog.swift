// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization

/// Appends decisions as JSON lines to a file of bounded size, outside the path of every message.
///
/// Any thread may append: the line joins a buffer in memory, and `flush` (called by the gateway's
/// housekeeping a few times a second) writes it out. The file is never synced: a power cut can cost the
/// last lines of this log, and nothing else. When the file reaches its limit it becomes `<path>.1`,
/// replacing the one before. When the buffer is full, lines are left out and counted.
public final class DecisionLog: Sendable {
    private struct State {
        var buffer: [UInt8] = []
        var descriptor: Int32 = -1
        var size = 0
        var leftOut = 0
        var failure: String?
    }

    private let path: String
    private let sizeLimit: Int
    private let bufferLimit: Int
    private let state = Mutex(State())

    /// Makes a log at `path` that keeps at most twice `sizeLimit` bytes on disk.
    public init(path: String, sizeLimit: Int, bufferLimit: Int = 1 << 20) {
        self.path = path
        self.sizeLimit = sizeLimit
        self.bufferLimit = bufferLimit
    }

    /// How many lines were left out because the buffer was full or the file could not be written.
    public var leftOut: Int { state.withLock { $0.leftOut } }

    /// Why the file cannot be written, while that is so.
    public var failure: String? { state.withLock { $0.failure } }

    /// Adds one line; `json` has no line break of its own.
    public func append(_ json: some Collection<UInt8>) {
        state.withLock { state in
            guard state.buffer.count + json.count < bufferLimit else {
                state.leftOut += 1
                return
            }
            state.buffer.append(contentsOf: json)
            state.buffer.append(UInt8(ascii: "\n"))
        }
    }

    /// Writes what has gathered to the file.
    public func flush() {
        state.withLock { state in
            guard !state.buffer.isEmpty else { return }
            if state.descriptor < 0 { open(&state) }
            guard state.descriptor >= 0 else { return discard(&state) }
            if state.size > 0, state.size + state.buffer.count > sizeLimit { rotate(&state) }
            var rest = state.buffer[...]
            while !rest.isEmpty {
                let written = rest.withUnsafeBytes {
                    write(state.descriptor, $0.baseAddress, $0.count)
                }
                if written < 0, errno == EINTR { continue }
                guard written > 0 else {
                    state.failure = String(cString: strerror(errno))
                    return discard(&state)
                }
                state.size += written
                rest = rest.dropFirst(written)
            }
            state.failure = nil
            state.buffer.removeAll(keepingCapacity: true)
        }
    }

    private func open(_ state: inout State) {
        state.descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
        guard state.descriptor >= 0 else {
            state.failure = String(cString: strerror(errno))
            return
        }
        state.size = Int(lseek(state.descriptor, 0, SEEK_END))
    }

    private func rotate(_ state: inout State) {
        close(state.descriptor)
        state.descriptor = -1
        rename(path, path + ".1")
        open(&state)
    }

    private func discard(_ state: inout State) {
        state.leftOut += state.buffer.count { $0 == UInt8(ascii: "\n") }
        state.buffer.removeAll(keepingCapacity: true)
    }
}
