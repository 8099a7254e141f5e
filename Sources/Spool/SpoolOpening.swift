// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Glibc
import Logging
import Vocabulary

/// How a spool's file is opened, and opened again when it turned out to be damaged.
struct SpoolOpening {
    /// An open file and what it says.
    struct Opened {
        var queue: DatabaseQueue
        var ledger: Ledger
        var wasUnclean: Bool
        var salvage: SalvageReport?
        /// Pages at the log's end that did not fit.
        var cutPages = 0
    }

    var path: String
    var options: SpoolOptions
    var time: any TimeSource
    var logger: Logger
    /// Told how far a salvage has come, and nil at its end.
    var onSalvage: @Sendable (SalvageProgress?) -> Void = { _ in }

    /// Opens the file; one that is damaged is set aside, and what can be read of it goes into a new one.
    func open(clock: SpoolClock? = nil) throws(SpoolError) -> Opened {
        do {
            if options.durability == .memory { return try openAsIs(clock) }
            try SalvageSteps(path: path, time: time).resume()
            do {
                return try openAsIs(clock)
            } catch let error where SpoolError.of(error).code == .corrupt {
                return try salvage(because: SpoolError.of(error), clock)
            }
        } catch {
            throw SpoolError.of(error)
        }
    }

    /// Sets the file aside, whatever it is like, and opens what could be read of it.
    func salvage(because error: SpoolError, _ clock: SpoolClock?) throws -> Opened {
        guard options.durability == .disk, SalvageSteps.isStore(path) else { throw error }
        logger.error(
            "spool is damaged: reading what can be read of it into a new file",
            metadata: ["path": "\(path)", "error": "\(error)"]
        )
        defer { onSalvage(nil) }
        var told = time.now
        let report = try SalvageSteps(path: path, time: time).replace(options) { progress in
            onSalvage(progress)
            guard time.now - told >= .seconds(10) else { return }
            told = time.now
            logger.notice(
                "spool is still being salvaged",
                metadata: ["pages": "\(progress.done)", "of": "\(progress.of)"]
            )
        }
        logger.error(
            "spool was damaged and goes on in a new file",
            metadata: [
                "set_aside": "\(report.setAside)", "rows_kept": "\(report.kept)",
                "letters_kept": "\(report.letters)", "rows_damaged": "\(report.damaged)",
                "rows_missing": "\(report.missing)",
                "places_lost": "\(report.lostPlaces)", "pages_lost": "\(report.lostPages)",
            ]
        )
        var opened = try openAsIs(clock)
        opened.salvage = report
        return opened
    }

    /// Opens the file as it is.
    func openAsIs(_ clock: SpoolClock?) throws -> Opened {
        var cutPages = 0
        let queue =
            options.durability == .memory
            ? try SpoolFile.openInMemory()
            : try SpoolFile.open(path: path, keys: options.keys) { cutPages = $0 }
        if cutPages > 0 {
            logger.warning(
                "spool: the end of its log does not fit and is left out",
                metadata: [
                    "path": "\(path)", "pages": "\(cutPages)",
                    "advice": "after a power cut nothing is lost; without one, look at the disk",
                ]
            )
        }
        let room = RoomPlan(options)
        return try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA wal_autocheckpoint = \(room.checkpointPages)")
            try db.execute(sql: "PRAGMA journal_size_limit = \(room.logBytes)")
            try db.execute(sql: "PRAGMA max_page_count = \(room.maximumPages)")
            let ledger = try SpoolStore.ledger(db, options, room, time)
            if let clock { ledger.clock = clock }
            try ledger.checkTotals(db)
            let wasUnclean = try SpoolStore.beginRun(ledger, db)
            return Opened(
                queue: queue,
                ledger: ledger,
                wasUnclean: wasUnclean,
                cutPages: cutPages
            )
        }
    }
}

extension Ledger {
    /// Compares the counts with what is there as far as a few look-ups can, and counts when they differ.
    func checkTotals(_ db: Database) throws {
        var isLikely = totals.cells.allSatisfy { $0.rows >= 0 && $0.bytes >= 0 }
        for way in Way.allCases {
            for priority in Priority.allCases {
                let stream = try db.integer(
                    "SELECT 1 FROM streams WHERE way = ? AND priority = ? LIMIT 1",
                    [way.rawValue, priority.rawValue]
                )
                let rows = EntryKind.allCases.reduce(0) {
                    $0 + ($1.way == way ? totals[$1, priority].rows : 0)
                }
                if (rows > 0) != (stream != nil) { isLikely = false }
            }
        }
        guard !isLikely else { return }
        try transaction(db) { try totals.recount(db) }
    }
}
