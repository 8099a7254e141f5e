// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import FoundationEssentials
import GRDB
import Glibc

/// Opens the SQLite file with everything the guarantees rest on, and proves that it is so.
enum SpoolFile {
    static let pageSize = 4096

    /// Opens the file at `path`, making it first when nothing is there.
    ///
    /// Whose it is, its version and its keys are looked at before a byte of it is changed. `onCut` is told how
    /// many pages at the log's end do not fit, where there are any: see `WriteAheadLog.cutPages`.
    static func open(
        path: String,
        keys: [MasterKey] = [],
        onCut: (Int) -> Void = { _ in }
    ) throws(SpoolError) -> DatabaseQueue {
        var cutPages = 0
        switch size(of: path) {
        case nil:
            guard size(of: path + "-wal") ?? 0 == 0 else {
                throw SpoolError(
                    .incomplete,
                    "`\(path)` is missing but its write-ahead log is there and holds rows;"
                        + " restore the file, or move the log away to start empty"
                )
            }
            try create(path: path)
        case 0:
            throw SpoolError(.corrupt, "`\(path)` is empty, which no spool ever is")
        default:
            let log = (try? Data(contentsOf: URL(filePath: path + "-wal"))).map { [UInt8]($0) }
            if !SalvageSteps.hasSoundHeader(path), SalvageSteps.isStore(path) {
                throw SpoolError(.corrupt, "the header of `\(path)` is damaged")
            }
            if let log, WriteAheadLog.isDamaged(log) {
                throw SpoolError(.corrupt, "the write-ahead log of `\(path)` is damaged")
            }
            cutPages = log.map(WriteAheadLog.cutPages) ?? 0
        }
        do {
            try look(path: path, keys: keys)
            let queue = try connect(path: path)
            try queue.writeWithoutTransaction(setUp)
            try SpoolSchema.migrator.migrate(queue)
            try queue.writeWithoutTransaction(setUp)
            if cutPages > 0 { onCut(cutPages) }
            return queue
        } catch {
            var known = SpoolError.of(error)
            if known.code == .corrupt { known.message = "`\(path)`: " + known.message }
            throw known
        }
    }

