// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Vocabulary

/// What is stored, in numbers that change in the same transaction as the rows.
struct Totals {
    struct Count: Equatable {
        var rows = 0
        var bytes = 0
    }

    struct DropCell: Hashable {
        var reason: DropReason
        var kind: EntryKind
        var priority: Priority
    }

    struct ParkedCell: Hashable {
        var reason: ParkReason
        var kind: EntryKind

        var name: String { "parked/\(reason.name)/\(kind.name)" }
    }

    private(set) var cells: [Count]
    private(set) var drops: [DropCell: Count] = [:]
    /// Undecided rows by policy; none for a policy that has no rows.
    private(set) var pending: [String: Int] = [:]
    /// Parked rows, which are among `cells` too.
    private(set) var parked: [ParkedCell: Int] = [:]
    /// Rows and letters sealed in each epoch.
    private(set) var sealed: [Int64: Int] = [:]
    /// What lies in quarantine.
    var quarantined = Count() { didSet { isDeadDirty = true } }
    /// Rows found damaged since the file was made.
    var damaged = 0 { didSet { isDeadDirty = true } }
    var deadLetters = Count() { didSet { isDeadDirty = true } }
    var deadLettersDropped = 0 { didSet { isDeadDirty = true } }
    private var dirtyCells: Set<Int> = []
    private var dirtyDrops: Set<DropCell> = []
    private var dirtyPolicies: Set<String> = []
    private var dirtyEpochs: Set<Int64> = []
    private var isDeadDirty = false
    private var dirtyParked: Set<ParkedCell> = []

    init() {
        cells = Array(
            repeating: Count(),
            count: EntryKind.allCases.count * Priority.allCases.count
        )
    }

    subscript(kind: EntryKind, priority: Priority) -> Count {
        cells[Self.index(kind, priority)]
    }

    /// All rows.
    var rows: Int { cells.reduce(0) { $0 + $1.rows } }

    /// The rows of one kind.
    func rows(of kind: EntryKind) -> Int {
        Priority.allCases.reduce(0) { $0 + self[kind, $1].rows }
    }

    /// True when there are rows of a priority.
    func hasRows(of priority: Priority) -> Bool {
        EntryKind.allCases.contains { self[$0, priority].rows > 0 }
    }

    mutating func add(_ kind: EntryKind, _ priority: Priority, rows: Int, bytes: Int) {
        let index = Self.index(kind, priority)
        cells[index].rows += rows
        cells[index].bytes += bytes
        dirtyCells.insert(index)
    }

    mutating func addDrop(_ cell: DropCell, bytes: Int) {
        drops[cell, default: Count()].rows += 1
        drops[cell, default: Count()].bytes += bytes
        dirtyDrops.insert(cell)
    }

    mutating func addPending(_ policy: String, rows: Int) {
        let count = (pending[policy] ?? 0) + rows
        pending[policy] = count > 0 ? count : nil
        dirtyPolicies.insert(policy)
    }

    mutating func addParked(_ reason: ParkReason, _ kind: EntryKind, rows: Int) {
        let cell = ParkedCell(reason: reason, kind: kind)
        let count = (parked[cell] ?? 0) + rows
        parked[cell] = count > 0 ? count : nil
        dirtyParked.insert(cell)
    }

    /// True while any row is parked.
    var hasParked: Bool { !parked.isEmpty }

    /// How many rows of these kinds are parked.
    func parked(of kind: EntryKind) -> Int {
        parked.reduce(0) { $0 + ($1.key.kind == kind ? $1.value : 0) }
    }

    mutating func addSealed(_ epoch: Int64?, _ rows: Int) {
        guard let epoch else { return }
        sealed[epoch, default: 0] += rows
        dirtyEpochs.insert(epoch)
    }

    /// True when `store` would write.
    var isDirty: Bool {
        !dirtyCells.isEmpty || !dirtyDrops.isEmpty || !dirtyPolicies.isEmpty || isDeadDirty
            || !dirtyParked.isEmpty || !dirtyEpochs.isEmpty
    }

    /// Writes what changed.
    mutating func store(_ db: Database) throws {
        for index in dirtyCells {
            let priorities = Priority.allCases.count
            try db.run(
                "REPLACE INTO counters (kind, priority, rows, bytes) VALUES (?, ?, ?, ?)",
                [index / priorities, index % priorities, cells[index].rows, cells[index].bytes]
            )
        }
        for cell in dirtyDrops {
            let count = drops[cell, default: Count()]
            try db.run(
                """
                REPLACE INTO drop_counts (reason, kind, priority, rows, bytes)
                VALUES (?, ?, ?, ?, ?)
                """,
                [
                    cell.reason.rawValue, cell.kind.rawValue, cell.priority.rawValue,
                    count.rows, count.bytes,
                ]
            )
        }
        for policy in dirtyPolicies {
            if let rows = pending[policy] {
                try db.run(
                    "REPLACE INTO pending_rows (policy, rows) VALUES (?, ?)",
                    [policy, rows]
                )
            } else {
                try db.run("DELETE FROM pending_rows WHERE policy = ?", [policy])
            }
        }
        for cell in dirtyParked { try Self.setNumber(cell.name, parked[cell] ?? 0, db) }
        for epoch in dirtyEpochs {
            try KeyRing.count(sealed[epoch, default: 0], in: epoch, db)
        }
        if isDeadDirty {
            try Self.setNumber("quarantine_rows", quarantined.rows, db)
            try Self.setNumber("quarantine_bytes", quarantined.bytes, db)
            try Self.setNumber("damaged_rows", damaged, db)
            try Self.setNumber("dead_rows", deadLetters.rows, db)
            try Self.setNumber("dead_bytes", deadLetters.bytes, db)
            try Self.setNumber("dead_dropped", deadLettersDropped, db)
        }
        dirtyCells.removeAll(keepingCapacity: true)
        dirtyDrops.removeAll(keepingCapacity: true)
        dirtyPolicies.removeAll(keepingCapacity: true)
        dirtyParked.removeAll(keepingCapacity: true)
        dirtyEpochs.removeAll(keepingCapacity: true)
        isDeadDirty = false
    }

