// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

/// How the cap is shared out, in pages.
///
///     cap = log budget + pages            the file never has more pages: SQLite's max_page_count
///     pages = slack + limit               the slack lets deletions and counters through when full
///     limit >= rows + dead letters        dead letters keep their share even when rows fill the rest
struct RoomPlan: Equatable {
    /// What the write-ahead log may take, in bytes.
    let logBytes: Int
    /// A checkpoint empties the log when it holds this many pages.
    let checkpointPages: Int
    /// What one transaction may touch, by estimate.
    let transactionPages: Int
    /// The most pages the file may have.
    let maximumPages: Int
    /// The most pages rows and dead letters may use.
    let limit: Int
    /// The most pages rows of less than high priority may use.
    let limitBelowHigh: Int
    /// What dead letters may use.
    let deadLetterPages: Int
    /// How many rows one transaction may drop to make room.
    let dropsPerTransaction: Int

    init(_ options: SpoolOptions) {
        let page = SpoolFile.pageSize
        logBytes = min(max(options.maximumSize / 4, 2 << 20), 32 << 20)
        let logPages = logBytes / (page + 24)
        checkpointPages = logPages / 2
        transactionPages = logPages / 4
        dropsPerTransaction = transactionPages / SpoolChange.pagesPerRow
        maximumPages = (options.maximumSize - logBytes) / page
        limit = maximumPages - 64
        deadLetterPages = min(options.deadLetterBytes / page + 1, limit / 4)
        limitBelowHigh = Int(Double(limit - deadLetterPages) * (1 - options.reservedForHigh))
    }
}

extension SpoolChange {
    /// How many pages a change to one row may touch: the row, its indexes, its stream, the free list.
    static let pagesPerRow = 6

    /// How many pages the change may touch, an upper estimate.
    var pages: Int {
        var pages = 16
        for entry in inserts { pages += entry.pages }
        for replacement in replacements {
            pages += Self.pagesPerRow + replacement.body.count / 4000
        }
        for letter in deadLetters { pages += 3 + letter.payload.count / 4000 }
        for burial in burials { pages += Self.pagesPerRow + 3 + burial.letter.payload.count / 4000 }
        pages += (acknowledgements.count + drops.count) * Self.pagesPerRow
        pages += releases.count + finishedAttempts.count * 2 + meta.count * 2
        return pages
    }

    /// The change cut into pieces of at most `limit` pages, its inserts first.
    func pieces(limit: Int) throws(SpoolError) -> [SpoolChange] {
        for entry in inserts where entry.pages + 16 > limit {
            throw SpoolError(
                .tooLarge,
                "a row of \(entry.body.count) bytes is too large for a spool of this size;"
                    + " raise the cap"
            )
        }
        guard pages > limit else { return [self] }
        var pieces: [SpoolChange] = []
        var rest = self
        rest.inserts = []
        var piece = SpoolChange()
        piece.insertsAreLeased = insertsAreLeased
        for entry in inserts {
            if !piece.inserts.isEmpty, piece.pages + entry.pages > limit {
                pieces.append(piece)
                piece.inserts = []
            }
            piece.inserts.append(entry)
        }
        if !piece.inserts.isEmpty { pieces.append(piece) }
        return pieces + rest.piecesWithoutInserts(limit: limit)
    }

    private func piecesWithoutInserts(limit: Int) -> [SpoolChange] {
        guard !isEmpty else { return [] }
        let step = max(1, limit / (Self.pagesPerRow * 2))
        guard pages > limit, acknowledgements.count > step else { return [self] }
        var pieces: [SpoolChange] = []
        var first = self
        first.acknowledgements = []
        if !first.isEmpty { pieces.append(first) }
        for start in stride(from: 0, to: acknowledgements.count, by: step) {
            var piece = SpoolChange()
            let end = min(start + step, acknowledgements.count)
            piece.acknowledgements = Array(acknowledgements[start..<end])
            pieces.append(piece)
        }
        return pieces
    }
}

extension NewEntry {
    /// How many pages storing it may touch, an upper estimate.
    var pages: Int {
        let texts = key.utf8.count * 2 + device.utf8.count * 2 + policy.utf8.count
        return SpoolChange.pagesPerRow + (body.count + texts + policyVersion.utf8.count) / 4000
    }
}
