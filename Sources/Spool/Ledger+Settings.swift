// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import Vocabulary

// Small facts that live as long as the spool.
extension Ledger {
    /// Writes one setting.
    func set(_ setting: SpoolChange.MetaValue, _ db: Database) throws {
        guard let value = setting.value else {
            try db.run("DELETE FROM meta WHERE key = ?", [setting.key])
            return
        }
        var stored = value
        if let keys = contents.keys {
            stored = try keys.seal(value, with: Self.facts(ofSetting: setting.key))
        }
        try db.run(
            "REPLACE INTO meta (key, value, seal) VALUES (?, ?, ?)",
            [setting.key, Data(stored), contents.keys?.current.id]
        )
    }

    /// The settings whose names begin with `prefix`; one that cannot be opened is left out, counted as
    /// damaged.
    func settings(prefix: String, _ db: Database) throws -> [(key: String, value: [UInt8])] {
        var settings: [(String, [UInt8])] = []
        try db.each(
            "SELECT key, value, seal FROM meta WHERE key >= ?1 AND substr(key, 1, length(?1)) = ?1",
            [prefix]
        ) { row in
            let key = try row.text(0)
            let value = try row.bytes(1)
            guard let epoch = try row.optionalInteger(2) else {
                settings.append((key, value))
                return
            }
            let facts = Self.facts(ofSetting: key)
            if let opened = try? contents.keys?.open(value, epoch: epoch, with: facts) {
                settings.append((key, opened))
            } else {
                totals.damaged += 1
                damageNotes.append("setting \(key): its seal does not fit what it holds")
            }
        }
        return settings
    }

    /// Seals every setting under the key that seals now; they are few, whatever the backlog.
    func sealSettings(_ db: Database) throws {
        guard let keys = contents.keys else { return }
        var old: [String] = []
        try db.each("SELECT key, seal FROM meta") { row in
            let isCurrent = try row.optionalInteger(1).map { keys.isCurrent($0) } ?? false
            if !isCurrent { old.append(try row.text(0)) }
        }
        for key in old {
            for setting in try settings(prefix: key, db) where setting.key == key {
                try set(SpoolChange.MetaValue(key: key, value: setting.value), db)
            }
        }
    }

    private static func facts(ofSetting key: String) -> [UInt8] { Array("setting \(key)".utf8) }
}
