// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// A store of the user's that decisions and readings are sent to.
///
/// Every implementation passes one suite of tests (`SinkContract`).
public protocol Sink: Sendable {
    /// How much it takes at a time.
    var limits: SinkLimits { get }

    /// Begins what it needs, such as a connection; once.
    func start()

    /// Ends it; what is under way fails.
    func stop()

    /// Sends lines in their order, and says what became of each, in the same order.
    ///
    /// `streams` says whose order is kept: a line is not stored while one before it of the same stream
    /// was not.
    func send(_ lines: [OutboundLine], streams: [String]) async -> [SinkOutcome]
}

/// What became of a line.
public enum SinkOutcome: Hashable, Sendable {
    /// The store has it.
    case stored
    /// The store refuses it whatever comes with it, and says why.
    case refused(String)
    /// Not for a reason of its own: the store is away, busy or refuses us; after a wait, where it says.
    case failed(String, retryAfter: Interval? = nil)
    /// Not sent, because a line before it was not stored.
    case held

    var isRefusal: Bool {
        if case .refused = self { true } else { false }
    }
}

/// How much a sink takes at a time.
public struct SinkLimits: Hashable, Sendable {
    /// Lines a call.
    public var lines: Int
    /// Bytes a call, before compression.
    public var bytes: Int

    /// Makes limits.
    public init(lines: Int = 500, bytes: Int = 1 << 20) {
        self.lines = max(1, lines)
        self.bytes = max(1, bytes)
    }
}
