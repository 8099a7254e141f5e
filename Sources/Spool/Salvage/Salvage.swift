// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import Vocabulary

/// What could be read of a damaged store.
public struct SalvageReport: Equatable, Sendable {
    /// Where the damaged file is now; its log is beside it.
    public var setAside: String
    /// Rows that go on in the new store.
    public var kept = 0
    /// Dead letters that go on.
    public var letters = 0
    /// Rows that were found and could not be read, nor an older image of them: in quarantine.
    public var damaged = 0
    /// Rows that the store's own counts tell of and that were not found at all.
    public var missing = 0
    /// Places on pages where a row, or part of an index, was and nothing can be told of it.
    public var lostPlaces = 0
    /// Pages that make no sense or are not there.
    public var lostPages = 0
}

/// How far the salvage of a damaged store has come.
public struct SalvageProgress: Equatable, Sendable {
    /// Pages looked at; each is looked at twice.
    public var done: Int
    /// Of how many.
    public var of: Int

    /// Makes a progress.
    public init(done: Int, of: Int) {
        (self.done, self.of) = (done, of)
    }
}

/// Reads a damaged store page by page and puts what is whole into a new one.
///
/// Neither the tree of pages nor the schema is needed: every page is looked at by itself, and a record is
/// known by the kinds of its values. So a row is lost only with its own bytes, or with the few that say
/// where on its page it is, and not even then while an older image of it is whole. Rows keep their numbers,
/// so that their order holds; counts and the heads of streams are made anew. What was deleted can come back
/// where only an old image of its page is whole: its key tells whoever receives it twice.
final class Salvage {
    private static let rowsPerTransaction = 4_000
    private static let pagesPerReport = 1_024

    let file: DamagedFile
    let db: Database
    private let options: SpoolOptions
    private let time: any TimeSource
    private let onProgress: (SalvageProgress) -> Void
    private var pagesSeen = 0
    private(set) var report: SalvageReport
    private var pending: [FoundRecord] = []
    /// The last number in the quarantine that the damaged store had itself.
    private(set) var lastQuarantined: Int64 = 0
    /// What may be rows by kind and priority as the damaged store counted them, by the page it is on:
    /// an index of streams has records of the same shape.
    private var counts: [Int: [Int64: Int64]] = [:]
    /// The page of the table of counts, as the schema says.
    private var countsPage: Int?

    /// `db` is a new, empty store.
    init(
        _ file: DamagedFile,
        setAside: String,
        into db: Database,
        options: SpoolOptions,
        time: any TimeSource,
        onProgress: @escaping (SalvageProgress) -> Void = { _ in }
    ) {
        self.onProgress = onProgress
        self.file = file
        self.db = db
        self.options = options
        self.time = time
        report = SalvageReport(setAside: setAside)
    }

    /// Does it; throws only when the new store cannot be written or a key is missing.
    func run() throws {
        try db.inTransaction(.immediate) {
            try db.execute(sql: "DELETE FROM numbers")
            // What is in doubt may stand in another page's place: then the one behind it is looked at too.
            try eachRecord(lookingBehindDoubt: true) { record, page in
                try page.isTable ? takeSmall(record) : takeUnnumbered(record, on: page.number)
            }
            try Totals.setNumber("salvages", try Totals.number("salvages", db) + 1, db)
            lastQuarantined = try db.integer("SELECT max(id) FROM quarantine") ?? 0
            return .commit
        }
        let room = RoomPlan(options)
        let missing = try KeyRing.missingKeys(options.keys, db)
        guard missing.isEmpty else {
            throw SpoolError(
                .keyMissing,
                "the damaged file holds what was sealed with the key "
                    + missing.map { "`\($0)`" }.joined(separator: ", ")
                    + ", which is not configured. The file is left as it is"
            )
        }
        let ledger = try SpoolStore.ledger(db, options, room, time)
        try eachRecord { record, page in
            guard page.isTable, Self.isRow(record) else { return }
            try take(record, ledger)
        }
        try storeRows(ledger)
        if try hasOlderImages() { try takeOlderImages(ledger) }
        try finish(ledger)
    }

    // MARK: Looking

