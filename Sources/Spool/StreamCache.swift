// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Vocabulary

/// The numbers of the streams met last, so that an insert need not look its stream up.
struct StreamCache {
    struct Name: Hashable {
        var way: Way
        var priority: Priority
        var text: String
    }

    private static let limit = 4096
    private var ids: [Name: Int64] = [:]

    /// The stream's number, made with `head` as its oldest row when there is none.
    ///
    /// `policy` is whose undecided readings it holds; empty for rows of other kinds.
    mutating func id(
        of name: Name,
        policy: String,
        head: Int64,
        _ db: Database
    ) throws -> (id: Int64, isNew: Bool) {
        if let id = ids[name] { return (id, false) }
        let arguments: StatementArguments = [name.way.rawValue, name.priority.rawValue, name.text]
        let known = try db.integer(
            "SELECT id FROM streams WHERE way = ? AND priority = ? AND name = ?",
            arguments
        )
        if let known {
            keep(name, known)
            return (known, false)
        }
        try db.run(
            "INSERT INTO streams (way, priority, name, policy, head) VALUES (?, ?, ?, ?, ?)",
            arguments + [policy, head]
        )
        let id = db.lastInsertedRowID
        keep(name, id)
        return (id, true)
    }

    /// Deletes a stream that has no rows.
    mutating func remove(_ id: Int64, _ db: Database) throws {
        var name: Name?
        try db.each("DELETE FROM streams WHERE id = ? RETURNING way, priority, name", [id]) { row in
            name = Name(
                way: try row.oneOf(Way.self, 0),
                priority: try row.oneOf(Priority.self, 1),
                text: try row.text(2)
            )
        }
        if let name { ids[name] = nil }
    }

    /// Forgets what it knows, because a transaction was not stored.
    mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
    }

    private mutating func keep(_ name: Name, _ id: Int64) {
        // Emptying it all now and then is cheaper than remembering who was used last.
        if ids.count >= Self.limit { ids.removeAll(keepingCapacity: true) }
        ids[name] = id
    }
}
