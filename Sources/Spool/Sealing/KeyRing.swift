// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Crypto
import FoundationEssentials
import GRDB

/// The keys of an open spool: one that seals, those that open, and the one that names are hashed with.
///
/// # Keys
///
/// Each opening begins an epoch: a random number, and a data key derived from it and the first master
/// key by HKDF. A row names its epoch and needs nothing else to be opened; `seal_epochs` only tells which
/// master key that takes and how many rows still do. The key of
/// names is random, made once a file, and kept wrapped by every master key that has been first; so a
/// device's stream keeps its name when the master key changes.
///
/// # Nonces
///
/// AES-GCM breaks when a key meets a nonce twice. Nonces here are 96 random bits (NIST SP 800-38D,
/// 8.2.2), not counters: a file that is copied, restored from a backup or rolled back by a crash would
/// count the same numbers again under the same key. 8.3 allows 2^32 seals of one key so; an epoch ends
/// after 2^30, where the chance that any two of its nonces are equal is below 2^-36.
final class KeyRing {
    private static let mostSeals = 1 << 30
    private static let mostNames = 4096
    private static let mostEpochs = 256

    struct Epoch {
        var id: Int64
        var key: SymmetricKey
        var seals = 0
    }

    /// What a bit that does not fit, or an unknown key, comes to.
    struct NotOpened: Error {
        var text: String
    }

    let masters: [MasterKey]
    /// The epoch that seals; put back when a transaction is not stored.
    var current: Epoch
    private let namesKey: SymmetricKey
    /// Epochs of the master key that seals.
    private var own: Set<Int64> = []
    private var epochs: [Int64: [SymmetricKey]] = [:]
    private var hashes: [String: String] = [:]

    /// Begins an epoch in the running transaction; `masters` has been checked by `missingKeys`.
    init(_ masters: [MasterKey], _ db: Database) throws {
        guard let first = masters.first else {
            throw SpoolError(.misconfigured, "a sealed spool needs a key")
        }
        self.masters = masters
        let namesKey = try Self.namesKey(masters, first, db)
        self.namesKey = namesKey
        current = Epoch(id: 0, key: namesKey)
        try db.each("SELECT id FROM seal_epochs WHERE key = ?", [first.fingerprint]) { row in
            own.insert(try row.integer(0))
        }
        try begin(db)
    }

    /// The master keys that something in the file needs and that are not among `masters`.
    static func missingKeys(_ masters: [MasterKey], _ db: Database) throws -> [String] {
        // Version 3 had a table of this name and never wrote to it.
        guard try db.tableExists("seal_epochs"),
            try db.columns(in: "seal_epochs").contains(where: { $0.name == "mark" })
        else { return [] }
        let known = Set(masters.map(\.fingerprint))
        var missing: Set<String> = []
        try db.each(
            """
            SELECT id, key, rows, mark, id IN (SELECT seal FROM meta WHERE seal IS NOT NULL)
            FROM seal_epochs
            """
        ) { row in
            let name = try row.text(1)
            let rows = try row.integer(2)
            guard try row.integer(3) == mark(try row.integer(0), name, rows) else {
                throw SpoolError(.corrupt, "what the file says about its keys is damaged")
            }
            let isInUse = try rows > 0 || row.integer(4) == 1
            if isInUse, !known.contains(name) { missing.insert(name) }
        }
        return missing.sorted()
    }

    /// Deletes the epochs of earlier runs that nothing is sealed in any more.
    func removeEmptyEpochs(_ db: Database) throws {
        try db.run(
            """
            DELETE FROM seal_epochs WHERE rows = 0 AND id <> ?
              AND id NOT IN (SELECT seal FROM meta WHERE seal IS NOT NULL)
            """,
            [current.id]
        )
    }

    /// Notes how many rows are sealed in an epoch.
    static func count(_ rows: Int, in epoch: Int64, _ db: Database) throws {
        var name: String?
        try db.each("SELECT key FROM seal_epochs WHERE id = ?", [epoch]) { row in
            name = try row.text(0)
        }
        guard let name else { return }
        let rows = Int64(max(0, rows))
        try db.run(
            "UPDATE seal_epochs SET rows = ?, mark = ? WHERE id = ?",
            [rows, mark(epoch, name, rows), epoch]
        )
    }

    /// True when the epoch belongs to the master key that seals now.
    func isCurrent(_ epoch: Int64) -> Bool { own.contains(epoch) }

