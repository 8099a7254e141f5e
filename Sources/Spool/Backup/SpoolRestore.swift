// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Glibc
public import Vocabulary

/// Puts a backup in the place of a spool that nobody has open.
public struct SpoolRestore: Sendable {
    /// What was done.
    public struct Outcome: Sendable {
        /// Rows in the restored spool.
        public var rows: Int
        /// Where the former spool was put; nil when there was none.
        public var keptAside: String?
        /// The fingerprints of the keys it takes to open the restored spool; none for a plain one.
        public var keys: [String] = []
    }

    /// What a spool's file says of itself.
    private struct Portrait {
        var clock: Int64
        var siteKey: [UInt8]?
        var isSiteKeySealed = false
        /// What only copies of one sealed file have in common.
        var lineage: Set<[UInt8]> = []
        var keys: [String] = []
        var rows: Int
        var lastRow: Int64
    }

    private let path: String
    private let now: WallTime

    /// Makes a restore of the spool at `path`; `now` goes into the name of what is put aside.
    public init(path: String, now: WallTime) {
        self.path = path
        self.now = now
    }

    /// Restores `backup`, of which a copy is made.
    ///
    /// Refuses while a process has the spool open, a file that is no whole spool, and, unless `force`
    /// says so, to replace a spool that is newer than the backup or of another site. The former files
    /// are renamed, never deleted. A crash leaves the former spool or the backup in its place: the next start
    /// finishes what was begun.
    public func run(from backup: String, force: Bool) throws(SpoolError) -> Outcome {
        let lock = try SpoolLock(path: path)
        defer { withExtendedLifetime(lock) {} }
        try swap.resume(putting: freshName)
        guard SpoolFile.size(of: backup) ?? 0 > 0 else {
            throw SpoolError(.invalid, "there is no backup at `\(backup)`")
        }
        let draft = path + ".restore"
        try copy(backup, to: draft)
        let new: Portrait
        do throws(SpoolError) {
            new = try portrait(of: draft, shownAs: backup, isBackup: true)
            if SpoolFile.size(of: path) != nil, !force { try compare(new) }
        } catch {
            swap.remove(draft)
            throw error
        }
        var outcome = Outcome(rows: new.rows, keys: new.keys)
        let aside = freshName()
        if try swap.put(draft, keeping: aside) { outcome.keptAside = aside }
        return outcome
    }

    private var swap: StoreSwap { StoreSwap(path: path) }

    /// A name with the time in it that nothing has.
    private func freshName() -> String {
        swap.freshName(path + ".before-restore-\(now.nanoseconds / 1_000_000_000)")
    }

    /// Refuses a backup that would lose what the present spool knows.
    private func compare(_ new: Portrait) throws(SpoolError) {
        let old: Portrait
        do throws(SpoolError) {
            old = try portrait(of: path, shownAs: path, isBackup: false)
        } catch {
            throw SpoolError(
                .invalid,
                "the present spool cannot be read to be compared; `--force` puts it aside",
                underlying: error.message
            )
        }
        guard isSameSite(old, new) else {
            throw SpoolError(
                .invalid,
                "the present spool is of another site than the backup, or only one of them is "
                    + "sealed; `--force` puts it aside"
            )
        }
        guard old.clock <= new.clock, old.lastRow <= new.lastRow else {
            throw SpoolError(
                .invalid,
                "the present spool is newer than the backup and has \(old.rows) rows; `--force` puts it "
                    + "aside"
            )
        }
    }

    /// True unless the two are of different sites, as far as that can be told without any key.
    private func isSameSite(_ old: Portrait, _ new: Portrait) -> Bool {
        guard old.siteKey != nil else { return true }
        // Sealed twice it is never the same bytes; the wrapped key of names stays what it was.
        if old.isSiteKeySealed || new.isSiteKeySealed {
            return !old.lineage.isDisjoint(with: new.lineage)
        }
        return old.siteKey == new.siteKey
    }

    private func portrait(
        of file: String,
        shownAs name: String,
        isBackup: Bool
    ) throws(SpoolError) -> Portrait {
        do {
            let queue = try SpoolFile.connect(path: file)
            defer { try? queue.close() }
            return try queue.read { db in
                let owner = try db.integer("PRAGMA application_id") ?? 0
                guard owner == SpoolSchema.applicationID else {
                    throw SpoolError(.foreign, "`\(name)` is no spool")
                }
                guard try !SpoolSchema.migrator.hasBeenSuperseded(db) else {
                    throw SpoolError(
                        .newerSchema,
                        "`\(name)` was written by a newer version of sluice"
                    )
                }
                if isBackup {
                    let verdict = try String.fetchOne(db, sql: "PRAGMA quick_check(1)")
                    guard verdict == "ok" else {
                        throw SpoolError(
                            .corrupt,
                            "`\(name)` is damaged",
                            underlying: verdict
                        )
                    }
                }
                var key: [UInt8]?
                let isSealable = try db.columns(in: "meta").contains { $0.name == "seal" }
                let seal = isSealable ? "seal" : "NULL"
                var isSealed = false
                try db.each("SELECT value, \(seal) FROM meta WHERE key = 'site_key'") { row in
                    key = try row.bytes(0)
                    isSealed = try row.optionalInteger(1) != nil
                }
                var lineage: Set<[UInt8]> = []
                if isSealable {
                    try db.each("SELECT wrapped FROM seal_names") { row in
                        lineage.insert(try row.bytes(0))
                    }
                }
                return Portrait(
                    clock: try db.integer("SELECT value FROM numbers WHERE name = 'clock'") ?? 0,
                    siteKey: key,
                    isSiteKeySealed: isSealed,
                    lineage: lineage,
                    keys: try KeyRing.missingKeys([], db),
                    rows: Int(try db.integer("SELECT sum(rows) FROM counters") ?? 0),
                    lastRow: try db.integer("SELECT max(id) FROM entries") ?? 0
                )
            }
        } catch {
            let told = SpoolError.of(error)
            guard isBackup, told.code == .corrupt else { throw told }
            // SQLite's words are about a file without a name, which would be taken for the present spool.
            throw SpoolError(
                .corrupt,
                "the backup `\(name)` is damaged, or no spool; the present spool is as it was",
                underlying: told.underlying
            )
        }
    }

    private func copy(_ source: String, to target: String) throws(SpoolError) {
        // A log that a killed restore left beside its draft would be read into this one.
        swap.remove(target)
        let input = open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw failure("cannot read `\(source)`") }
        defer { close(input) }
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw failure("cannot create `\(target)`") }
        defer { close(output) }
        while true {
            // The kernel copies up to two gibibytes a call (sendfile(2)).
            let count = sendfile(output, input, nil, 1 << 30)
            guard count >= 0 else {
                let error = failure("cannot copy `\(source)`")
                unlink(target)
                throw error
            }
            if count == 0 { break }
        }
        guard fsync(output) == 0 else { throw failure("cannot store `\(target)`") }
    }

    private func failure(_ what: String) -> SpoolError {
        SpoolError(.broken, what, underlying: String(cString: strerror(errno)))
    }
}