    /// Makes a store in memory, which ends with its connection.
    static func openInMemory() throws(SpoolError) -> DatabaseQueue {
        do {
            var configuration = Configuration()
            configuration.label = "spool"
            let queue = try DatabaseQueue(configuration: configuration)
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
                // So that a backup of it can be restored.
                try db.execute(sql: "PRAGMA application_id = \(SpoolSchema.applicationID)")
            }
            try SpoolSchema.migrator.migrate(queue)
            return queue
        } catch {
            throw SpoolError.of(error)
        }
    }

    /// The file's size; nil when there is none.
    static func size(of path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }

    /// Makes the file under another name and renames it: a crash leaves all of it or nothing.
    private static func create(path: String) throws(SpoolError) {
        let draft = path + ".new"
        let queue = try make(path: draft)
        do {
            try queue.close()
        } catch {
            throw SpoolError.of(error)
        }
        guard rename(draft, path) == 0 else {
            throw SpoolError(
                .broken,
                "cannot create `\(path)`",
                underlying: String(cString: strerror(errno))
            )
        }
        synchroniseFolder(of: path)
    }

    /// Puts on disk that the file at `path` has its name.
    static func synchroniseFolder(of path: String) {
        let cut = path.lastIndex(of: "/")
        let folder = cut.map { path[...$0] } ?? "."
        let descriptor = Glibc.open(String(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        Glibc.close(descriptor)
    }

    /// Makes an empty store, over whatever is there.
    static func make(path draft: String) throws(SpoolError) -> DatabaseQueue {
        for leftover in [draft, draft + "-wal", draft + "-shm", draft + "-journal"] {
            unlink(leftover)
        }
        // Rows hold whole payloads: only our own user may read them. SQLite gives the log the same rights.
        let own = Glibc.open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if own >= 0 { Glibc.close(own) }
        do {
            let queue = try connect(path: draft)
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA page_size = \(pageSize)")
                try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
                try db.execute(sql: "PRAGMA application_id = \(SpoolSchema.applicationID)")
                try setUp(db)
            }
            try SpoolSchema.migrator.migrate(queue)
            try queue.writeWithoutTransaction(setUp)
            return queue
        } catch {
            throw SpoolError.of(error)
        }
    }

    /// Puts a file's content on disk.
    static func synchronise(_ path: String) throws(SpoolError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { Glibc.close(descriptor) }
            throw SpoolError(.broken, "cannot store `\(path)`", underlying: reason)
        }
        Glibc.close(descriptor)
    }

    /// Reads what decides whether this file may be opened, over a connection that cannot write.
    private static func look(path: String, keys: [MasterKey]) throws {
        // Without locks: the spool's own lock keeps others out, and an exclusive one of SQLite's wants to
        // write. So the log is read where it is, and nothing is copied from it into the file.
        let name = path.utf8.reduce(into: "") { name, byte in
            let isPlain =
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "-")...UInt8(ascii: "9")).contains(byte)
            name += isPlain ? String(UnicodeScalar(byte)) : "%" + Hexadecimal.text([byte])
        }
        let queue: DatabaseQueue
        do {
            queue = try connect(path: "file:\(name)?vfs=unix-none", readonly: true)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
            // An SQLite that was built without such names.
            queue = try connect(path: path)
        }
        try queue.writeWithoutTransaction { db in
            try checkOwner(db, path: path)
            if try SpoolSchema.isNewer(db) { throw superseded(path: path) }
            let missing = try KeyRing.missingKeys(keys, db)
            guard missing.isEmpty else { throw keyMissing(missing, given: keys, path: path) }
        }
        try queue.close()
    }

    static func connect(
        path: String,
        readonly: Bool = false
    ) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = readonly
        configuration.label = "spool"
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { db in
            // No other connection, so no shared memory either: a full disk cannot fault in a mapping.
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
        }
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private static func setUp(_ db: Database) throws {
        let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
        // GRDB's own WAL set-up turns FULL into NORMAL, and NORMAL loses commits at a power cut;
        // so the mode is set here, last, and read back.
        try db.execute(sql: "PRAGMA synchronous = FULL")
        let synchronous = try db.integer("PRAGMA synchronous")
        let vacuum = try db.integer("PRAGMA auto_vacuum")
        guard mode == "wal", synchronous == 2, vacuum == 2 else {
            throw SpoolError(
                .broken,
                "SQLite did not accept the settings that durability rests on",
                underlying: "journal_mode \(mode ?? "-"), synchronous \(synchronous ?? -1),"
                    + " auto_vacuum \(vacuum ?? -1)"
            )
        }
    }

    private static func checkOwner(_ db: Database, path: String) throws {
        let owner = try db.integer("PRAGMA application_id") ?? 0
        guard owner == SpoolSchema.applicationID else {
            if SalvageSteps.isStore(path) {
                throw SpoolError(.corrupt, "the header of `\(path)` is damaged")
            }
            throw SpoolError(
                .foreign,
                "`\(path)` is an SQLite file of something else; give the spool a path of its own"
            )
        }
    }

    private static func keyMissing(
        _ missing: [String],
        given: [MasterKey],
        path: String
    ) -> SpoolError {
        let names = missing.map { "`\($0)`" }.joined(separator: ", ")
        let known = given.map { "`\($0.fingerprint)`" }.joined(separator: ", ")
        return SpoolError(
            .keyMissing,
            "`\(path)` holds what was sealed with the key \(names), and "
                + (given.isEmpty ? "no key is configured" : "the keys given are \(known)")
                + "; add that key to `encryption`. The file is left as it is"
        )
    }

    private static func superseded(path: String) -> SpoolError {
        SpoolError(
            .newerSchema,
            "`\(path)` was written by a newer version of sluice; run that version, or give this one"
                + " another path"
        )
    }
}