    /// Reads each page's newest image; an older one where that is broken, or where it is in doubt.
    func eachRecord(
        lookingBehindDoubt: Bool = false,
        _ body: (FoundRecord, (number: Int, isTable: Bool)) throws -> Void
    ) throws {
        report.lostPlaces = 0
        report.lostPages = 0
        for number in stride(from: 1, through: file.pageCount, by: 1) {
            if pagesSeen.isMultiple(of: Self.pagesPerReport) {
                onProgress(SalvageProgress(done: pagesSeen, of: 2 * file.pageCount))
            }
            pagesSeen += 1
            let images = file.images(of: number)
            if images.isEmpty { report.lostPages += 1 }
            for (age, image) in images.enumerated() {
                let found = FoundPage(image.bytes, isFirst: number == 1) { self.file.page($0) }
                guard let found else {
                    // A page of another kind: overflow, free, or an inner page of a table.
                    if image.isWhole { break }
                    continue
                }
                for record in found.records { try body(record, (number, found.isTable)) }
                if found.broken == 0, image.isWhole || !lookingBehindDoubt { break }
                // Only then is an older image of the page worth a look.
                if age == 0, found.broken > 0 {
                    report.lostPlaces += found.broken
                    report.lostPages += found.records.isEmpty ? 1 : 0
                }
            }
        }
    }

    /// True for a row of `entries`; the columns that later versions added may be missing.
    static func isRow(_ record: FoundRecord) -> Bool {
        let shape = Array(record.shape)
        guard (13...18).contains(shape.count), record.id > 0, shape[0] == "n" else { return false }
        // A key that damage turned into a number or bytes is still a row.
        return shape[2...4].allSatisfy { $0 == "i" } && shape[5...7].allSatisfy { $0 == "t" }
            && shape[8...10].allSatisfy { $0 == "i" } && shape[12] == "b"
    }

    // MARK: Small tables

    private func takeSmall(_ record: FoundRecord) throws {
        let shape = record.shape
        let columns: (table: String, count: Int, isNumbered: Bool)
        switch record.values.count {
        case 5 where shape == "tttit":
            // The schema's own record of a table.
            if record.text(1) == "counters" { countsPage = record.integer(3).map { Int($0) } }
            return
        case 2 where shape == "tb" && record.text(0)?.utf8.count == 16:
            columns = ("seal_names", 2, false)
        case 4 where shape == "ntii" && record.text(1)?.utf8.count == 16:
            columns = ("seal_epochs", 4, true)
        case 5...9 where shape.hasPrefix("niiti"):
            guard Way(rawValue: Int(record.integer(1) ?? -1)) != nil,
                Priority(rawValue: Int(record.integer(2) ?? -1)) != nil
            else { return }
            columns = ("streams", record.values.count, true)
        case 9 where shape == "nitiittti": columns = ("drops", 9, true)
        case 9...19 where shape.hasPrefix("nittttiib"):
            columns = ("dead_letters", record.values.count, true)
        case 20 where shape.hasPrefix("niti"): columns = ("quarantine", 20, true)
        default: return
        }
        var values = record.values
        if columns.isNumbered { values[0] = record.id.databaseValue }
        try insert(values, into: columns.table)
    }

    private func takeUnnumbered(_ record: FoundRecord, on page: Int) throws {
        let values = record.values
        switch record.shape {
        case "tb", "tbn", "tbi": try insert(values, into: "meta")
        case "ti" where Self.numbers.contains(record.text(0) ?? ""):
            try insert(values, into: "numbers")
        case "tiiii" where DropReason(rawValue: record.text(0) ?? "") != nil:
            try insert(values, into: "drop_counts")
        case "iiii":
            let (kind, priority) = (record.integer(0) ?? 0, record.integer(1) ?? 0)
            guard (0..<16).contains(kind), (0..<3).contains(priority) else {
                return try insert(values, into: "attempts")
            }
            let cell = kind * 3 + priority
            if counts[page]?[cell] == nil { counts[page, default: [:]][cell] = record.integer(2) }
        default: break
        }
    }

    /// The numbers worth keeping.
    ///
    /// Others are counted anew, and a damaged store did not end well.
    private static let numbers: Set<String> = [
        "clock", "dead_dropped", "damaged_rows", "audit_level", "audit_level_changed",
        "last_letter", "names_hidden", "salvages",
    ]

