// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How full the dead letters are.
public struct LetterFacts: Hashable, Sendable {
    /// How many there are.
    public var count = 0
    /// How many may be.
    public var limit = 0
    /// How many left to make room, since the file was made.
    public var dropped = 0
    /// True when one more would make another leave: no row becomes one now.
    public var areFull = false
}

extension LetterFacts {
    init(_ ledger: Ledger) {
        self.init(
            count: ledger.totals.deadLetters.rows,
            limit: ledger.options.deadLetterLimit,
            dropped: ledger.totals.deadLettersDropped,
            areFull: ledger.areLettersFull
        )
    }

    /// True from four fifths on, and when they are full by their bytes.
    public var areNearlyFull: Bool { areFull || count > 0 && count * 5 >= limit * 4 }
}

extension SpoolStore {
    /// How full the dead letters are; cheap, any thread.
    public var letters: LetterFacts { committer.board.letters }
}
