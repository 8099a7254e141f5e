// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// One piece of work of a trace, with its beginning and its end.
public struct Span: Sendable {
    /// What an attribute can be.
    public enum Attribute: Equatable, Sendable {
        /// A text.
        case text(String)
        /// A whole number.
        case whole(Int64)
        /// A number.
        case number(Double)
        /// `true` or `false`.
        case flag(Bool)
    }

    /// The side of a call that it is (OpenTelemetry's `SpanKind`).
    public enum Kind: Int, Sendable {
        /// Work inside.
        case inside = 1
        /// A call that comes in.
        case server = 2
        /// A call that goes out.
        case client = 3
        /// A message that is sent.
        case producer = 4
        /// A message that is worked on.
        case consumer = 5
    }

    /// Its trace, with its own id as the span.
    public var context: TraceContext
    /// The span it belongs under; nil for the first of a trace.
    public var parent: UInt64?
    /// What work it is.
    public var name: String
    /// The side of a call.
    public var kind: Kind
    /// When it began.
    public var start: WallTime
    /// When it ended.
    public var end: WallTime
    /// What is known of it; never what a policy keeps inside the site.
    public var attributes: [(name: String, value: Attribute)]
    /// Why it failed; nil where it did not.
    public var failure: String?

    /// Makes a span.
    public init(
        _ name: String,
        context: TraceContext,
        parent: UInt64?,
        kind: Kind = .inside,
        start: WallTime,
        end: WallTime,
        attributes: [(name: String, value: Attribute)] = [],
        failure: String? = nil
    ) {
        self.name = name
        self.context = context
        self.parent = parent
        self.kind = kind
        self.start = start
        self.end = end
        self.attributes = attributes
        self.failure = failure
    }
}
