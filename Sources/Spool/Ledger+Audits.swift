// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Vocabulary

/// The class of audits: kept within its share, and thinned evenly for it.
extension Ledger {
    /// How many rows one insert or one upkeep removes at most of what a higher level has given up.
    private static let sweep = 256

    /// True for a row of a class of the draw that is not kept any more.
    func isThinned(_ stream: String) -> Bool {
        Thinning.drawClass(of: stream) < thinning.level
    }

    /// Whether an audit is stored; makes room for it among audits only.
    func admits(_ entry: NewEntry, isRoomy: Bool, _ db: Database) throws -> Bool {
        if totals.rows(of: .audit) == 0 { thinning.relax(at: clock.now) }
        guard !isThinned(entry.stream ?? "") else { return false }
        let share = Int(options.auditShare * Double(options.maximumSize))
        let isWithinShare = { self.auditBytes + entry.body.count <= share }
        guard entry.body.count <= share else { return false }
        var dropped = 0
        if !isWithinShare() {
            _ = try thinAudits(&dropped, db) { isWithinShare() || $0 >= Self.sweep }
        }
        if try !isRoomy && !fits(entry.pages, .low, db) {
            let isEnough = try thinAudits(&dropped, db) {
                try $0 >= Self.sweep * 2 || self.fits(entry.pages, .low, db)
            }
            guard try isEnough && fits(entry.pages, .low, db) else { return false }
        }
        // What made room for it may have given up its own class.
        return !isThinned(entry.stream ?? "")
    }

    /// Removes rows that are given up already; for upkeep.
    func sweepAudits(_ db: Database) throws {
        guard thinning.level > 0, totals.rows(of: .audit) > 0 else { return }
        var dropped = 0
        _ = try dropGivenUp(&dropped, db) { $0 >= Self.sweep }
        try settleHeads(db)
    }

    /// Removes audits, level by level, until `isEnough`; false when none is left that nobody owns.
    func thinAudits(
        _ dropped: inout Int,
        _ db: Database,
        until isEnough: (Int) throws -> Bool
    ) throws -> Bool {
        while totals.rows(of: .audit) > 0 {
            if try dropGivenUp(&dropped, db, until: isEnough) {
                try settleHeads(db)
                return true
            }
            // A level that nothing is left above would only keep later audits out.
            guard try hasFreeAudit(db), thinning.raise(at: clock.now) else { break }
        }
        try settleHeads(db)
        return false
    }

    private var auditBytes: Int {
        Priority.allCases.reduce(0) { $0 + totals[.audit, $1].bytes }
    }

    /// Removes rows of the classes that are given up; true when `isEnough` said so.
    private func dropGivenUp(
        _ dropped: inout Int,
        _ db: Database,
        until isEnough: (Int) throws -> Bool
    ) throws -> Bool {
        for stream in try auditStreams(db) where isThinned(stream.name) {
            var cursor = Int64.min
            while let id = try db.integer(StreamWalk.nextRow, [stream.id, cursor]) {
                cursor = id
                if leases.hold(on: id, now: clock.now) == .leased { continue }
                try drop(id, .thinned, db)
                dropped += 1
                if try isEnough(dropped) { return true }
            }
        }
        return false
    }

    private func hasFreeAudit(_ db: Database) throws -> Bool {
        for stream in try auditStreams(db)
        where Thinning.drawClass(of: stream.name) < Thinning.most {
            var cursor = Int64.min
            while let id = try db.integer(StreamWalk.nextRow, [stream.id, cursor]) {
                if leases.hold(on: id, now: clock.now) != .leased { return true }
                cursor = id
            }
        }
        return false
    }

    /// The classes of the draw that have rows: some sixty at most.
    private func auditStreams(_ db: Database) throws -> [(id: Int64, name: String)] {
        var streams: [(id: Int64, name: String)] = []
        for priority in Priority.allCases {
            try db.each(
                "SELECT id, name FROM streams WHERE way = ? AND priority = ?",
                [Way.audit.rawValue, priority.rawValue]
            ) { row in
                streams.append((try row.integer(0), try row.text(1)))
            }
        }
        return streams
    }
}