    private func insert(_ values: [DatabaseValue], into table: String) throws {
        let names = try db.columns(in: table).map(\.name).prefix(values.count)
        let marks = names.map { _ in "?" }.joined(separator: ", ")
        do {
            try db.execute(
                sql: """
                    INSERT OR IGNORE INTO \(table) (\(names.joined(separator: ", ")))
                    VALUES (\(marks))
                    """,
                arguments: StatementArguments(Array(values))
            )
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            // A value that its column does not take: damage.
            report.lostPlaces += 1
        }
    }

    // MARK: Rows

    /// Stores a row soon, unless one of its number or key is there.
    func take(_ record: FoundRecord, _ ledger: Ledger) throws {
        pending.append(record)
        if pending.count >= Self.rowsPerTransaction { try storeRows(ledger) }
    }

    func storeRows(_ ledger: Ledger) throws {
        let rows = pending
        pending = []
        guard !rows.isEmpty else { return }
        try db.inTransaction(.immediate) {
            for row in rows { try store(row, ledger) }
            return .commit
        }
    }

    private func store(_ record: FoundRecord, _ ledger: Ledger) throws {
        var values = Array(record.values)
        values[0] = record.id.databaseValue
        let defaults: [DatabaseValue] = [
            Int64(0).databaseValue, .null, Int64(0).databaseValue, .null, .null,
        ]
        values += defaults.dropFirst(values.count - 13)
        let known = try db.cachedStatement(sql: "SELECT 1 FROM entries WHERE id = ? OR key = ?")
        guard try Row.fetchOne(known, arguments: [record.id, values[1]]) == nil else { return }
        do {
            try db.run(
                """
                INSERT OR IGNORE INTO entries (id, key, stream, kind, priority, device, policy,
                  policy_version, attempts, stored_at, stored_clock, expires, body, parked, value,
                  codec, seal, crc)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                StatementArguments(values)
            )
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            return try quarantine(values, "a column has an impossible value")
        }
        switch try ledger.find(record.id, withBody: true, db) {
        case .row: report.kept += 1
        case .missing: break
        case .damaged(let reason):
            try db.execute(sql: "DELETE FROM entries WHERE id = ?", arguments: [record.id])
            try quarantine(values, reason)
        }
    }

    private func quarantine(_ values: [DatabaseValue], _ reason: String) throws {
        let known = "SELECT 1 FROM quarantine WHERE row_id = ?"
        guard try Row.fetchOne(db, sql: known, arguments: [values[0]]) == nil else { return }
        // Everything but whether it is parked and its value.
        let kept = Array(values[0...11]) + Array(values[15...17]) + [values[12]]
        try db.run(
            """
            INSERT INTO quarantine (time, reason, size, row_id, key, stream, kind, priority, device,
              policy, policy_version, attempts, stored_at, stored_clock, expires, codec, seal, crc,
              body)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [time.wallTime.nanoseconds.databaseValue, reason.databaseValue, 200.databaseValue]
                + StatementArguments(kept)
        )
    }

    // MARK: Counting anew

    private func finish(_ ledger: Ledger) throws {
        try ledger.transaction(db) {
            try ledger.repairStreams(db)
            // A row that came back after it was set aside is not damaged.
            try db.run("DELETE FROM quarantine WHERE row_id IN (SELECT id FROM entries)")
            try db.run(
                "DELETE FROM quarantine WHERE id > ? AND key IN (SELECT key FROM entries)",
                [lastQuarantined]
            )
            let damaged = "SELECT count(*) FROM quarantine WHERE id > ?"
            report.damaged = Int(try db.integer(damaged, [lastQuarantined]) ?? 0)
            try ledger.totals.recount(db)
            try ledger.recountAsides(db)
            report.letters = ledger.totals.deadLetters.rows
            let counted = countsPage.flatMap { counts[$0]?.values } ?? [:].values
            let expected = counted.reduce(0) { $0 &+ max(0, min($1, 1 << 40)) }
            report.missing = max(0, Int(expected) - report.kept - report.damaged)
            report.lostPages += max(0, file.statedPages - file.pageCount)
            ledger.totals.damaged += report.damaged + report.missing
            ledger.damageNotes.removeAll()
            try Totals.setNumber("clean_exit", 0, db)
        }
    }
}
