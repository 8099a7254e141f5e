// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Everything that one caller wants to be true on disk at once.
///
/// Applied in one transaction, in the order of the properties. A change too large for one transaction
/// is cut between its rows, inserts first: after a failure or a crash some of them may be stored, which
/// a retry with the same keys does not notice.
public struct SpoolChange: Sendable {
    /// A row handed back.
    public struct Release: Sendable {
        /// The row.
        public var id: Int64
        /// How long nobody may lease it; remembered in memory only, so a restart tries at once.
        public var delay: Interval
        /// True when it was tried and failed.
        public var countsAttempt: Bool
        /// True when its lease counted as an attempt that was then not made.
        public var takesAttemptBack = false
        /// What ends the delay before its time.
        public var ends = DelayEnd.word

        /// Makes a release.
        public init(id: Int64, delay: Interval = .zero, countsAttempt: Bool = false) {
            self.id = id
            self.delay = delay
            self.countsAttempt = countsAttempt
        }
    }

    /// A row that is given up.
    public struct Drop: Sendable {
        /// The row.
        public var id: Int64
        /// Why.
        public var reason: DropReason

        /// Makes a drop.
        public init(id: Int64, reason: DropReason) {
            self.id = id
            self.reason = reason
        }
    }

    /// A row that cannot go on until the configuration is another.
    public struct Park: Sendable {
        /// The row.
        public var id: Int64
        /// Why.
        public var reason: ParkReason

        /// Makes one.
        public init(id: Int64, reason: ParkReason) {
            self.id = id
            self.reason = reason
        }
    }

    /// A row that becomes a dead letter, where there is room for one.
    public struct Burial: Sendable {
        /// The row.
        public var id: Int64
        /// What it becomes.
        public var letter: DeadLetter
        /// How long nobody may lease it where letters are full: it stays a row then.
        public var delay: Interval

        /// Makes one.
        public init(id: Int64, letter: DeadLetter, delay: Interval) {
            self.id = id
            self.letter = letter
            self.delay = delay
        }
    }

    /// A row whose content is replaced, keeping its place in the order.
    public struct Replacement: Sendable {
        /// The row.
        public var id: Int64
        /// The kind it becomes, one that leaves by the same way; unchanged when nil.
        public var kind: EntryKind?
        /// Its new content.
        public var body: [UInt8]

        /// Makes a replacement.
        public init(id: Int64, kind: EntryKind? = nil, body: [UInt8]) {
            self.id = id
            self.kind = kind
            self.body = body
        }
    }

    /// One setting of the small store of facts that live as long as the spool.
    public struct MetaValue: Sendable {
        /// Its name.
        public var key: String
        /// What it becomes; nil removes it.
        public var value: [UInt8]?

        /// Makes a setting.
        public init(key: String, value: [UInt8]?) {
            self.key = key
            self.value = value
        }
    }

    /// Rows to store.
    public var inserts: [NewEntry] = []
    /// True when the caller keeps working on its inserts, but those that are `isFree`, and settles or
    /// releases them itself.
    public var insertsAreLeased = false
    /// Rows whose content changes.
    public var replacements: [Replacement] = []
    /// Rows handed back.
    public var releases: [Release] = []
    /// Rows that wait for another configuration.
    public var parks: [Park] = []
    /// Rows that are done; unknown ones are ignored, because a repeat is harmless.
    public var acknowledgements: [Int64] = []
    /// Rows that are given up, counted by reason.
    public var drops: [Drop] = []
    /// What goes to the dead letters, where the oldest messages make room for it.
    public var deadLetters: [DeadLetter] = []
    /// Rows that go to the dead letters, or stay where no letter may leave for them.
    public var burials: [Burial] = []
    /// Messages whose processing ended, begun with `SpoolStore.beginAttempts(_:)`.
    public var finishedAttempts: [AttemptKey] = []
    /// Settings.
    public var meta: [MetaValue] = []

    /// Makes a change that changes nothing.
    public init() {}

    /// True when there is nothing to do.
    public var isEmpty: Bool {
        inserts.isEmpty && replacements.isEmpty && releases.isEmpty && parks.isEmpty
            && acknowledgements.isEmpty && drops.isEmpty && deadLetters.isEmpty && burials.isEmpty
            && finishedAttempts.isEmpty && meta.isEmpty
    }

    /// Adds what can never be done as a dead letter, or as a row where no letter may leave for it.
    ///
    /// `entry` has its number, is nobody's, and is what a requeue of the letter makes again.
    public mutating func bury(_ entry: NewEntry, as letter: DeadLetter, delay: Interval) {
        var entry = entry
        entry.isFree = true
        var letter = letter
        letter.payload = entry.body
        letter.origin = DeadLetter.Origin(entry)
        inserts.append(entry)
        burials.append(Burial(id: entry.id, letter: letter, delay: delay))
    }

    /// Adds another change about other rows, to be stored with this one.
    ///
    /// Inserts keep whether the caller goes on working on them.
    public mutating func append(_ other: SpoolChange) {
        var added = other.inserts
        if !added.isEmpty {
            if !other.insertsAreLeased {
                for index in added.indices { added[index].isFree = true }
            } else if !insertsAreLeased {
                for index in inserts.indices { inserts[index].isFree = true }
                insertsAreLeased = true
            }
        }
        inserts += added
        replacements += other.replacements
        releases += other.releases
        parks += other.parks
        acknowledgements += other.acknowledgements
        drops += other.drops
        deadLetters += other.deadLetters
        burials += other.burials
        finishedAttempts += other.finishedAttempts
        meta += other.meta
    }
}

extension SpoolChange {
    /// The rows that its caller works on once it is stored with this receipt.
    func leased(_ receipt: SpoolReceipt) -> [Int64] {
        guard insertsAreLeased else { return [] }
        let elsewhere = Set(receipt.alreadyThere.map(\.reserved) + receipt.droppedInserts)
        return inserts.lazy.filter { !$0.isFree }.map(\.id).filter { !elsewhere.contains($0) }
            + receipt.alreadyThere.filter(\.isLeasedToCaller).map(\.existing)
    }
}

/// What became of a change.
public struct SpoolReceipt: Sendable {
    /// An insert that was ignored because a row with its key is there.
    public struct Repeat: Equatable, Sendable {
        /// The number the insert asked for; no row has it.
        public var reserved: Int64
        /// The row that is there.
        public var existing: Int64
        /// True when the caller asked for leased inserts and nobody else owns the row.
        public var isLeasedToCaller: Bool

        /// Makes a repeat.
        public init(reserved: Int64, existing: Int64, isLeasedToCaller: Bool) {
            self.reserved = reserved
            self.existing = existing
            self.isLeasedToCaller = isLeasedToCaller
        }
    }

    /// Inserts that were there already.
    public var alreadyThere: [Repeat] = []
    /// Inserts that a full spool dropped, because only more urgent rows are left in it; counted.
    public var droppedInserts: [Int64] = []

    mutating func append(_ other: SpoolReceipt) {
        alreadyThere += other.alreadyThere
        droppedInserts += other.droppedInserts
    }
}
