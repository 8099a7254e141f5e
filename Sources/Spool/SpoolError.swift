// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// What went wrong with the spool, and what to do about it.
public struct SpoolError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The closed list of what can go wrong.
    public enum Code: String, CaseIterable, Sendable {
        /// The cap is reached and nothing may be dropped for this.
        case capReached = "cap_reached"
        /// The disk is full.
        case diskFull = "disk_full"
        /// The disk or the file does not do what it is asked.
        case broken
        /// Another process has the spool open.
        case locked
        /// The file is damaged, or was emptied.
        case corrupt
        /// The file is missing while its write-ahead log is there.
        case incomplete
        /// The file belongs to something else.
        case foreign
        /// The file was written by a newer version.
        case newerSchema = "newer_schema"
        /// The file holds what a key sealed that is not here.
        case keyMissing = "key_missing"
        /// One row is larger than this spool may take.
        case tooLarge = "too_large"
        /// The change contradicts itself or what is stored.
        case invalid
        /// The options make no sense.
        case misconfigured
        /// The spool is closed.
        case closed
    }

    /// Which.
    public var code: Code
    /// What, where and what to do, one sentence.
    public var message: String
    /// What SQLite or the system said, if anything.
    public var underlying: String?

    /// Makes an error.
    public init(_ code: Code, _ message: String, underlying: String? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// True when waiting for room is the remedy; what is stored is intact.
    public var isFull: Bool { code == .capReached || code == .diskFull }

    /// True when a retry of the same change may succeed.
    public var isRetryable: Bool { isFull || code == .broken }

    /// What, where, what to do, and what SQLite or the system said.
    public var description: String {
        "spool: \(message)" + (underlying.map { " (\($0))" } ?? "")
    }
}
