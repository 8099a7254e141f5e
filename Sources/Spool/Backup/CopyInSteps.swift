// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB
import GRDBSQLite
import Glibc

/// A copy of the spool's file that is made a few pages at a time, between two commits.
///
/// SQLite's online backup writes a page that changes meanwhile to the copy as well, because one
/// connection makes copy and changes; so the copy is the file as it is when the last step is done.
/// (sqlite.org, "SQLite Backup API", sqlite3_backup_step.)
// Touched on the committer's thread only.
final class CopyInSteps: @unchecked Sendable {
    /// Pages a step: a quarter of a mebibyte, well under a millisecond of copying.
    private static let pages: Int32 = 64

    /// How far a copy has come.
    enum Progress {
        case going
        case done
    }

    private let path: String
    private var copy: OpaquePointer?
    private var backup: OpaquePointer?
    private let completion: @Sendable (Result<Int, SpoolError>) -> Void

    /// Begins a copy of `db` to `path`, a file that is not there yet.
    ///
    /// `completion` is called once with the copy's size, on the committer's thread.
    init(
        to path: String,
        completion: @escaping @Sendable (Result<Int, SpoolError>) -> Void
    ) {
        self.path = path
        self.completion = completion
    }

    deinit { close() }

    /// Copies some pages; outside of any transaction.
    func step(_ db: Database) -> Progress {
        do {
            try begin(db)
            // sqlite3_backup_step
            let result = sqlite3_backup_step(backup, Self.pages)
            switch result {
            case SQLITE_OK: return .going
            case SQLITE_BUSY, SQLITE_LOCKED: return .going
            case SQLITE_DONE:
                try end()
                completion(.success(SpoolFile.size(of: path) ?? 0))
            default: throw failure(result)
            }
        } catch {
            fail(SpoolError.of(error))
        }
        return .done
    }

    /// Gives up, because the spool is closed or the copy cannot be made.
    func fail(_ error: SpoolError) {
        close()
        unlink(path)
        completion(.failure(error))
    }

    private func begin(_ db: Database) throws {
        guard backup == nil else { return }
        // Rows hold whole payloads: only our own user may read them.
        let own = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard own >= 0 else {
            let reason = String(cString: strerror(errno))
            throw SpoolError(.broken, "cannot create `\(path)`", underlying: reason)
        }
        Glibc.close(own)
        let opened = sqlite3_open_v2(path, &copy, SQLITE_OPEN_READWRITE, nil)
        guard opened == SQLITE_OK else { throw failure(opened) }
        // It becomes a spool when it is whole: a journal of its own would be work for nothing.
        sqlite3_exec(copy, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", nil, nil, nil)
        backup = sqlite3_backup_init(copy, "main", db.sqliteConnection, "main")
        guard backup != nil else { throw failure(sqlite3_errcode(copy)) }
    }

    private func end() throws {
        let finished = sqlite3_backup_finish(backup)
        backup = nil
        let closed = sqlite3_close(copy)
        copy = nil
        guard finished == SQLITE_OK, closed == SQLITE_OK else {
            throw failure(finished == SQLITE_OK ? closed : finished)
        }
        try SpoolFile.synchronise(path)
    }

    private func close() {
        if let backup { sqlite3_backup_finish(backup) }
        if let copy { sqlite3_close(copy) }
        (backup, copy) = (nil, nil)
    }

    private func failure(_ code: Int32) -> SpoolError {
        let text = sqlite3_errstr(code).map { String(cString: $0) } ?? "error \(code)"
        let isFull = code & 0xFF == SQLITE_FULL
        return SpoolError(
            isFull ? .diskFull : .broken,
            "the copy `\(path)` cannot be made",
            underlying: text
        )
    }
}
