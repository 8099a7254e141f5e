// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// The spool in numbers.
public struct SpoolStats: Sendable {
    /// The rows of one kind and priority.
    public struct Cell: Equatable, Sendable {
        /// The kind.
        public var kind: EntryKind
        /// The priority.
        public var priority: Priority
        /// How many.
        public var rows: Int
        /// Bytes of content.
        public var bytes: Int
    }

    /// The oldest row of those that leave by one way with one priority.
    public struct Oldest: Equatable, Sendable {
        /// The row's kind.
        public var kind: EntryKind
        /// The priority.
        public var priority: Priority
        /// Its age.
        public var age: Interval
    }

    /// Rows dropped for one reason, since the file was made.
    public struct Dropped: Equatable, Sendable {
        /// The reason.
        public var reason: DropReason
        /// The kind.
        public var kind: EntryKind
        /// The priority.
        public var priority: Priority
        /// How many.
        public var rows: Int
        /// Bytes of content.
        public var bytes: Int
    }

    /// Rows that wait for another configuration.
    public struct Parked: Equatable, Sendable {
        /// Why.
        public var reason: ParkReason
        /// Their kind.
        public var kind: EntryKind
        /// How many.
        public var rows: Int
    }

    /// Rows and bytes per kind and priority that has any.
    public var cells: [Cell]
    /// The oldest rows.
    public var oldest: [Oldest]
    /// Drops per reason, kind and priority that has any.
    public var dropped: [Dropped]
    /// Parked rows, which are among `cells` too.
    public var parked: [Parked]
    /// Rows somebody of this run owns.
    public var leased: Int
    /// Rows that wait for their next try.
    public var delayed: Int
    /// Dead letters kept.
    public var deadLetters: Int
    /// Bytes of dead letters kept.
    public var deadLetterBytes: Int
    /// Dead letters that left to make room, since the file was made.
    public var deadLettersDropped: Int
    /// Rows in quarantine, because they could not be read.
    public var quarantined = 0
    /// Rows found damaged since the file was made.
    public var damaged = 0
    /// Bytes in use: pages that hold something, and the write-ahead log.
    public var bytesInUse: Int
    /// Bytes on disk: all pages, and the write-ahead log.
    public var bytesOnDisk: Int
    /// The cap.
    public var maximumSize: Int
    /// Transactions committed by this run.
    public var commits: Int
    /// Changes and leases those transactions carried.
    public var jobs: Int
}

extension SpoolStats.Dropped {
    /// The ledger's cells in the order of their reasons, kinds and priorities.
    static func sorted(_ cells: [Totals.DropCell: Totals.Count]) -> [Self] {
        cells.map { cell, count in
            Self(
                reason: cell.reason,
                kind: cell.kind,
                priority: cell.priority,
                rows: count.rows,
                bytes: count.bytes
            )
        }.sorted { left, right in
            (left.reason.rawValue, left.kind.rawValue, left.priority.rawValue)
                < (right.reason.rawValue, right.kind.rawValue, right.priority.rawValue)
        }
    }
}

/// One drop as the bounded record of drops keeps it.
public struct DropRecord: Sendable {
    /// When, by the wall clock of that moment.
    public var time: WallTime
    /// Why.
    public var reason: DropReason
    /// What it was.
    public var kind: EntryKind
    /// How urgent.
    public var priority: Priority
    /// About which device; its hash in a sealed spool.
    public var device: String
    /// Under which policy.
    public var policy: String
    /// Its key.
    public var key: String
    /// How long it had been stored.
    public var age: Interval
}

/// Which rows are meant; every condition that is set must hold.
public struct SpoolFilter: Sendable {
    /// Only these kinds; all when empty.
    public var kinds: Set<EntryKind> = []
    /// Only these priorities; all when empty.
    public var priorities: Set<Priority> = []
    /// Only this policy.
    public var policy: String?
    /// Only this device.
    public var device: String?
    /// Only rows at least this old.
    public var olderThan: Interval?
    /// Only parked rows, or only others; all when nil.
    public var isParked: Bool?

    /// Makes a filter that lets everything through.
    public init() {}
}

/// How the disk under the spool is doing, from what it did last.
public enum SpoolCondition: Equatable, Sendable {
    /// The last transaction was stored.
    case good
    /// The last transaction was not stored, and why.
    case failing(SpoolError)
}
