// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Spans that wait to be exported: never more than `capacity`, and nobody ever waits for room.
///
/// Any thread may use it; its lock is held for an append, or for the exchange of one array by another.
public final class SpanQueue: Sendable {
    private struct State {
        var spans: [Span] = []
        var dropped = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    /// Makes an empty queue.
    public init(capacity: Int = 4_096) {
        self.capacity = max(1, capacity)
    }

    /// Adds spans; those there is no room for are counted and forgotten.
    public func append(_ spans: [Span]) {
        state.withLock { state in
            let room = max(0, capacity - state.spans.count)
            state.spans += spans.prefix(room)
            state.dropped += max(0, spans.count - room)
        }
    }

    /// Takes all spans out.
    public func takeAll() -> [Span] {
        var taken: [Span] = []
        state.withLock { swap(&$0.spans, &taken) }
        return taken
    }

    /// How many spans wait.
    public var count: Int { state.withLock { $0.spans.count } }

    /// How many spans were forgotten for want of room so far.
    public var dropped: Int { state.withLock { $0.dropped } }
}
