// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Vocabulary

/// Rows of one priority, those of the stream that is owed least first, then in their order of arrival.
///
/// A device with three rows need not wait for one with a hundred thousand. Debts are compared by their
/// number of binary digits; equal ones go by age. A step costs an index look-up, as in `StreamWalk`.
struct DebtWalk: RowWalk {
    static let nextStreams = """
        SELECT debt, head, id FROM streams WHERE way = ? AND priority = ? AND policy = ?
          AND (debt, head) > (?, ?) AND head < \(SpoolSchema.noHead) ORDER BY debt, head LIMIT ?
        """
    private static let page = 64

    private let priority: Priority
    // Where streams are looked for, the next place last.
    private var places: [StreamWalk.Place]
    private var streams: [StreamWalk.Step] = []
    private var cursor: (debt: Int64, head: Int64) = (-1, -1)
    private var following: StreamWalk.Step?

    init(places: [StreamWalk.Place], priority: Priority) {
        self.places = places.reversed()
        self.priority = priority
    }

    mutating func next(_ db: Database) throws -> StreamWalk.Step? {
        if let following {
            self.following = nil
            return following
        }
        while streams.isEmpty, let place = places.last {
            try fill(place, db)
            if streams.isEmpty {
                places.removeLast()
                cursor = (-1, -1)
            }
        }
        return streams.popLast()
    }

    mutating func `continue`(after step: StreamWalk.Step, _ db: Database) throws {
        guard let id = try db.integer(StreamWalk.nextRow, [step.stream, step.id]) else { return }
        following = StreamWalk.Step(id: id, stream: step.stream)
    }

    private mutating func fill(_ place: StreamWalk.Place, _ db: Database) throws {
        try db.each(
            Self.nextStreams,
            [
                place.way.rawValue, priority.rawValue, place.policy ?? "", cursor.debt, cursor.head,
                Self.page,
            ]
        ) { row in
            cursor = (try row.integer(0), try row.integer(1))
            streams.append(StreamWalk.Step(id: try row.integer(1), stream: try row.integer(2)))
        }
        streams.reverse()
    }
}

/// Rows in some order, each the head of its stream or the next of one that is continued.
protocol RowWalk {
    /// The next row; nil when there is none.
    mutating func next(_ db: Database) throws -> StreamWalk.Step?
    /// Goes on in the stream of `step`; without this call the rest of that stream is left out.
    mutating func `continue`(after step: StreamWalk.Step, _ db: Database) throws
}
