// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

public import Vocabulary

/// Which dead letters are meant; every condition that is set must hold.
public struct LetterFilter: Sendable {
    /// Only letters with this code.
    public var code: String?
    /// Only letters that were rows of this policy.
    public var policy: String?
    /// Only letters that were rows about this device.
    public var device: String?
    /// Only letters that were rows of this kind.
    public var kind: EntryKind?
    /// Only messages that came by this input.
    public var input: String?
    /// Only letters at least this old, by the wall clock.
    public var olderThan: Interval?

    /// Makes a filter that lets everything through.
    public init() {}

    /// True for a letter that it lets through.
    public func admits(_ letter: DeadLetter, at now: WallTime) -> Bool {
        (code.map { $0 == letter.code } ?? true)
            && (policy.map { $0 == letter.origin?.policy } ?? true)
            && (device.map { $0 == letter.origin?.device } ?? true)
            && (kind.map { $0 == letter.origin?.kind } ?? true)
            && (input.map { letter.origin == nil && $0 == letter.input } ?? true)
            && (olderThan.map { now - letter.time >= $0 } ?? true)
    }
}

extension SpoolStore {
    private static let lettersPerSlice = 500

    /// Up to `limit` dead letters in their order, from `cursor` (a letter's number) on, without payloads.
    public func deadLetters(
        _ filter: LetterFilter,
        after cursor: Int64 = 0,
        limit: Int
    ) throws(SpoolError) -> [StoredDeadLetter] {
        var letters: [StoredDeadLetter] = []
        var cursor = cursor
        while letters.count < limit {
            let slice = try deadLetters(after: cursor, limit: Self.lettersPerSlice)
            guard let last = slice.last else { break }
            let now = try perform(pages: 0) { ledger, _ in ledger.clock.wallTime }
            letters += slice.filter { filter.admits($0.letter, at: now) }
            cursor = last.id
        }
        return Array(letters.prefix(limit))
    }

    /// Deletes the letters that `filter` admits; returns how many.
    @discardableResult
    public func purgeDeadLetters(_ filter: LetterFilter) throws(SpoolError) -> Int {
        var count = 0
        while true {
            let ids = try deadLetters(filter, limit: 256).map(\.id)
            guard !ids.isEmpty else { return count }
            count += try removeDeadLetters(ids)
        }
    }

    /// Puts a letter with another payload in the place of one; its number, nil when it is not there.
    ///
    /// In one transaction. The letter is a new one, because a letter's number goes into what seals it.
    public func editDeadLetter(_ id: Int64, payload: [UInt8]) throws(SpoolError) -> Int64? {
        try perform(pages: 16 + payload.count / 4_000) { ledger, db in
            guard let stored = try ledger.deadLetter(id, db) else { return nil }
            guard stored.isOpen else { throw stored.isSealed }
            var letter = stored.letter
            letter.payload = payload
            try ledger.removeDeadLetter(id, db)
            try ledger.keep(letter, db)
            return try db.integer("SELECT max(id) FROM dead_letters")
        }
    }
}
