// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import Vocabulary

extension Ledger {
    /// Brings a file that was not sealed, or sealed with another key, as far as opening must.
    ///
    /// Settings and the names of streams are sealed at once; rows follow a little at a time.
    func sealNames(_ db: Database) throws {
        guard let keys = contents.keys else { return }
        try sealSettings(db)
        if try Totals.number(Self.hiddenName, db) == 0 {
            var plain: [(id: Int64, name: String)] = []
            try db.each(
                "SELECT id, name FROM streams WHERE names IS NULL AND way <> ?",
                [Way.audit.rawValue]
            ) { row in
                plain.append((try row.integer(0), try row.text(1)))
            }
            // Under its hash a stream goes on where it was, so that its rows keep their order (G3).
            for (id, name) in plain {
                let names = try sealed(["", name], "stream \(id)").map { Data($0) }
                try db.run(
                    "UPDATE streams SET name = ?, names = ? WHERE id = ?",
                    [keys.hash(name), names, id]
                )
            }
            var drops: [(id: Int64, device: String)] = []
            try db.each("SELECT id, device FROM drops") { row in
                drops.append((try row.integer(0), try row.text(1)))
            }
            for (id, device) in drops {
                try db.run("UPDATE drops SET device = ? WHERE id = ?", [keys.hash(device), id])
            }
            try Totals.setNumber(Self.hiddenName, 1, db)
        }
        try keys.removeEmptyEpochs(db)
    }

    private static let hiddenName = "names_hidden"
}