    /// What a name is called in the file: a keyed hash, HMAC-SHA-256 (RFC 2104) cut to 128 bits.
    func hash(_ name: String) -> String {
        if let known = hashes[name] { return known }
        let code = HMAC<SHA256>.authenticationCode(for: Array(name.utf8), using: namesKey)
        let text = "#" + Hexadecimal.text(code.prefix(16))
        if hashes.count >= Self.mostNames { hashes.removeAll(keepingCapacity: true) }
        hashes[name] = text
        return text
    }

    /// Seals bytes under the current epoch: nonce, cipher text, tag.
    func seal(_ bytes: [UInt8], with facts: [UInt8]) throws -> [UInt8] {
        let box = try AES.GCM.seal(bytes, using: current.key, authenticating: facts)
        current.seals += 1
        guard let combined = box.combined else {
            throw SpoolError(.broken, "a row could not be sealed")
        }
        return Array(combined)
    }

    /// Opens what `seal` made; throws `NotOpened` when a bit of it or of `facts` has changed.
    func open(_ sealed: [UInt8], epoch: Int64, with facts: [UInt8]) throws -> [UInt8] {
        let keys = epoch == current.id ? [current.key] : keys(of: epoch)
        guard let box = try? AES.GCM.SealedBox(combined: sealed) else {
            throw NotOpened(text: "its seal does not fit what it holds")
        }
        for key in keys {
            if let bytes = try? AES.GCM.open(box, using: key, authenticating: facts) {
                return Array(bytes)
            }
        }
        throw NotOpened(text: "its seal does not fit what it holds")
    }

    /// The data keys that an epoch may have, the likely one first.
    private func keys(of epoch: Int64) -> [SymmetricKey] {
        if let known = epochs[epoch] { return known }
        if epochs.count >= Self.mostEpochs { epochs.removeAll(keepingCapacity: true) }
        var keys = masters.map { $0.derived(salt: [], Self.purpose(epoch)) }
        if !own.contains(epoch) { keys.append(keys.removeFirst()) }
        epochs[epoch] = keys
        return keys
    }

    /// Begins a new epoch when this one has sealed its share.
    func renew(_ db: Database) throws {
        if current.seals >= Self.mostSeals { try begin(db) }
    }

    private func begin(_ db: Database) throws {
        // Two openings of 2^31 meet with a chance of one in two.
        let id = Int64.random(in: 1 ... .max)
        let name = masters[0].fingerprint
        try db.run(
            "INSERT INTO seal_epochs (id, key, rows, mark) VALUES (?, ?, 0, ?)",
            [id, name, Self.mark(id, name, 0)]
        )
        own.insert(id)
        current = Epoch(id: id, key: masters[0].derived(salt: [], Self.purpose(id)))
    }

    /// What shows that a row of `seal_epochs` is as it was written.
    private static func mark(_ id: Int64, _ name: String, _ rows: Int64) -> Int64 {
        var bytes: [UInt8] = []
        bytes.append(id)
        bytes.append(rows)
        var crc = CRC32C()
        crc.add(bytes + Array(name.utf8))
        return Int64(crc.value)
    }

    private static func purpose(_ epoch: Int64) -> String { "sluice spool epoch \(epoch)" }

    private static func namesKey(
        _ masters: [MasterKey],
        _ first: MasterKey,
        _ db: Database
    ) throws -> SymmetricKey {
        let purpose = "sluice spool names"
        var found: SymmetricKey?
        var isWrappedByFirst = false
        try db.each("SELECT key, wrapped FROM seal_names") { row in
            let name = try row.text(0)
            guard let master = masters.first(where: { $0.fingerprint == name }) else { return }
            let wrapping = master.derived(salt: [], purpose)
            // One that is damaged is made anew: streams then begin under new names.
            guard let box = try? AES.GCM.SealedBox(combined: try row.bytes(1)),
                let key = try? AES.GCM.open(
                    box,
                    using: wrapping,
                    authenticating: Array(name.utf8)
                )
            else { return }
            found = SymmetricKey(data: key)
            if name == first.fingerprint { isWrappedByFirst = true }
        }
        let key = found ?? SymmetricKey(size: .bits256)
        guard !isWrappedByFirst else { return key }
        let plain = key.withUnsafeBytes { Array($0) }
        let wrapped = try AES.GCM.seal(
            plain,
            using: first.derived(salt: [], purpose),
            authenticating: Array(first.fingerprint.utf8)
        )
        try db.run(
            "REPLACE INTO seal_names (key, wrapped) VALUES (?, ?)",
            [first.fingerprint, wrapped.combined]
        )
        return key
    }
}
