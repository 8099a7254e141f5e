// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Vocabulary

extension Ledger {
    static let parkedAfter = """
        SELECT e.stream, e.id, e.parked, e.policy, s.policy FROM entries e
          INDEXED BY entries_parked JOIN streams s ON s.id = e.stream
        WHERE e.parked > 0 AND (e.stream, e.id) > (?, ?) ORDER BY e.stream, e.id LIMIT ?
        """

    /// Parks a row, whoever has it, or lets it go on.
    func park(_ id: Int64, _ reason: ParkReason?, _ db: Database) throws {
        var found: (stream: Int64, kind: EntryKind, policy: String, former: Int)?
        try db.each("SELECT stream, kind, policy, parked FROM entries WHERE id = ?", [id]) { row in
            found = (
                try row.integer(0), try row.oneOf(EntryKind.self, 1), try row.text(2),
                Int(try row.integer(3))
            )
        }
        guard let found, found.former != reason?.rawValue ?? 0 else { return }
        try db.run("UPDATE entries SET parked = ? WHERE id = ?", [reason?.rawValue ?? 0, id])
        if let former = ParkReason(rawValue: found.former) {
            totals.addParked(former, found.kind, rows: -1)
        }
        if let reason { totals.addParked(reason, found.kind, rows: 1) }
        let change = (found.former == 0 ? -1 : 0) + (reason == nil ? 1 : 0)
        touched.insert(found.stream)
        debts[found.stream, default: 0] += change
        if found.kind == .pending, change != 0 { totals.addPending(found.policy, rows: change) }
        leases.forget(id)
        isOldestStale = true
    }

    /// Gives streams a head again that have rows which are not parked: earlier versions took the head
    /// away when all rows were parked, and a row that came after that was never found.
    func restoreHeads(_ db: Database) throws {
        guard totals.hasParked else { return }
        for way in Way.allCases {
            for priority in Priority.allCases {
                try db.run(Self.restoredHeads, [way.rawValue, priority.rawValue])
            }
        }
    }

    private static let restoredHeads = """
        UPDATE streams SET head =
          (SELECT min(id) FROM entries WHERE stream = streams.id AND parked = 0)
        WHERE way = ? AND priority = ? AND head = \(SpoolSchema.noHead)
          AND EXISTS (SELECT 1 FROM entries WHERE stream = streams.id AND parked = 0)
        """

    /// Lets those of the `limit` parked rows behind `cursor` go on that `admits` names; where the next
    /// look begins, nil after the last.
    func unpark(
        after cursor: (stream: Int64, id: Int64),
        limit: Int,
        _ db: Database,
        admits: (ParkedRow) -> Bool
    ) throws -> (count: Int, next: (stream: Int64, id: Int64)?) {
        var last = cursor
        var seen = 0
        var going: [Int64] = []
        try db.each(Self.parkedAfter, [cursor.stream, cursor.id, limit]) { row in
            seen += 1
            last = (try row.integer(0), try row.integer(1))
            guard let reason = ParkReason(rawValue: Int(try row.integer(2))) else { return }
            let parked = ParkedRow(
                id: last.id,
                reason: reason,
                policy: try row.text(3),
                sink: try row.text(4)
            )
            if admits(parked) { going.append(parked.id) }
        }
        for id in going { try park(id, nil, db) }
        return (going.count, seen == limit ? last : nil)
    }

    /// Parks up to `limit` lines for sinks other than `known`; how many.
    func parkLines(besides known: Set<String>, limit: Int, _ db: Database) throws -> Int {
        for priority in Priority.allCases {
            for sink in try StreamWalk.policies(of: .sink, priority, db)
            where !sink.isEmpty && !known.contains(sink) {
                var ids: [Int64] = []
                try db.each(
                    """
                    SELECT e.id FROM streams s JOIN entries e ON e.stream = s.id AND e.parked = 0
                    WHERE s.way = ? AND s.priority = ? AND s.policy = ? LIMIT ?
                    """,
                    [Way.sink.rawValue, priority.rawValue, sink, limit]
                ) { row in ids.append(try row.integer(0)) }
                for id in ids { try park(id, .noSink, db) }
                if !ids.isEmpty { return ids.count }
            }
        }
        return 0
    }
}

extension SpoolStore {
    private static let parkedPerSlice = 256

    /// Lets parked rows go on that `admits` names, in their old order; how many there were.
    ///
    /// In slices, so that commits pass between them.
    @discardableResult
    public func unpark(
        _ admits: @escaping @Sendable (ParkedRow) -> Bool
    ) async throws(SpoolError) -> Int {
        var count = 0
        var cursor: (stream: Int64, id: Int64)? = (-1, -1)
        guard committer.board.parked > 0 else { return 0 }
        while let start = cursor {
            let pages = 16 + Self.parkedPerSlice * 4
            let slice = try await performed(pages: pages) { ledger, db in
                try ledger.unpark(after: start, limit: Self.parkedPerSlice, db, admits: admits)
            }
            count += slice.count
            cursor = slice.next
        }
        return count
    }

    /// Parks the lines for sinks that are not among `known`; how many there were.
    @discardableResult
    public func parkLines(besides known: Set<String>) async throws(SpoolError) -> Int {
        var count = 0
        while depth(of: [.delivery]) > 0 {
            let pages = 16 + Self.parkedPerSlice * 4
            let parked = try await performed(pages: pages) { ledger, db in
                try ledger.parkLines(besides: known, limit: Self.parkedPerSlice, db)
            }
            guard parked > 0 else { break }
            count += parked
        }
        return count
    }

    /// How many rows are parked; any thread, no waiting for the disk.
    public var parked: Int { committer.board.parked }
}
