// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB

/// Rows that the newest images of pages do not give, and older ones in the log do.
///
/// A page's older images also hold rows that were deleted since, or that are on another page now. So only
/// those are taken from them that the index of keys still names, and those whose newest bytes were found
/// damaged. Each is checked like any other: its checksum or seal says that it is what was stored.
extension Salvage {
    /// True when an older image may hold a row that was not found whole.
    func hasOlderImages() throws -> Bool {
        guard file.hasLog else { return false }
        return try file.isInDoubt || report.lostPlaces > 0 || report.lostPages > 0
            || !damagedRows().isEmpty
    }

    /// Takes them, the newest first.
    func takeOlderImages(_ ledger: Ledger) throws {
        let damaged = try damagedRows()
        let named = try namedRows()
        guard !damaged.isEmpty || !named.isEmpty else { return }
        try file.eachImage { number, image in
            let found = FoundPage(image.bytes, isFirst: number == 1) {
                self.file.page($0, at: image.moment)
            }
            guard let found, found.isTable else { return }
            for record in found.records where Self.isRow(record) {
                let isNamed = named[record.id].map { $0 == record.text(1) } ?? false
                if isNamed || damaged.contains(record.id) { try take(record, ledger) }
            }
        }
        try storeRows(ledger)
    }

    /// The numbers of the rows whose bytes are damaged.
    private func damagedRows() throws -> Set<Int64> {
        var rows: Set<Int64> = []
        try db.each(
            "SELECT row_id FROM quarantine WHERE id > ? AND typeof(row_id) = 'integer'",
            [lastQuarantined]
        ) { row in
            rows.insert(try row.integer(0))
        }
        return rows
    }

    /// Rows that the index of keys names and that were not found whole, with their keys.
    private func namedRows() throws -> [Int64: String] {
        var rows: [Int64: String] = [:]
        // `numbers` has records of this shape too: no row has both their number and their key.
        try eachRecord(lookingBehindDoubt: true) { record, page in
            guard !page.isTable, record.shape == "ti", let key = record.text(0),
                let id = record.integer(1), id > 0, rows[id] == nil
            else { return }
            let known = "SELECT 1 FROM entries WHERE id = ? OR key = ?"
            if try db.integer(known, [id, key]) == nil { rows[id] = key }
        }
        return rows
    }
}
