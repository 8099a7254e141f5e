// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// One line of a trace.
public enum TraceLine: Sendable {
    /// The first line of a file.
    case header(TraceHeader)
    /// A decided reading.
    case decision(TraceDecision)
    /// A word on one.
    case verdict(TraceVerdict)
}

/// What a `TraceWriter` accepts: the type says what the trace may hold.
public protocol TraceEntry: Sendable {
    /// The scope of a trace made of these.
    static var scope: TraceScope { get }
    /// What is written.
    var line: TraceLine { get }
}

extension TraceLine: TraceEntry {
    /// Anything may stay on the box.
    public static var scope: TraceScope { .local }

    /// Itself.
    public var line: TraceLine { self }
}
