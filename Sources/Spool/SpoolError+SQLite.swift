// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import GRDB

extension SpoolError {
    /// The error in the spool's own words.
    static func of(_ error: any Error) -> SpoolError {
        if let error = error as? SpoolError { return error }
        guard let error = error as? DatabaseError else {
            return SpoolError(.broken, "an unexpected failure", underlying: "\(error)")
        }
        let said = "SQLite \(error.extendedResultCode.rawValue): \(error.message ?? "no text")"
        switch error.resultCode {
        case .SQLITE_FULL:
            return SpoolError(
                .diskFull,
                "the disk is full; free some space or lower the cap",
                underlying: said
            )
        case .SQLITE_CONSTRAINT, .SQLITE_MISMATCH, .SQLITE_TOOBIG:
            return SpoolError(
                .invalid,
                "the change contradicts itself or what is stored",
                underlying: said
            )
        // Our statements fit our schema: one that SQLite does not understand means that the schema is hurt.
        case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR:
            return SpoolError(
                .corrupt,
                "the file is damaged; stop, keep a copy of it, and recover what can be read with"
                    + " `sqlite3 FILE .recover`, or move it away to start empty",
                underlying: said
            )
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return SpoolError(
                .locked,
                "another program has the file open; close it",
                underlying: said
            )
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
            return SpoolError(
                .broken,
                "the file cannot be written; look at its owner, its mode and the mount",
                underlying: said
            )
        default:
            return SpoolError(.broken, "the disk failed", underlying: said)
        }
    }
}
