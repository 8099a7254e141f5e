// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Vocabulary

/// One pass over the rows of a priority, oldest first, that finds every second row of each stream.
///
/// The first row of a stream stays. A pass goes on from transaction to transaction, in memory only: rows
/// may have left and come in between. The next pass begins at the oldest rows again, so that they are the
/// sparsest.
struct ThinningOut {
    private static let mostStreams = 65_536
    static let streamOf = """
        SELECT stream FROM entries WHERE id = ? AND priority = ? AND parked = 0
        """

    private let priority: Priority
    private var walk: StreamWalk
    // Streams whose last row was left where it is, so that the next one leaves.
    private var hasKept: Set<Int64> = []
    private var last = Int64.min

    init(_ priority: Priority) {
        self.priority = priority
        walk = StreamWalk(ways: Set(Way.allCases), priority: priority)
    }

    /// The next row that leaves; nil at the end of the pass.
    ///
    /// Rows that are not free are passed over, as if they were not there.
    mutating func next(_ db: Database, isFree: (Int64) -> Bool) throws -> Int64? {
        while let step = try walk.next(db) {
            // A stream whose oldest row left meanwhile is met twice.
            guard step.id > last else { continue }
            last = step.id
            try walk.continue(after: step, db)
            // What the walk remembers may be gone, and its stream's number given to another.
            let stream = try db.integer(Self.streamOf, [step.id, priority.rawValue])
            guard let stream, isFree(step.id) else { continue }
            if hasKept.remove(stream) != nil { return step.id }
            // Forgotten, a stream's next row is its first again, and stays.
            if hasKept.count >= Self.mostStreams { hasKept.removeAll(keepingCapacity: true) }
            hasKept.insert(stream)
        }
        return nil
    }
}