    /// Reads what an earlier run stored: a handful of rows, whatever the backlog.
    static func load(_ db: Database) throws -> Totals {
        var totals = Totals()
        try db.each("SELECT kind, priority, rows, bytes FROM counters") { row in
            let index = index(try row.oneOf(EntryKind.self, 0), try row.oneOf(Priority.self, 1))
            let rows = Int(try row.integer(2))
            totals.cells[index] = Count(rows: rows, bytes: Int(try row.integer(3)))
        }
        try db.each("SELECT reason, kind, priority, rows, bytes FROM drop_counts") { row in
            guard let reason = DropReason(rawValue: try row.text(0)) else { return }
            let kind = try row.oneOf(EntryKind.self, 1)
            let priority = try row.oneOf(Priority.self, 2)
            let cell = DropCell(reason: reason, kind: kind, priority: priority)
            let rows = Int(try row.integer(3))
            totals.drops[cell] = Count(rows: rows, bytes: Int(try row.integer(4)))
        }
        try db.each("SELECT policy, rows FROM pending_rows") { row in
            totals.pending[try row.text(0)] = Int(try row.integer(1))
        }
        for reason in ParkReason.allCases {
            for kind in EntryKind.allCases {
                let cell = ParkedCell(reason: reason, kind: kind)
                let count = try number(cell.name, db)
                if count > 0 { totals.parked[cell] = count }
            }
        }
        try db.each("SELECT id, rows FROM seal_epochs") { row in
            totals.sealed[try row.integer(0)] = Int(try row.integer(1))
        }
        totals.quarantined.rows = try number("quarantine_rows", db)
        totals.quarantined.bytes = try number("quarantine_bytes", db)
        totals.damaged = try number("damaged_rows", db)
        totals.deadLetters.rows = try number("dead_rows", db)
        totals.deadLetters.bytes = try number("dead_bytes", db)
        totals.deadLettersDropped = try number("dead_dropped", db)
        totals.isDeadDirty = false
        return totals
    }

    /// Counts the rows, because a damaged one did not say what it was counted as; as long as the backlog.
    mutating func recount(_ db: Database) throws {
        for index in cells.indices where cells[index] != Count() {
            cells[index] = Count()
            dirtyCells.insert(index)
        }
        dirtyPolicies.formUnion(pending.keys)
        pending = [:]
        let kinds = "SELECT kind, priority, count(*), sum(length(body)) FROM entries GROUP BY 1, 2"
        try db.each(kinds) { row in
            guard let kind = try? row.oneOf(EntryKind.self, 0),
                let priority = try? row.oneOf(Priority.self, 1)
            else { return }
            let rows = Int(try row.integer(2))
            add(kind, priority, rows: rows, bytes: Int(try row.integer(3)))
        }
        dirtyParked.formUnion(parked.keys)
        parked = [:]
        let asides = "SELECT parked, kind, count(*) FROM entries WHERE parked > 0 GROUP BY 1, 2"
        try db.each(asides) { row in
            guard let kind = try? row.oneOf(EntryKind.self, 1),
                let reason = ParkReason(rawValue: Int(try row.integer(0)))
            else { return }
            addParked(reason, kind, rows: Int(try row.integer(2)))
        }
        let waiting = """
            SELECT policy, count(*) FROM entries WHERE kind = 0 AND parked = 0 GROUP BY policy
            """
        try db.each(waiting) { row in
            if let policy = try? row.text(0) { addPending(policy, rows: Int(try row.integer(1))) }
        }
        dirtyEpochs.formUnion(sealed.keys)
        sealed = [:]
        for table in ["entries", "dead_letters"] {
            let epochs = "SELECT seal, count(*) FROM \(table) WHERE seal IS NOT NULL GROUP BY seal"
            try db.each(epochs) { row in
                addSealed(try? row.integer(0), Int(try row.integer(1)))
            }
        }
    }

    static func number(_ name: String, _ db: Database) throws -> Int {
        Int(try db.integer("SELECT value FROM numbers WHERE name = ?", [name]) ?? 0)
    }

    static func setNumber(_ name: String, _ value: Int, _ db: Database) throws {
        try db.run("REPLACE INTO numbers (name, value) VALUES (?, ?)", [name, value])
    }

    private static func index(_ kind: EntryKind, _ priority: Priority) -> Int {
        kind.rawValue * Priority.allCases.count + priority.rawValue
    }
}
