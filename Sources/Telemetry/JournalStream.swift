// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

import Glibc
public import Logging

/// Whether a stream goes to the system's journal (`systemd.exec(5)`, `JOURNAL_STREAM`).
public enum JournalStream {
    /// True when what is written on standard error is read by the journal.
    static let isStandardError = isJournal(
        descriptor: STDERR_FILENO,
        named: getenv("JOURNAL_STREAM").map { String(cString: $0) }
    )

    /// A text as it is to be written on standard error: each line with its level in front where the journal reads it.
    ///
    /// For what is no log event, such as a configuration's mistakes, which would all be of level `info` there.
    public static func marked(_ text: String, as level: Logger.Level) -> String {
        isStandardError ? lines(text, marked: level) : text
    }

    static func lines(_ text: String, marked level: Logger.Level) -> String {
        let mark = "<\(LineLogHandler.severity(of: level))>"
        return text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { mark + $0 }.joined(separator: "\n")
    }

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
