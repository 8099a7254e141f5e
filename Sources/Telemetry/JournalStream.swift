// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Whether a stream goes to the system's journal (`systemd.exec(5)`, `JOURNAL_STREAM`).
enum JournalStream {
    /// True when what is written on standard error is read by the journal.
    static let isStandardError = isJournal(
        descriptor: STDERR_FILENO,
        named: getenv("JOURNAL_STREAM").map { String(cString: $0) }
    )

    /// True when `descriptor` is the file that `name`, `<device>:<inode>`, says.
    ///
    /// The variable is inherited by processes whose streams have been directed elsewhere since.
    static func isJournal(descriptor: Int32, named name: String?) -> Bool {
        guard let name else { return false }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { return false }
        return name == "\(facts.st_dev):\(facts.st_ino)"
    }
}
