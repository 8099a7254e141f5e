// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import Glibc

/// Opens the SQLite file with everything the guarantees rest on, and proves that it is so.
enum SpoolFile {
    static let pageSize = 4096

    /// Opens the file at `path`, making it first when nothing is there.
    static func open(path: String) throws(SpoolError) -> DatabaseQueue {
        switch size(of: path) {
        case nil:
            guard size(of: path + "-wal") ?? 0 == 0 else {
                throw SpoolError(
                    .corrupt,
                    "`\(path)` is missing but its write-ahead log is there and holds rows;"
                        + " restore the file, or move the log away to start empty"
                )
            }
            try create(path: path)
        case 0:
            throw SpoolError(
                .corrupt,
                "`\(path)` is empty, which no spool ever is; restore it, or remove it to start empty"
            )
        default:
            break
        }
        do {
            let queue = try connect(path: path)
            try queue.writeWithoutTransaction { db in
                try checkOwner(db, path: path)
                try setUp(db)
                guard try !SpoolSchema.migrator.hasBeenSuperseded(db) else {
                    throw superseded(path: path)
                }
            }
            try SpoolSchema.migrator.migrate(queue)
            try queue.writeWithoutTransaction(setUp)
            return queue
        } catch {
            var known = SpoolError.of(error)
            if known.code == .corrupt { known.message = "`\(path)`: " + known.message }
            throw known
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

    static func connect(path: String) throws -> DatabaseQueue {
        var configuration = Configuration()
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
            throw SpoolError(
                .foreign,
                "`\(path)` is an SQLite file of something else; give the spool a path of its own"
            )
        }
    }

    private static func superseded(path: String) -> SpoolError {
        SpoolError(
            .newerSchema,
            "`\(path)` was written by a newer version of sluice; run that version, or give this one"
                + " another path"
        )
    }
}
