// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

extension SpoolStore {
    /// Writes a copy of the spool to the new file `path`, consistent, while the spool is in use.
    ///
    /// The copy is what the spool held when the call returns; commits wait for a quarter of a mebibyte
    /// of copying at most. It is written under another name and renamed when it is on disk. Returns its
    /// size in bytes. Throws when a file is there already.
    public func backUp(to path: String) async throws(SpoolError) -> Int {
        guard SpoolFile.size(of: path) == nil else {
            throw SpoolError(.invalid, "`\(path)` is there already; a backup replaces nothing")
        }
        // By its clock a copy is known to be older than what went on.
        _ = try await performed(pages: 4) { ledger, db in try ledger.storeClock(db, olderThan: 1) }
        let draft = path + ".part"
        unlink(draft)
        let result = await withCheckedContinuation { continuation in
            committer.copy(CopyInSteps(to: draft) { continuation.resume(returning: $0) })
        }
        let size = try result.get()
        guard rename(draft, path) == 0 else {
            let reason = String(cString: strerror(errno))
            unlink(draft)
            throw SpoolError(.broken, "cannot create `\(path)`", underlying: reason)
        }
        SpoolFile.synchroniseFolder(of: path)
        return size
    }
}
