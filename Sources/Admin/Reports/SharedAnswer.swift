// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import NIOCore
import Synchronization
import Telemetry
import Vocabulary

/// Bytes that many ask for: worked out for the first, and the same for whoever comes within half a second of that.
///
/// Whoever comes while it is worked out waits for it without holding a thread, so that whatever else is asked for is
/// answered meanwhile.
final class SharedAnswer: Sendable {
    private static let patience = Interval.milliseconds(500)

    private enum Standing {
        case underWay(Task<ByteBuffer, any Error>)
        case made(ByteBuffer, at: MonotonicInstant)
    }

    private let work: @Sendable () throws -> ByteBuffer
    private let time: any TimeSource
    private let standing = Mutex<Standing?>(nil)

    /// Makes an answer that `work` works out, on a thread that gives way.
    init(time: any TimeSource = SystemTime(), _ work: @escaping @Sendable () throws -> ByteBuffer) {
        self.time = time
        self.work = work
    }

    /// The bytes; throws what `work` did.
    var bytes: ByteBuffer {
        get async throws {
            let task: Task<ByteBuffer, any Error>
            switch standing.withLock({ current(&$0) }) {
            case .made(let bytes, _): return bytes
            case .underWay(let other): task = other
            }
            return try await task.value
        }
    }

    /// What whoever comes now takes; begins the work where there is nothing.
    private func current(_ now: inout Standing?) -> Standing {
        switch now {
        case .underWay(let task): return .underWay(task)
        case .made(let bytes, let time) where self.time.now - time < Self.patience:
            return .made(bytes, at: time)
        case .made, nil: break
        }
        let begun = Standing.underWay(
            Task(executorPreference: OnlookerThreads.answers) { [self] in
                let made = Result { try work() }
                let kept = try? made.get()
                standing.withLock { $0 = kept.map { .made($0, at: time.now) } }
                return try made.get()
            }
        )
        now = begun
        return begun
    }
}
